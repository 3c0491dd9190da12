package a[x]  # error 11: unexpected var token: expecting string

p := 1
