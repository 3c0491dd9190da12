package test

# no multi-value maps, as order can't be guaranteed
a := ["a"]

p := $"{{x: x | some x in a}}"
