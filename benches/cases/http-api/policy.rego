package httpapi

default allow := false

# Everybody reads the catalogue.
allow if {
	input.method == "GET"
	input.path[0] == "catalogue"
}

# People see their own orders.
allow if {
	input.method == "GET"
	input.path = ["users", id, "orders"]
	id == input.token.sub
}

# Managers see the orders of those who report to them.
allow if {
	input.method == "GET"
	input.path = ["users", id, "orders"]
	id in data.reports[input.token.sub]
}

# Support changes orders.
allow if {
	input.method in {"PUT", "PATCH"}
	input.path = ["users", _, "orders", _]
	"support" in input.token.roles
}
