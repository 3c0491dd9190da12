package p

p
1
"a" := 1
[x]
p.q
p.q.r
f(x) contains 1  # error 6: unexpected contains keyword: the contains keyword can only be used with multi-value rule definitions (e.g., f contains <VALUE> { ... })
if := 1  # error 4: unexpected assign token
every if true  # error 1: every keyword cannot be used for rule name
default p
default q.r  # error 1: illegal default rule (must have a value)
default f(x, x) := 1  # error 1: illegal default rule (arguments cannot be repeated x)
default g(1) := 1  # error 1: illegal default rule (arguments cannot contain number)
default h := x  # error 1: illegal default rule (value cannot contain var)
default i := [input.x, f(1)]  # error 1: illegal default rule (value cannot contain ref)  # error 1: illegal default rule (value cannot contain call)
default every := 1  # error 9: every keyword cannot be used for rule name
p == 1
p[x] { true }
p { true }
p { true } else { false }
p := 1; q := 2
not p
some x
p with input as 1
x in xs
count(x)
p contains x if true else := 1  # error 22: else keyword cannot be used on multi-value rules
p[x] if true
else := 1  # error 1: else keyword cannot be used on rules with variables in head
f(x).y := 1
contains if true  # error 1: contains keyword cannot be used for rule name
