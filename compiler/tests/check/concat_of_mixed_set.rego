package a

p := concat(",", {"a", 1})  # error: rego_type_error 6 "concat: invalid argument(s)"

# details at 3:6
#   have: (string, set[any<number, string>], ???)
#   want: (delimiter: string, collection: any<...>, output: string)
