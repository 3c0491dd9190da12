package a

n := 1

p := n.x  # error: rego_type_error 6 "undefined ref: data.a.n.x"

# details at 5:6
#   data.a.n.x
#   ^^^^^^^^
#   have: number
