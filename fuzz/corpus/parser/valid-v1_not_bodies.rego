package p

import future.keywords.not
import future.keywords.or

a if not x
b if not x.y == 1 with input as 2
c if not { x; y }
d if not { x } with input as 1
e if not (x or y)
f if not ({1, 2})
g if not { not { x } }
h if not x or not { y }
i if not (x with input as 1)
