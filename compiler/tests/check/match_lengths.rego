package a

p if {
	[1, 2] == [1, 2, 3]  # error: rego_type_error 2 "match error"
}

# details at 4:2
#   left  : array<number, number>
#   right : array<number, number, number>
#   hint  : both sides are arrays but their types differ, so they can never be equal (see https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error)
