package a

p if not startswith(1, "a")  # error: rego_type_error 6 "startswith: invalid argument(s)"

# details at 3:6
#   have: (number, string)
#   want: (search: string, base: string, result: boolean)
