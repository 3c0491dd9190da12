# Who may do what.
package authz

default allow := false

allow if input.user == "alice"

allow if "admin" in roles

roles contains role if some role in data.users[input.user].roles

# Two values under one condition.
level := 1

level := 2 if input.clash

ratio := input.a / input.b

double(x) := x * 2

profile := {"name": input.user, "tags": {"b", "a"}, "nested": [null, true, 1.50, "é\"\n"]}
