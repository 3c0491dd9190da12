package test

p := f("foo bar")

f($"{x} {input.y}") := 42 if {
    x = "foo"
}
