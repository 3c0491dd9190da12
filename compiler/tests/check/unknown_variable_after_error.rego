package a

o := {"a": 1}

p if {
	x := o.b  # error: rego_type_error 7 "undefined ref: data.a.o.b"
	x == 1
	x.y == 2  # error: rego_type_error 2 "undefined ref: x.y"
}

# details at 6:7
#   data.a.o.b
#            ^
#            have: "b"
#            want (one of): ["a"]

# details at 8:2
#   x.y
#   ^
#   have: number
