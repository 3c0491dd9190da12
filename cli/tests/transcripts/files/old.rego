package old

p[x] { x := input.xs[_] }

q = 1 { not p[3] }
