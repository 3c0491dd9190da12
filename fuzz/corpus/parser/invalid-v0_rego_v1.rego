package p

import rego.v1

p { true }  # error 1: `if` keyword is required before rule body
q[x] { x := 1 }  # error 1: `if` keyword is required before rule body  # error 1: `contains` keyword is required for partial set rules
r.s  # error 1: `contains` keyword is required for partial set rules
