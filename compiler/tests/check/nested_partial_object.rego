package a

o[k].name := "x" if some k in input.ks

p := o.a.name + 1  # error: rego_type_error 6 "plus: invalid argument(s)"

# details at 5:6
#   have: (string, number, ???)
#   want: (x: number, y: number, z: number)
