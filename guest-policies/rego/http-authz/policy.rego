# METADATA
# title: Authorization of HTTP requests
# description: Decides whether a request passes the gateway, with which status and headers if not.
package http.authz

import data.http_config.routes

# METADATA
# entrypoint: true
default response := {"allowed": false, "status": 403, "headers": {}}

response := {"allowed": true, "headers": {"x-user": claims.sub}} if allow

response := {"allowed": true, "headers": {}} if public

response := {"allowed": false, "status": 401, "headers": {"www-authenticate": "Bearer"}} if {
	not public
	not claims.sub
}

response := {"allowed": false, "status": 404, "headers": {}} if {
	count(matches) == 0
	claims.sub
}

# METADATA
# entrypoint: true
default allow := false

allow if {
	not public
	some route, params in matches
	every scope in routes[route].scopes {
		scope in claims.scopes
	}
	owned(routes[route], params)
}

public if {
	some route, _ in matches
	routes[route].public
}

# A route that belongs to a user is open to that user and to support.
owned(route, _) if not route.owner

owned(route, params) if params[route.owner] == claims.sub

owned(_, _) if "support" in claims.scopes

# Routes whose method and path fit, with the values of their path's parameters.
matches[name] := params if {
	some name, route in routes
	input.method in route.methods
	pattern := split(trim(route.path, "/"), "/")
	count(pattern) == count(path)
	every i, part in pattern {
		fits(part, path[i])
	}
	params := {substring(part, 1, -1): path[i] | some i, part in pattern; startswith(part, ":")}
}

path := split(trim(input.path, "/"), "/")

fits(pattern, part) if pattern == part

fits(pattern, part) if {
	startswith(pattern, ":")
	part != ""
}

# The gateway has checked the token's signature and hands its claims over.
claims := input.token if input.token.exp > input.time
