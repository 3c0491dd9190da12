package a

q := 1 + "a"  # error: rego_type_error 6 "plus: invalid argument(s)"

p := q.x.y

# details at 3:6
#   have: (number, string, ???)
#   want: (x: number, y: number, z: number)
