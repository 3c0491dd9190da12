package roles

default allow := false

allow if {
	some role in granted
	some grant in data.grants[role]
	grant.action == input.action
	grant.resource == input.resource
}

granted := graph.reachable(data.inherits, data.members[input.user].roles)
