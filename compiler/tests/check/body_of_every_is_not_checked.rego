package a

p if {
	every x in ["a"] { x == 1 }
}
