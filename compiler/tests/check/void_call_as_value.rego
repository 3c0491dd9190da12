package a

p := print("x")  # error: rego_type_error 6 "print(\"x\") used as value"
