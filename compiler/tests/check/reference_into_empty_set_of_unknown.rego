package a

f(x) if {
	some y in {x}  # error: rego_type_error 12 "undefined ref: {x}[_]"
	y
}

# details at 4:12
#   {x}[_]
#       ^
#       have: _
#       want (one of): []
