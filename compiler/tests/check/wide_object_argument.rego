package a

p := object.get([1], "a", {"first": "aaaaaaaaaaaaaaaaaaaa", "second": ["bbbbbbbbbbbbbbbb", 1, 2], "third": 3})  # error: rego_type_error 6 "object.get: invalid argument(s)"

# details at 3:6
#   have: (array<number>, string, object<...>, ???)
#   want: (object: object[any: any], key: any, default: any, value: any)
