# METADATA
# title: Attribute-based access control for medical records
# description: >-
#   Who may read or amend a record depends on the staff member, the patient, the record and the time; the answer names the obligations that come
#   with access, or what stands against it.
package abac

# METADATA
# entrypoint: true
decision := {"allow": true, "obligations": obligations} if {
	permitted
	count(objections) == 0
} else := {"allow": false, "objections": objections}

staff := data.staff[input.subject.id]

record := data.records[input.resource.id]

permitted if {
	input.action in {"read", "amend"}
	staff.role == "physician"
	record.patient in staff.patients
}

permitted if {
	input.action == "read"
	staff.role == "nurse"
	staff.ward == record.ward
	on_shift
}

# In an emergency every physician may read, whoever's patient it is.
permitted if {
	input.action == "read"
	staff.role == "physician"
	input.context.emergency
}

on_shift if {
	minute := time_of_day(input.context.time)
	some shift in staff.shifts
	minute >= time_of_day(shift.from)
	minute < time_of_day(shift.to)
}

time_of_day(text) := (hours * 60) + minutes if {
	[hours, minutes] := [to_number(part) | some part in split(text, ":")]
}

objections contains "not permitted" if not permitted

objections contains "the record is sealed" if {
	record.sealed
	not input.subject.id in record.sealed_for
}

objections contains sprintf("clearance %d is needed", [record.sensitivity]) if {
	object.get(staff, "clearance", 0) < record.sensitivity
}

obligations contains "log" if record.sensitivity >= 2

obligations contains "notify-patient" if {
	input.context.emergency
	not record.patient in staff.patients
}
