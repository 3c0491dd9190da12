package a

user := {"name": {"first": "x"}}

p := user.name.last  # error: rego_type_error 6 "undefined ref: data.a.user.name.last"

# details at 5:6
#   data.a.user.name.last
#                    ^
#                    have: "last"
#                    want (one of): ["first"]
