package a

p if {  # error: rego_recursion_error 1 "rule data.a.p may be recursive: data.a.p -> data.a.p (data.a[name] refers to data.a.p if name is \"p\" (name comes from input.rule.name))"
	name := input.rule.name
	data.a[name]
}
