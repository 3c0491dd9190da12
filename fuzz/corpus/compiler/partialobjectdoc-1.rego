package x

p["a"] := 1

p["b"] := 2

p["c"] := 3
