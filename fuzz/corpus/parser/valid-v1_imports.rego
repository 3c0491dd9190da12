package p

import rego.v1
import data.a.b
import data.a["b c"] as d
import input
import input.x as y
import data
import future.keywords
import future.keywords.in
import future.keywords.every
import data.foo.if as if_
