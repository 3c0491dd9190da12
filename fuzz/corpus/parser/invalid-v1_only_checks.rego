package p

p  # error 1: var cannot be used for rule name
1  # error 1: number cannot be used for rule name
[x]  # error 1: array cannot be used for rule name
p.q  # error 1: `contains` keyword is required for partial set rules
p.q.r  # error 1: rule must have value assignment and/or body declaration
p[x] { true }  # error 1: `if` keyword is required before rule body  # error 1: `contains` keyword is required for partial set rules
p { true } else { false }  # error 1: `if` keyword is required before rule body  # error 12: `if` keyword is required before rule body
f(x) { x }  # error 1: `if` keyword is required before function body
p := 1; q := 2  # error 1: multiple expressions cannot be used for rule head
not p  # error 1: negated expressions cannot be used for rule head
some x  # error 1: 'some' declarations cannot be used for rule head
p with input as 1  # error 1: expressions using with keyword cannot be used for rule head
x in xs  # error 1: rule name conflicts with built-in function
count(x)  # error 1: rule name conflicts with built-in function
f(x).y := 1  # error 1: invalid rule head: f(x).y
package q  # error 1: unexpected package
