package a

p := concat(",", [1, 2])  # error: rego_type_error 6 "concat: invalid argument(s)"

# details at 3:6
#   have: (string, array<number, number>, ???)
#   want: (delimiter: string, collection: any<array[string], set[string]>, output: string)
