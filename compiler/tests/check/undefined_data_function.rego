package a

p := data.b.f(1)  # error: rego_type_error 6 "undefined function data.b.f"
