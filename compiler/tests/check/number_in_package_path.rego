package a

p := data.a[1]
