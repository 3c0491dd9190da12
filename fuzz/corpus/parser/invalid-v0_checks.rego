package p

p if { true }  # error 1: var cannot be used for rule name (hint: `import future.keywords.if` for `p if { ... }` rules)
q contains 1  # error 1: var cannot be used for rule name (hint: `import future.keywords.contains` for `p contains x` rules)  # error 3: var cannot be used for rule name (hint: `import future.keywords.contains` for `p contains x` rules)  # error 12: number cannot be used for rule name
