package a

p := strings.frobnicate("a")  # error: rego_type_error 6 "undefined function strings.frobnicate"
