package a.b

p[x].q[y] := data.a[z] if { x := data.c[y]; z := input[x] }
