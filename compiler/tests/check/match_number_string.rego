package a

p if {
	1 == "a"  # error: rego_type_error 2 "match error"
}

# details at 4:2
#   left  : number
#   right : string
