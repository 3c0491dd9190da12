package a

p if {
	some x in [1, 2]
	x == "a"  # error: rego_type_error 2 "match error"
}

# details at 5:2
#   left  : number
#   right : string
