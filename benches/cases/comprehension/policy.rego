package access

report := {"roles": roles, "unbound": count(unbound), "holders": holders}

roles[user.id] := [binding.role | some binding in input.bindings; binding.user == user.id] if {
	some user in input.users
	user.active
}

unbound contains user.id if {
	some user in input.users
	not is_bound(user)
}

is_bound(user) if {
	some binding in input.bindings
	binding.user == user.id
}

holders := {role: users |
	some role in {binding.role | some binding in input.bindings}
	users := count({binding.user | some binding in input.bindings; binding.role == role})
}
