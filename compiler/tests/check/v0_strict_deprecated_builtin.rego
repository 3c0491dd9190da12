# options: v0 strict
package a

p { any([true]) }  # error: rego_type_error 5 "deprecated built-in function calls in expression: any"
