package a

p if {
	x := 1
	x == "a"  # error: rego_type_error 2 "match error"
}

# details at 5:2
#   left  : number
#   right : string
