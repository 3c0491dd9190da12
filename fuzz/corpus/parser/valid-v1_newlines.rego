package p

# A bracket on a new line begins a new literal.
a if {
	x
	[y]
	f
	(x)
	x.y
	{z}
}

# Operators may stand on either side of a line break.
b if {
	x :=
		1
	y
		:= 2
	z in
		xs
	not
		w
	v with
		input as
		1
}

# Within brackets a line break means nothing.
c := f(
	x,
	[
		1,
		2
	],
)

d := a[
	x
]

e if { x # comment
	y }

f1 := 1 f2 := 2
