package a

s contains "x"

s contains "y" if input.y

p if {
	some m in s
	m == 1  # error: rego_type_error 2 "match error"
}

# details at 9:2
#   left  : string
#   right : number
