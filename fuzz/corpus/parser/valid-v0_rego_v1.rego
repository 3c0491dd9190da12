package p

import rego.v1

p if x in xs
q contains 1
