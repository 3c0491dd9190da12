package p

scalars := [null, true, false, 0, -0, 1.50, 0.1, 0e5, 1E+3, -1e-3, .5, -.5, - 1]
strings := ["", "a\"\\\/\b\f\n\r\té😀\ud83d", `raw \n "x"
line`, "tab	inside", "ünï"]
empty := [[], {}, set(), {1}, [,1], {,1}, [1,], {1,}, {"a": 1,}]
objects := {"a": 1, b: 2, [1]: {2: 3}, {"x": 1}: 4, 1 + 2: 5, f(x): y}
comprehensions := [
	[x | x := 1],
	{x | x := 1; y := 2},
	{x: y | x := 1; y := x},
	[[x | y] | z],
	[x | {y | z}],
	[(x + 1) | true],
	{x: (y | z) | true},
	{a + 1: b | c},
	[x |
		y := 1
		z := 2
	],
]
refs := [
	a.b.c, a["b"].c, a[b][_].c[1], a[_][_], a[b.c[d]], a[[1, 2]], a[{"x"}], a[x + 1], a[k, v in xs],
	f(x).y, f(x)[0].g(y), {1, 2}[x], [1, 2][0], {"a": 1}.a, {x | x := 1}[y], input, data, input.x, data[x],
	a.if.else.not, count, a.b(c), set(), set(1), and(a, b),
]
templates := [$"", $``, $"a", $"a{1}b{x}", $"{x}{y}", $"\{not}", $"{f(x) with input as 1}\n\"q\"", $`raw\n{x}\{`,
	$"{$"{x}"}", $"{[x | x := 1]}", $"{{"a": 1}}", $"{ x + 1 }", $"{x in xs}"]
_ := x
