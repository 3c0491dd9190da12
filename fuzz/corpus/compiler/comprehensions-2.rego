package generated

p := y if {
	y = {x | x = data.a[_]; x > 1}
}
