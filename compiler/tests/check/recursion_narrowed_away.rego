package a

p if {
	some name in ["q", "r"]
	data.a[name]
}

q := 1

r := 2
