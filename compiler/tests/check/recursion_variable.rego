package a

p if {  # error: rego_recursion_error 1 "rule data.a.p is recursive: data.a.p -> data.a.p"
	some x
	data.a[x]
}
