package a

xs := [1, 2]

p := xs[2]  # error: rego_type_error 6 "undefined ref: data.a.xs[2]"

# details at 5:6
#   data.a.xs[2]
#             ^
#             have: 2
#             want (type): number
