package test

p[q].r := v if {
	q := "q"
	v := {"s": {"t": 1}}
}

p.q.r.s.u := 42
