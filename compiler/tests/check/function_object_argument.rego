package a

f({"a": x}) := x

p := f({"b": 1})  # error: rego_type_error 6 "data.a.f: invalid argument(s)"

# details at 5:6
#   have: (object<b: number>, ???)
#   want: (object<a: any>, any)
