package p

import future.keywords.and
import future.keywords.or

a if x and y or not z and w
b if x or y and z with input as 1
c if { x; y } and { z } or w
d if (x or y) and (z or w)
e if (((x or y)))
f if { ({1}) == x and y }
g if x == 1 and y := 2
h := and(x, y)
i if or(x, y)
j if not (x) and y
k if { { x; y } or z
	w }
l if ({ x } or (y)) and y
