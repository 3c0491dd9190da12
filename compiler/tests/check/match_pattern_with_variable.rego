package a

p if {
	[1, x] = ["a", 2]  # error: rego_type_error 2 "match error"
	x
}

# details at 4:2
#   left  : array<number, ???>
#   right : array<string, number>
#   hint  : both sides are arrays but their types differ, so they can never be equal (see https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error)
