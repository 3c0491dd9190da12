package a

inc(x) := x + 1

p := inc("a")  # error: rego_type_error 6 "data.a.inc: invalid argument(s)"

# details at 5:6
#   have: (string, ???)
#   want: (number, number)
