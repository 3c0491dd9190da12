package a

user := {"name": "x"}

p := user.name.first.letter  # error: rego_type_error 6 "undefined ref: data.a.user.name.first.letter"

# details at 5:6
#   data.a.user.name.first.letter
#   ^^^^^^^^^^^^^^^^
#   have: string
