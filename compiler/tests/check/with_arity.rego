package a

f(x) := x

g(x, y) := x + y

p if f(1) with f as g  # error: rego_type_error 11 "data.a.f: arity mismatch"

# details at 7:11
#   have: (number, number)
#   want: (any)
