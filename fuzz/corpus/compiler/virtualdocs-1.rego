package generated

p if {
	y = 2
	x = [1, y]
	z = [x, y]
	data.generated.q[z]
}

q contains [x, y] if {
	y = 2
	x = [1, y]
}
