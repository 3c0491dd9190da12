package a

import future.keywords.not

p if {
	not { 1 == "a" }
}
