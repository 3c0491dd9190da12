package a

f([x, y]) := x + y

p := f([1, 2, 3])  # error: rego_type_error 6 "data.a.f: invalid argument(s)"

# details at 5:6
#   have: (array<number, number, number>, ???)
#   want: (array<number, number>, number)
