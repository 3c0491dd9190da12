package a

q := 1

p := q(1)  # error: rego_type_error 6 "function data.a.q has arity 0, got 1 argument"
