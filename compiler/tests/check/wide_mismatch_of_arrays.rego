package a

p if {
	[{"aaaaaaaaaaaaaaaaaa": 1, "bbbbbbbbbbbbbbbbbbb": 2}, "x"] == [{"aaaaaaaaaaaaaaaaaa": 1, "bbbbbbbbbbbbbbbbbbb": 2}, "x", 1]  # error: rego_type_error 2 "match error"
}

# details at 4:2
#   left  : array<object<...>, string>
#   right : array<object<...>, string, number>
#   hint  : both sides are arrays but their types differ, so they can never be equal (see https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error)
