package rbac

default allow := false

allow if {
	some role in data.bindings[input.user]
	some grant in data.grants[role]
	grant.action == input.action
	grant.resource == input.resource.type
}

allow if "admin" in data.bindings[input.user]
