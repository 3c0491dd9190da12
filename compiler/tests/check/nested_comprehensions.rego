package a

p := {[z | z := y + "b"] | some y in [1]}  # error: rego_type_error 17 "plus: invalid argument(s)"

# details at 3:17
#   have: (number, string, ???)
#   want: (x: number, y: number, z: number)
