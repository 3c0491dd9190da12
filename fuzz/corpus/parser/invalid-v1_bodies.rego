package p

a if {}
b if { x y }  # error 10: unexpected identifier token: expected \n or ; or }
c if { not some x }  # error 12: unexpected some keyword: illegal negation of 'some'
d if { not every x in y { z } }  # error 12: unexpected every keyword: illegal negation of 'every'
e if { every x { y } }  # error 16: unexpected { token: expected `x[, y] in xs { ... }` expression
f if { every x in y }  # error 21: unexpected } token: missing body
g if { every [x] in y { z } }  # error 23: unexpected { token: expected value to be a variable
h if { some 1 }  # error 13: unexpected number token: expected var
i if { some f(x) }  # error 18: unexpected } token: expected `x in xs` or `x, y in xs` expression
j if { x with 1 as 2 }  # error 15: unexpected number token: expected ident
k if { x with input }  # error 21: unexpected } token: expected as keyword
l if { x with f(x) as 2 }  # error 20: unexpected as keyword: expected with target path
m if
n if { x := }  # error 3: unexpected if keyword
o if { x and y }  # error 10: unexpected identifier token: expected \n or ; or } (hint: `import future.keywords.and` for `x and y` expressions)
p if true { x
q if { x ] }  # error 3: unexpected if keyword: expected \n or ; or }
r := 1 else := 2  # error 8: unexpected else keyword
s if x else
t if { some x in }  # error 1: unexpected identifier token: expected else value term or rule body  # error 15: unexpected in keyword: expected \n or ; or }
u if not  # error 24:0: unexpected eof token
