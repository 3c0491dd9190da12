package generated

p[k] := v if {
	__local0__ = data.generated.q[k]
	{k: [__local0__]} = {k: [v]}
}

q[x] := y if {
	data.b[x] = y
}
