package p

import data.a.in
import data.if as x

p { true }
p[x] { x := 1 }
p[x]
p.q { true }
p[x] = y { x := 1; y := 2 }
p = 1 { true } { false }
f(_, x) = 1 { x } { not x }
f(x) { x } else = 2 { not x } else = 3
default d = 1
in = 1
contains := 2
every[x] { if := x }
some_in { some x; in[x] }
g(x) = y { y = x }
h.i.j = 1
input.x.y.z = 1
