package a

p := net.cidr_contains_matches(1, {"a": ["b"]})  # error: rego_type_error 6 "net.cidr_contains_matches: invalid argument(s)"

# details at 3:6
#   have: (number, object<a: array<string>>, ???)
#   want: (cidrs: any<...>, cidrs_or_ips: any<...>, output: set[array<any, any>])
