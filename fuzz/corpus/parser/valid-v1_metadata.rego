# METADATA
# title: package
package p

# METADATA
# scope: document
# custom:
#   a: 1
# METADATA
# title: second
import input.x

# not metadata
#METADATA
#title: tight
p := 1

q if {
	# METADATA
	# title: indented, so none
	true
# METADATA
# title: inside a body
}

# METADATA

# title: apart
r := 1

# METADATA
# title: nothing below
