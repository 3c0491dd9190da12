package a.b["c d"].if

p := 1
p = 2
p if true
p := 3 if { true }
p.q.r := 1
p.q.r if true
p[x] := y if { x := 1; y := 2 }
p[x].y[z] := 1 if some x, z in input
p["a b"].c := 2
p[0] := true
q contains 1
q contains x if some x in input.xs
q.r[s] contains [x, y] if { x := 1; y := s }
f(x) := x
f(x, _, [y, {"z": z}]) := x + y + z if z > 1
f(x) if x == 1
f() := 1
g.h(x) = y if y := x
default d := [1, {x | x := input[_]}]
default e.f := null
default f(_, x) := {"a": -1}
p[input.x].r := "foo"
null.foo := 1
some.foo(x) := x
default with.foo := 1
contains.foo := 1
