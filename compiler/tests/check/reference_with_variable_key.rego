package a

o := {"a": 1}

p := o[k] if {  # error: rego_type_error 6 "undefined ref: data.a.o[k]"
	k := 1
}

# details at 5:6
#   data.a.o[k]
#            ^
#            have (type): number
#            want (one of): ["a"]
