package a

p := [y | some x in input.xs; y := x + "a"]  # error: rego_type_error 36 "plus: invalid argument(s)"

# details at 3:36
#   have: (any, string, ???)
#   want: (x: number, y: number, z: number)
