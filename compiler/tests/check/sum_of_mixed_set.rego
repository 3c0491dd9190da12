package a

p := sum({1, "a"})  # error: rego_type_error 6 "sum: invalid argument(s)"

# details at 3:6
#   have: (set[any<number, string>], ???)
#   want: (collection: any<array[number], set[number]>, n: number)
