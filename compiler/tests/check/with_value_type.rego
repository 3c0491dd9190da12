package a

n := 1

p if n == "x" with n as "x"

q if n == "x" with n as true  # error: rego_type_error 6 "match error"

# details at 7:6
#   left  : any<boolean, number>
#   right : string
