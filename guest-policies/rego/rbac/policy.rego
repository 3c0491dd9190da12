# METADATA
# title: Role-based access control
# description: A user may do what one of their roles, or a role that it inherits from, grants.
package rbac

# METADATA
# entrypoint: true
default allow := false

allow if some_grant

allow if "superuser" in user_roles

# Every reason for the decision, for the audit log.
# METADATA
# entrypoint: true
reasons contains reason if {
	some role in user_roles
	some grant in data.rbac_config.grants[role]
	covers(grant)
	reason := sprintf("role %s grants %s on %s", [role, grant.action, grant.resource])
}

reasons contains "superusers may do anything" if "superuser" in user_roles

some_grant if {
	some role in user_roles
	some grant in data.rbac_config.grants[role]
	covers(grant)
}

# Roles of the user and all roles that these inherit from.
user_roles := graph.reachable(data.rbac_config.inherits, data.rbac_config.bindings[input.user])

covers(grant) if {
	grant.resource == input.resource.type
	grant.action in {input.action, "*"}
}
