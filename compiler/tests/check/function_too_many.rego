package a

f(x) := x

p := f(1, 2, 3)  # error: rego_type_error 6 "function data.a.f has arity 1, got 3 arguments"
