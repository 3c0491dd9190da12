package a

p if {
	x := count(1)  # error: rego_type_error 7 "count: invalid argument(s)"
	y := 1 + "a"  # error: rego_type_error 7 "plus: invalid argument(s)"
	x == y
}

# details at 4:7
#   have: (number, ???)
#   want: (collection: any<...>, n: number)

# details at 5:7
#   have: (number, string, ???)
#   want: (x: number, y: number, z: number)
