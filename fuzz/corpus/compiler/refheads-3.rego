package test

a.b contains x if some x in [1, 2, 3]
