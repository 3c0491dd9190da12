package a

name(x) := "n" if x

p := name(input.x) + 1  # error: rego_type_error 6 "plus: invalid argument(s)"

# details at 5:6
#   have: (string, number, ???)
#   want: (x: number, y: number, z: number)
