package test

a := ["a"]

# no multi-value sets, as order can't be guaranteed
p := $`{{x | some x in a}}`
