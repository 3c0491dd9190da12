package a

p := 1 + "a"  # error: rego_type_error 6 "plus: invalid argument(s)"

# details at 3:6
#   have: (number, string, ???)
#   want: (x: number, y: number, z: number)
