package a

name := "x"

p := name * 2  # error: rego_type_error 6 "mul: invalid argument(s)"

# details at 5:6
#   have: (string, number, ???)
#   want: (x: number, y: number, z: number)
