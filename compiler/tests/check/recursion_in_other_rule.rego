package a

p if q  # error: rego_recursion_error 1 "rule data.a.p may be recursive: data.a.p -> data.a.q -> data.a.p (data.a[name] in data.a.q refers to data.a.p if name is \"p\" (name is one of [\"p\", \"r\"]))"

q if {  # error: rego_recursion_error 1 "rule data.a.q may be recursive: data.a.q -> data.a.p -> data.a.q (data.a[name] refers to data.a.p if name is \"p\" (name is one of [\"p\", \"r\"]))"
	some name in ["p", "r"]
	data.a[name]
}

r := 1
