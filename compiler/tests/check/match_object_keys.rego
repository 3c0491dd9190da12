package a

p if {
	{"a": 1} == {"b": 1}  # error: rego_type_error 2 "match error"
}

# details at 4:2
#   left  : object<a: number>
#   right : object<b: number>
#   hint  : both sides are objects but their types differ, so they can never be equal (see https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error)
