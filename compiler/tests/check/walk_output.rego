package a

p if {
	walk(input, [path, _])
	path == "x"  # error: rego_type_error 2 "match error"
}

# details at 5:2
#   left  : array[any]
#   right : string
