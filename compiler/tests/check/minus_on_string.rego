package a

p := "a" - 1  # error: rego_type_error 6 "minus: invalid argument(s)"

# details at 3:6
#   have: (string, number, ???)
#   want: (x: any<number, set[any]>, y: any<number, set[any]>, z: any<number, set[any]>)
