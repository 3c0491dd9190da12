package a

p if data[input.x][input.x]  # error: rego_recursion_error 1 "rule data.a.p may be recursive: data.a.p -> data.a.p (data[input.x][input.x] could refer to data.a.p)"
