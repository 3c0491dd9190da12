package a

import future.keywords.and
import future.keywords.or

p if 1 == "a" or input.x and 2 == "b"
