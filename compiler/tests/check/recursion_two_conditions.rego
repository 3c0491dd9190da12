package a.b

p if data[input.x][input.y].p  # error: rego_recursion_error 1 "rule data.a.b.p may be recursive: data.a.b.p -> data.a.b.p (data[input.x][input.y].p refers to data.a.b.p if input.x is \"a\" and input.y is \"b\")"
