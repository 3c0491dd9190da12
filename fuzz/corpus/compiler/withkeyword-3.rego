package test

p if {
	count(input) == 1 with count as 1
}
