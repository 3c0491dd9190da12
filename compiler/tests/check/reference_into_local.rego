package a

p if {
	x := {"a": 1}
	x.b == 2  # error: rego_type_error 2 "undefined ref: x.b"
}

# details at 5:2
#   x.b
#     ^
#     have: "b"
#     want (one of): ["a"]
