# options: v0 strict
package a

s[x] { x := "a" }

p { s[1] }  # error: rego_type_error 5 "undefined ref: data.a.s[1]"

# details at 6:5
#   data.a.s[1]
#            ^
#            have: 1
#            want (type): string
