package a

f(x) := x

p := f()  # error: rego_type_error 6 "function data.a.f has arity 1, got 0 arguments"
