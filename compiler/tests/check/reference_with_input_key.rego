package a

o := {"a": {"b": 1}}

p := o[input.k].c  # error: rego_type_error 6 "undefined ref: data.a.o[input.k].c"

# details at 5:6
#   data.a.o[input.k].c
#                     ^
#                     have: "c"
#                     want (one of): ["b"]
