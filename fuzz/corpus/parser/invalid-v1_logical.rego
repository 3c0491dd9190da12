package p

import future.keywords.and
import future.keywords.or
import future.keywords.not

a if x with input as 1 and y  # error 8: `with` modifier is not allowed on operand of `and` (hint: Wrap the operand in `(...)` or `{...}` to scope, or move `with` after the `and` expression to apply it to the whole expression)
b if {1, 2} and y  # error 8: unexpected , token: expected \n or ; or }
c if x and {1, 2}  # error 12: operand of `and` cannot begin with `{` unless the braces hold a body (hint: wrap the operand to keep the value: `({1, 2}) and ...`)
d if x and {}  # error 13: found empty body
e if () and x  # error 7: unexpected ) token
f if not {1, 2}  # error 10: `{...}` in an operand position must contain expression(s), got: set (hint: write `not ({1, 2})` to negate the value, or `not {{1, 2}}` for a body holding it)
g if not {}  # error 11: found empty body
h if not { a | b }  # error 10: ambiguous `{ ... | ... }` operand: read as a body holding a set-union expression, not as a comprehension (hint: write `not ({ a | b })` for the comprehension, or `not { (a | b) }` for the set union)
i if { a | b } and c  # error 16: unexpected and keyword
j if ({ x; y }) and z  # error 6: `(...)` in an operand position cannot contain a body (hint: drop the parens to keep the body: `{ x; y }`)
k if print(1) and x  # error 6: operand of `and` cannot consist only of calls to `print` (hint: `print` produces no value and always succeeds, so the operand can never fail; move it out of the operand, or add an expression that can fail)
l if (x or y
m if x or  # error 1: expected ) to close parenthesized group
n if {} or x  # error 3: unexpected if keyword
