package a

f(1) := "a"

f("x") := 2

p := f(true)  # error: rego_type_error 6 "data.a.f: invalid argument(s)"

# details at 7:6
#   have: (boolean, ???)
#   want: (any<number, string>, any<number, string>)
