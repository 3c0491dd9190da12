package a

g(x, y) := x + y

p if count([1]) with count as g  # error: rego_type_error 17 "count: arity mismatch"

# details at 5:17
#   have: (number, number)
#   want: (collection: any<string, array[any], object[any: any], set[any]>)
