package a

f(x) := x

p := f  # error: rego_type_error 6 "function data.a.f used as reference, not called"

# details at 5:6
#   data.a.f
#   ^^^^^^^^
#   have: (any) => any
