package syntax

p if {
	x := [1, 2
}
