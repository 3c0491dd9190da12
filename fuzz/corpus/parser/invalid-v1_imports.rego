package p

import foo.bar  # error 8: unexpected import path, must begin with one of: {data, future, input, rego}, got: foo (hint: if this is unexpected, try updating OPA)
import data[x]  # error 13: unexpected var token: expecting string
import data.a as 1  # error 18: unexpected number token: expected var
import data.a as input  # error 18: unexpected import alias, must not be a reserved name, got: input
import data.foo.if  # error 17: unexpected import path, must not end with a keyword, got: if (hint: import a different path or use an alias)
import future.foo  # error 8: invalid import, must be `future.keywords`
import future.keywords.foo  # error 8: unexpected keyword, must be one of [and contains every if in not or]
import future.keywords.in as x  # error 30: `future` imports cannot be aliased
import rego.v3  # error 8: invalid import `rego.v3`, must be one of: `rego.v1`, `rego.v2`
import rego.v1 as x  # error 19: `rego` imports cannot be aliased
import
import "a"  # error 1: unexpected import path, must begin with one of: {data, future, input, rego}, got: import (hint: if this is unexpected, try updating OPA)
p := 1
