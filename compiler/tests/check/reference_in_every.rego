package a

limits := {"cpu": 1}

p if {
	every x in input.xs { x < limits.memory }  # error: rego_type_error 28 "undefined ref: data.a.limits.memory"
}

# details at 6:28
#   data.a.limits.memory
#                 ^
#                 have: "memory"
#                 want (one of): ["cpu"]
