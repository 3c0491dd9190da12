package p

a if x and not { y }
b if { x or y } and z
c := $"{x}"
