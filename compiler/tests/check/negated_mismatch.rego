package a

p if not 1 == "a"  # error: rego_type_error 6 "match error"

# details at 3:6
#   left  : number
#   right : string
