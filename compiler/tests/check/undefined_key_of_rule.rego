package a

user := {"name": "x", "age": 3}

p := user.email  # error: rego_type_error 6 "undefined ref: data.a.user.email"

# details at 5:6
#   data.a.user.email
#               ^
#               have: "email"
#               want (one of): ["age" "name"]
