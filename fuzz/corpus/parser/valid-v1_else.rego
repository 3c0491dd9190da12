package p

p := 1 if input.a
else := 2 if { input.b; input.c }
else if input.d
else := 3

f(x) := 1 if {
	x > 1
} else = 2 if {
	x > 0
} else := 3
else.foo := 1
