package a

f(x, y) := x + y

p := f(1, 2) if f(1)  # error: rego_type_error 17 "function data.a.f has arity 2, got 1 argument"
