p := 1  # error 1: package expected
