package a

names contains name if {  # error: rego_recursion_error 1 "rule data.a.names may be recursive: data.a.names -> data.a.names (data.a[name] refers to data.a.names if name is \"names\" (name is one of 6 values))"
	all := {"a", "b", "c", "d", "e", "names"}
	some name in all
	data.a[name]
}
