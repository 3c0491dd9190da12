package p

x := "ÿ"
