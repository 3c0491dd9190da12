package a

p := {1, 2} - "a"  # error: rego_type_error 6 "minus: invalid argument(s)"

# details at 3:6
#   have: (set[number], string, ???)
#   want: (x: any<number, set[any]>, y: any<number, set[any]>, z: any<number, set[any]>)
