package a

n := 1

m := n + 1

p if m == "x" with n as "x"
