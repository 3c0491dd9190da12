package a

p if {
	o := {k: 1 | some k in ["a"]}
	o[1]  # error: rego_type_error 2 "undefined ref: o[1]"
}

# details at 5:2
#   o[1]
#     ^
#     have: 1
#     want (type): string
