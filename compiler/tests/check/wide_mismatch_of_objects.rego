package a

p if {
	{"name": "x", "roles": ["a", "b"], "address": {"street": "s", "number": 1}, "same": true} == {"name": "x", "roles": [1, 2], "address": {"street": "s", "zip": 2}, "same": true}  # error: rego_type_error 2 "match error"
}

# details at 4:2
#   left  : object<address: object<number: number, ...>, roles: array<string, string>, ...>
#   right : object<address: object<zip: number, ...>, roles: array<number, number>, ...>
#   hint  : both sides are objects but their types differ, so they can never be equal (see https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error)
