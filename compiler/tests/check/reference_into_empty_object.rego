package a

o := {}

p := o.x  # error: rego_type_error 6 "undefined ref: data.a.o.x"

# details at 5:6
#   data.a.o.x
#            ^
#            have: "x"
#            want (one of): []
