package a

p if {
	null == false  # error: rego_type_error 2 "match error"
}

# details at 4:2
#   left  : null
#   right : boolean
