package a

p[k] := 1 if {  # error: rego_recursion_error 1 "rule data.a.p[k] may be recursive: data.a.p[k] -> data.a.p[k] (data.a[k] refers to data.a.p[k] if k is \"p\" (k is a key of data.a.p[k]))"
	some k
	input.x[k]
	data.a[k]
}
