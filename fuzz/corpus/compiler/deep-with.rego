package p

q := input.x

r := data.p.q with input.x as 1

p if { r == 1 with data.p.q as 2; q with input as {"x": [1 | data[_]]} }
