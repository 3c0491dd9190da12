package a

p if data.a[input.x]  # error: rego_recursion_error 1 "rule data.a.p may be recursive: data.a.p -> data.a.p (data.a[input.x] refers to data.a.p if input.x is \"p\")"
