package a

f(x) if {
	some v in object.union({"": x | true}, {})
	v
}
