package p

p if { true }
q contains 1
r { some x in xs }  # error 12: unexpected identifier token: expected \n or ; or } (hint: `import future.keywords.in` for `some x in xs` expressions)
s { every x in xs { x } }  # error 11: unexpected identifier token: expected \n or ; or } (hint: `import future.keywords.every` for `every x in xs { ... }` expressions)
t { x in xs }  # error 7: unexpected identifier token: expected \n or ; or } (hint: `import future.keywords.in` for `x in xs` expressions)
u { k, v in xs }  # error 6: unexpected , token: expected \n or ; or } (hint: `import future.keywords.in` for `x in xs` expressions)
v := $"a"  # error 6: template strings are not supported by current capabilities  # error 6: unexpected template-string-end token: expected rule value term (e.g., v := <VALUE> { ... })
w { x and y }  # error 7: unexpected identifier token: expected \n or ; or } (hint: `import future.keywords.and` for `x and y` expressions)
