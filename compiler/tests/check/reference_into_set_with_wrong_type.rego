package a

s := {1, 2}

p if s["a"]  # error: rego_type_error 6 "undefined ref: data.a.s.a"

# details at 5:6
#   data.a.s.a
#            ^
#            have: "a"
#            want (type): number
