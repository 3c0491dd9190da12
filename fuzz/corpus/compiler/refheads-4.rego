package example

public_network contains net.id if {
	some net in input.networks
	net.public
}
