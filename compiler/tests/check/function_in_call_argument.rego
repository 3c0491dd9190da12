package a

f(x) := x

p := count(f)  # error: rego_type_error 6 "count: invalid argument(s)"  # error: rego_type_error 12 "function data.a.f used as reference, not called"

# details at 5:6
#   have: ((any) => any, ???)
#   want: (collection: any<...>, n: number)

# details at 5:12
#   data.a.f
#   ^^^^^^^^
#   have: (any) => any
