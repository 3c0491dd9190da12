package a

p := frobnicate(1)  # error: rego_type_error 6 "undefined function frobnicate"
