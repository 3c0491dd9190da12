package a

default level := "none"

level := 1 if input.x

p if level == true  # error: rego_type_error 6 "match error"

# details at 7:6
#   left  : any<number, string>
#   right : boolean
