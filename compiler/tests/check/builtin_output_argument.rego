package a

p if {
	plus(1, 2, "x")  # error: rego_type_error 2 "plus: invalid argument(s)"
}

# details at 4:2
#   have: (number, number, string)
#   want: (x: number, y: number, z: number)
