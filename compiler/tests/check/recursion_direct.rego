package a

p if p  # error: rego_recursion_error 1 "rule data.a.p is recursive: data.a.p -> data.a.p"
