package a

p := time.clock("now")  # error: rego_type_error 6 "time.clock: invalid argument(s)"

# details at 3:6
#   have: (string, ???)
#   want: (x: any<...>, output: array<number, number, number>)
