package test

f(_) := 2

p := y if {
	y = f(true) with f as 1
}
