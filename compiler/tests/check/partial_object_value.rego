package a

o[k] := 1 if some k in input.ks

p if o.x == "a"  # error: rego_type_error 6 "match error"

# details at 5:6
#   left  : number
#   right : string
