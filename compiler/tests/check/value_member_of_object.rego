package a

p if 1, "x" in {"a": 1}  # error: rego_type_error 6 "match error"

# details at 3:6
#   left  : number
#   right : string
