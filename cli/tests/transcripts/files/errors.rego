package errors

p if nope(1)

q := 1 + "a"

r if {
	some i
	true
}
