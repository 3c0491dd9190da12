package p

p if {
	some x
	some a, b, _
	some v in xs
	some k, v2 in xs with input as 1
	some "foo", {"a": y} in xs
	some [i, j] in xs
	every e in [1, 2] { e > 0 }
	every k3, v3 in xs {
		k3 != v3
		not v3
	} with input.x as 1
	not x
	not x == 1
	not f(x) with data.foo as {"a": 1} with input as [1]
	not a = b
	x := 1; y2 = 2
	[z, {"a": w}] := f(x)
	a in b
	1, "two" in ["one", "two"]
	(k4, v4 in xs)
	x in y in z
	f((1, 1 in [2]))
	not x in xs
	f(x, y) with f as g
	print("a", x)
	true
	{}
	[]
	set()
}

one_literal if not x with input as 1

set_is_body if { x }

set_is_body if {f(x), g(y)}[_]

object_is_value if {"a": 1}

comprehension_is_value if {x | x := 1}

braces_then_operator if {1, 2} & {3} == set()
