package test

p := foo if {
	[foo] = [x | x := 1]
}
