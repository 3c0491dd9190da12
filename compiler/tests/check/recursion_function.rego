package a

f(x) := f(x - 1)  # error: rego_recursion_error 1 "rule data.a.f is recursive: data.a.f -> data.a.f"
