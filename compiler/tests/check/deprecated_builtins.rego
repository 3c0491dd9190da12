package a

p if any([true])  # error: rego_type_error 6 "deprecated built-in function calls in expression: any"

q := cast_array(input.x)  # error: rego_type_error 6 "deprecated built-in function calls in expression: cast_array"

r if re_match("a", input.y)  # error: rego_type_error 6 "deprecated built-in function calls in expression: re_match"
