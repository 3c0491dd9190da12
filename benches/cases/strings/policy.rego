package mail

default route := "reject"

route := concat("/", ["queue", domain, priority]) if {
	domain in {"example.com", "example.org"}
	not blocked
}

address := lower(trim_space(input.to))

domain := split(address, "@")[1]

user := split(address, "@")[0]

blocked if startswith(user, "no-reply")

blocked if contains(lower(input.subject), "unsubscribe now")

priority := "high" if startswith(upper(input.subject), "URGENT")

priority := "low" if endswith(input.from, "@lists.example.net")

priority := "normal" if {
	not startswith(upper(input.subject), "URGENT")
	not endswith(input.from, "@lists.example.net")
}
