package a

p if {
	some k, _ in {"a": 1}
	k == 1  # error: rego_type_error 2 "match error"
}

# details at 5:2
#   left  : string
#   right : number
