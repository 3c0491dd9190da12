package access

default allow := false

allow if {
	some binding in data.bindings
	binding.user == input.user
	binding.role == input.role
}
