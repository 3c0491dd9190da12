package a

num := 1

str := "x"

p if num == str  # error: rego_type_error 6 "match error"

# details at 7:6
#   left  : number
#   right : string
