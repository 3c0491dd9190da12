package p

a := 01  # error 6: unexpected number token: expected number without leading zero  # error 6: unexpected number token: expected rule value term (e.g., a := <VALUE> { ... })
b := 1.  # error 6: expected fraction
c := 1e  # error 6: expected exponent
d := 0a2b  # error 6: illegal number format
e := 1e999999  # error 6: number too big  # error 6: unexpected number token: expected rule value term (e.g., e := <VALUE> { ... })
f := "abc  # error 6: non-terminated string
g := "\q"  # error 6: illegal escape sequence
h := "\u12"  # error 6: non-terminated string
i := ! 1  # error 6: illegal ! character
j := $x  # error 6: illegal $ character
k := x..y  # error 8: unexpected . token: expected identifier  # error 8: unexpected . token: expected rule value term (e.g., k := <VALUE> { ... })
l := "a".b  # error 6: illegal ref (head cannot be string)
m := (1
n := {1: 2, 3}  # error 1: non-terminated expression  # error 1: unexpected identifier token: expected rule value term (e.g., m := <VALUE> { ... })  # error 14: unexpected } token: expected ":"  # error 14: unexpected } token: expected rule value term (e.g., n := <VALUE> { ... })
o := {1 2}  # error 9: unexpected number token: non-terminated set  # error 9: unexpected number token: expected rule value term (e.g., o := <VALUE> { ... })
p := {1: 2 3: 4}  # error 12: unexpected number token: non-terminated object  # error 12: unexpected number token: expected rule value term (e.g., p := <VALUE> { ... })
q := f(1 2)  # error 10: unexpected number token: expected "," or ")"  # error 10: unexpected number token: expected rule value term (e.g., q := <VALUE> { ... })
r := [1, 2
s := a[1  # error 1: unexpected identifier token: expected "," or "]"  # error 1: unexpected identifier token: expected rule value term (e.g., r := <VALUE> { ... })
t := é  # error 1: unexpected identifier token: expected [  # error 1: unexpected identifier token: expected rule value term (e.g., s := <VALUE> { ... })  # error 6: illegal token
u := 1 +
v := -"a"  # error 3: unexpected assign token
w := $"{x := 1}"  # error 9: unexpected assignment (':=') in template-string expression  # error 15: unexpected } token: expected rule value term (e.g., w := <VALUE> { ... })
x := $"{not y}"  # error 9: unexpected negation ('not') in template-string expression  # error 14: unexpected } token: expected rule value term (e.g., x := <VALUE> { ... })
y := $"{some z}"  # error 9: unexpected 'some' in template-string expression  # error 15: unexpected } token: expected rule value term (e.g., y := <VALUE> { ... })
z := $"{x"  # error 10: non-terminated string  # error 10: expected } to end template string expression
A := $"abc  # error 6: non-terminated string
B := {x | }  # error 11: found empty body  # error 11: unexpected } token: expected rule value term (e.g., B := <VALUE> { ... })
C := [x | y, z w]  # error 16: unexpected identifier token: expected "," or "]"  # error 16: unexpected identifier token: expected rule value term (e.g., C := <VALUE> { ... })
D := ..1  # error 7: unexpected . token: expected number  # error 7: unexpected . token: expected rule value term (e.g., D := <VALUE> { ... })
