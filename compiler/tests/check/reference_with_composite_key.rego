package a

s := {[1, "a"]}

p if s[[1, 2]]  # error: rego_type_error 6 "undefined ref: data.a.s[[1, 2]]"

# details at 5:6
#   data.a.s[[1, 2]]
#            ^
#            have (type): array<number, number>
#            want (type): array<number, string>
