package a

p if any([true])  # error: rego_type_error 6 "deprecated built-in function calls in expression: any"

q := 1 + "a"  # error: rego_type_error 6 "plus: invalid argument(s)"

# details at 5:6
#   have: (number, string, ???)
#   want: (x: number, y: number, z: number)
