package a

p := count(7)  # error: rego_type_error 6 "count: invalid argument(s)"

# details at 3:6
#   have: (number, ???)
#   want: (collection: any<...>, n: number)
