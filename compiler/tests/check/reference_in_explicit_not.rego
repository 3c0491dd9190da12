package a

import future.keywords.not

limits := {"cpu": 1}

p if {
	not { input.x < limits.memory }  # error: rego_type_error 18 "undefined ref: data.a.limits.memory"
}

# details at 8:18
#   data.a.limits.memory
#                 ^
#                 have: "memory"
#                 want (one of): ["cpu"]
