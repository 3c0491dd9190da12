package a

level := 1 if {
	input.x
} else := "low" if {
	input.y
}

p if level == true  # error: rego_type_error 6 "match error"

# details at 9:6
#   left  : any<number, string>
#   right : boolean
