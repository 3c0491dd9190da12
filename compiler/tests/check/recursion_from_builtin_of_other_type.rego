package a

p if {  # error: rego_recursion_error 1 "rule data.a.p may be recursive: data.a.p -> data.a.p (data.a[name] could refer to data.a.p)"
	name := count(input.x)
	data.a[name]
}
