# METADATA
# title: Data by sensitivity
# description: >-
#   Which columns of a table a person may see, and how: a column's sensitivity comes from the catalog, the person's clearance and purpose decide
#   whether it is shown, masked or left out, and some combinations are more sensitive than their parts.
package data_access

# METADATA
# entrypoint: true
decision := {"allow": allow, "columns": columns, "reasons": reasons, "row_filter": row_filter}

# METADATA
# entrypoint: true
default allow := false

allow if {
	count(reasons) == 0
	some _, how in columns
	how != "hidden"
}

levels := {"public": 0, "internal": 1, "confidential": 2, "restricted": 3}

person := data.people[input.user]

table := data.catalog[input.table]

purpose := data.purposes[input.purpose]

# What is not in the catalog is treated as restricted.
sensitivity(column) := levels[table.columns[column].sensitivity]

sensitivity(column) := levels.restricted if not table.columns[column]

# Columns that point at a person together raise each other to at least confidential.
raised(column) := max([sensitivity(column), levels.confidential]) if {
	some group in data.quasi_identifiers
	column in group
	every other in group {
		other in input.columns
	}
} else := sensitivity(column)

clearance := levels[person.clearance]

columns[column] := "shown" if {
	some column in input.columns
	raised(column) <= clearance
	serves_purpose(column)
}

columns[column] := mask(column) if {
	some column in input.columns
	raised(column) == clearance + 1
	serves_purpose(column)
}

columns[column] := "hidden" if {
	some column in input.columns
	not may_see_some(column)
}

may_see_some(column) if {
	raised(column) <= clearance + 1
	serves_purpose(column)
}

mask(column) := table.columns[column].mask

mask(column) := "hidden" if not table.columns[column].mask

# Personal data is for the purposes that it was collected for.
serves_purpose(column) if not table.columns[column].personal

serves_purpose(column) if {
	table.columns[column].personal == true
	input.purpose in table.collected_for
}

reasons contains "unknown user" if not person

reasons contains "unknown table" if not table

reasons contains sprintf("purpose %v is not approved", [object.get(input, "purpose", null)]) if not purpose

reasons contains "the training on data protection has expired" if {
	touches_personal_data
	not is_trained
}

reasons contains sprintf("%s may not leave %s", [input.table, table.region]) if {
	not stays_in_region
	some column in input.columns
	sensitivity(column) > levels.internal
}

# A request that leaves out its date or destination gains nothing by it.
is_trained if person.trained_until >= input.date

stays_in_region if table.region == input.destination

touches_personal_data if {
	some column in input.columns
	table.columns[column].personal
}

# Without a wider mandate a person sees the rows of their own department.
default row_filter := {"department": "none"}

row_filter := {} if person.scope == "all"

row_filter := {"department": person.department} if person.scope == "own"
