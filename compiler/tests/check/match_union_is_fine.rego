package a

v := 1 if input.x

v := "a" if input.y

p if v == "b"

q if v == 2

r if v == true  # error: rego_type_error 6 "match error"

# details at 11:6
#   left  : any<number, string>
#   right : boolean
