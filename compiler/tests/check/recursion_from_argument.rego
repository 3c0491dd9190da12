package a

f(name) := data.a[name]  # error: rego_recursion_error 1 "rule data.a.f may be recursive: data.a.f -> data.a.f (data.a[name] refers to data.a.f if name is \"f\" (name is an argument of data.a.f))"
