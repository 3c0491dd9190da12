package a

p if startswith("a")  # error: rego_type_error 6 "startswith: arity mismatch"

# details at 3:6
#   have: (string)
#   want: (search: string, base: string)
