package a

p if {
	xs := [y | some x in input.xs; y := x + 1]
	xs[0] == "a"  # error: rego_type_error 2 "match error"
}

# details at 5:2
#   left  : number
#   right : string
