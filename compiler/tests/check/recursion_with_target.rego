package a

q := 1

p if {  # error: rego_recursion_error 1 "rule data.a.p is recursive: data.a.p -> data.a.p"
	q with data.a.p as true
}
