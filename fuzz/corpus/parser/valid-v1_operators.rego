package p

a := 1 + 2 * 3 - 4 / 5 % 6
b := (1 + 2) * (3 - 4)
c := a | b & c | d
d := a + b | c - d & e
e := a == b | c
f := a < b == c
g := x in xs == y
h := 1 + 1 in [2]
i := a - -1 - - 2
j := -x - -y.z[0]
k := -f(x)
l := a -1
m := [a | b, c]
n := {(a | b)}
o := {"k": (a | b), "l": a | b}
p2 := x, y in xs
q := (x in xs) == true
r := (a | b) | c
s := a | (b | c)
t := (((1)))
u := (a + b).c[0]
v := 1 -
	2
w if x
	== y
