package a

p := data.a.b.c.d  # error: rego_type_error 6 "undefined ref: data.a.b.c.d"

b.c := 1

# details at 3:6
#   data.a.b.c.d
#   ^^^^^^^^^^
#   have: number
