package test

p := a[b][c] if {
	b := "b"
	c := "c"
}

a.b.c := "C"

a.x.d := "D"
