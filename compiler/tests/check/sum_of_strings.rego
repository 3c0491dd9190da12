package a

p := sum(["a", "b"])  # error: rego_type_error 6 "sum: invalid argument(s)"

# details at 3:6
#   have: (array<string, string>, ???)
#   want: (collection: any<array[number], set[number]>, n: number)
