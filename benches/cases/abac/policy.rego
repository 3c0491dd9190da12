package authz

default allow := false

allow if input.user.role == "admin"

allow if {
	input.action == "read"
	input.resource.type == "document"
	input.user.level >= 3
}

allow if {
	input.user.id == input.resource.owner
	input.action in {"read", "update", "delete"}
}
