package generated

p if {
	data.generated.q.foo = 2
}

q[i] := x if {
	data.a[i] = x
}
