package a

p := split("a,b", ",") + 1  # error: rego_type_error 6 "plus: invalid argument(s)"

# details at 3:6
#   have: (array[string], number, ???)
#   want: (x: number, y: number, z: number)
