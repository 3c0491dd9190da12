package generated

p contains i if {
	__local0__ = data.generated.q[i]
	{i: [i]} = {i: [__local0__]}
}

q contains x if {
	data.d.e[i] = x
}
