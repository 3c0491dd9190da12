package p

a contains x if y > 1
