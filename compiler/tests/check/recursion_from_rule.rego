package a

names := ["p"]

p if {  # error: rego_recursion_error 1 "rule data.a.p may be recursive: data.a.p -> data.a.p (data.a[name] refers to data.a.p if name is \"p\" (name comes from rule data.a.names, whose value isn't known at compile time))"
	some name in names
	data.a[name]
}
