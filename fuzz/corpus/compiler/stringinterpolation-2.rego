package test

a := ["foo", "bar"]

p := [x | some y in a; x := $"<{y}>"]
