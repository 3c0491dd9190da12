package spend

report := {
	"open": count(open),
	"total": sum([order.cents | some order in input.orders]),
	"largest": max([order.cents | some order in input.orders]),
	"by_region": {region: total |
		some region in {"north", "south", "east", "west"}
		total := sum([order.cents | some order in input.orders; order.region == region])
	},
}

open contains order.id if {
	some order in input.orders
	order.state == "open"
}
