package a

p := count([1], 2, 3)  # error: rego_type_error 6 "count: arity mismatch"

# details at 3:6
#   have: (array<number>, number, number, ???)
#   want: (collection: any<string, array[any], object[any: any], set[any]>)
