package p

and := 1  # error 1: and keyword cannot be used for rule name
not if true  # error 1: not keyword cannot be used for rule name
p if x and
q := {x: 1  # error 7:0: unexpected eof token: non-terminated object
