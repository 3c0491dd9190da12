package a

xs := [1, 2]

p := xs.first  # error: rego_type_error 6 "undefined ref: data.a.xs.first"

# details at 5:6
#   data.a.xs.first
#             ^
#             have: "first"
#             want (type): number
