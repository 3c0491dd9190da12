package a

p := sprintf("%s", "a")  # error: rego_type_error 6 "sprintf: invalid argument(s)"

# details at 3:6
#   have: (string, string, ???)
#   want: (format: string, values: array[any], output: string)
