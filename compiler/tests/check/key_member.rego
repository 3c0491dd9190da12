package a

p if "a", 1 in [1, 2]  # error: rego_type_error 6 "match error"

# details at 3:6
#   left  : string
#   right : number
