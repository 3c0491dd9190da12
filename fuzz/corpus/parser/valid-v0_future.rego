package p

import future.keywords.if
import future.keywords.contains
import future.keywords.every

p if x
q contains x if { x in [1] }
r { every x in y { x } }
s[x] { x := 1 }
or := and
