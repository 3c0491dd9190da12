package a

p if q  # error: rego_recursion_error 1 "rule data.a.p is recursive: data.a.p -> data.a.q -> data.a.r -> data.a.p"

q if not r  # error: rego_recursion_error 1 "rule data.a.q is recursive: data.a.q -> data.a.r -> data.a.p -> data.a.q"

r if p  # error: rego_recursion_error 1 "rule data.a.r is recursive: data.a.r -> data.a.p -> data.a.q -> data.a.r"
