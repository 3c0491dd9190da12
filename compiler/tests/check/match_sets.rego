package a

p if {
	{1, 2} == {"a"}  # error: rego_type_error 2 "match error"
}

# details at 4:2
#   left  : set[number]
#   right : set[string]
#   hint  : both sides are sets but their types differ, so they can never be equal (see https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error)
