package a

p if {
	some x in 1  # error: rego_type_error 2 "match error"
	x == 2
}

# details at 4:2
#   left  : ???
#   right : ???
