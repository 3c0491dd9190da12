package a

f(x) := x

p := f.x  # error: rego_type_error 6 "function data.a.f.x used as reference, not called"

# details at 5:6
#   data.a.f.x
#   ^^^^^^^^
#   have: (any) => any
