package a

f(x) := 1 if {
	x > 0
} else := f(x)  # error: rego_recursion_error 3 "rule data.a.f is recursive: data.a.f -> data.a.f"
