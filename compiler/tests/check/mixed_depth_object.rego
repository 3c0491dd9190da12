package a

o.a.b := 1

o.c[k] := "x" if some k in input.ks

p := o.a.b.c  # error: rego_type_error 6 "undefined ref: data.a.o.a.b.c"

# details at 7:6
#   data.a.o.a.b.c
#   ^^^^^^^^^^^^
#   have: number
