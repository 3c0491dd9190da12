package a

p if {  # error: rego_recursion_error 1 "rule data.a.p may be recursive: data.a.p -> data.a.p (data.a[name] refers to data.a.p if name is \"p\" (name is computed by sprintf))"
	some i in numbers.range(1, 70)
	name := sprintf("p%d", [i])
	data.a[name]
}
