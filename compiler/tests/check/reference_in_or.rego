package a

import future.keywords.or

limits := {"cpu": 1}

p if input.x or limits.memory > 1  # error: rego_type_error 17 "undefined ref: data.a.limits.memory"

# details at 7:17
#   data.a.limits.memory
#                 ^
#                 have: "memory"
#                 want (one of): ["cpu"]
