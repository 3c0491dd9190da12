package admission

deny contains message if {
	some container in input.request.object.spec.containers
	not trusted(container.image)
	message := sprintf("%s: image %s is not from a trusted registry", [container.name, container.image])
}

deny contains message if {
	some container in input.request.object.spec.containers
	container.securityContext.privileged == true
	message := sprintf("%s: runs privileged", [container.name])
}

deny contains message if {
	some container in input.request.object.spec.containers
	some resource in ["cpu", "memory"]
	not container.resources.limits[resource]
	message := sprintf("%s: has no limit for %s", [container.name, resource])
}

deny contains message if {
	some label in ["app", "team"]
	not input.request.object.metadata.labels[label]
	message := sprintf("label %s is missing", [label])
}

deny contains "the host's network is used" if input.request.object.spec.hostNetwork == true

trusted(image) if {
	some registry in ["registry.example.com/", "mirror.example.com/"]
	startswith(image, registry)
}
