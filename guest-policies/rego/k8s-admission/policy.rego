# METADATA
# title: Kubernetes admission
# description: >-
#   Answers an AdmissionReview of pods and of what makes pods: images come from known registries and are pinned, containers run without privileges
#   and with limits, and some namespaces may do more. The answer is an AdmissionReview that a webhook can return as it is.
package kubernetes.admission

# METADATA
# entrypoint: true
review := {
	"apiVersion": "admission.k8s.io/v1",
	"kind": "AdmissionReview",
	"response": response,
}

# METADATA
# entrypoint: true
deny contains message if {
	some violation in violations
	message := sprintf("%s: %s", [violation.where, violation.what])
}

default response := {"uid": "", "allowed": false, "status": {"code": 400, "message": "not an admission request"}}

response := {"uid": request.uid, "allowed": true, "warnings": warnings} if count(deny) == 0

response := {"uid": request.uid, "allowed": false, "status": {"code": 403, "message": concat("; ", deny)}} if count(deny) > 0

request := input.request

# The pod's specification, wherever the kind keeps it.
spec := request.object.spec if request.kind.kind == "Pod"

spec := request.object.spec.template.spec if request.kind.kind in {"Deployment", "StatefulSet", "DaemonSet", "Job"}

spec := request.object.spec.jobTemplate.spec.template.spec if request.kind.kind == "CronJob"

containers contains container if {
	some field in ["containers", "initContainers", "ephemeralContainers"]
	some container in spec[field]
}

exempt(what) if what in data.exemptions[request.namespace]

violations contains {"where": container.name, "what": sprintf("image %s is not from a known registry", [container.image])} if {
	some container in containers
	not from_known_registry(container.image)
	not exempt("registry")
}

violations contains {"where": container.name, "what": sprintf("image %s is not pinned by digest or version", [container.image])} if {
	some container in containers
	not is_pinned(container.image)
}

violations contains {"where": container.name, "what": "runs privileged"} if {
	some container in containers
	container.securityContext.privileged == true
	not exempt("privileged")
}

violations contains {"where": container.name, "what": "may run as root"} if {
	some container in containers
	not runs_as_user(container)
	not exempt("root")
}

violations contains {"where": container.name, "what": sprintf("has no limit for %s", [resource])} if {
	some container in containers
	some resource in ["cpu", "memory"]
	not container.resources.limits[resource]
}

violations contains {"where": container.name, "what": sprintf("memory limit %s is above %s", [limit, data.limits.memory])} if {
	some container in containers
	limit := container.resources.limits.memory
	units.parse_bytes(limit) > units.parse_bytes(data.limits.memory)
}

violations contains {"where": "pod", "what": sprintf("mounts %s of the host", [volume.hostPath.path])} if {
	some volume in spec.volumes
	some path in data.forbidden_host_paths
	is_below(volume.hostPath.path, path)
	not exempt("host-path")
}

violations contains {"where": "metadata", "what": sprintf("label %s is missing", [label])} if {
	some label in data.required_labels
	not request.object.metadata.labels[label]
}

from_known_registry(image) if {
	some registry in data.registries
	startswith(image, sprintf("%s/", [registry]))
}

is_pinned(image) if regex.match(`@sha256:[0-9a-f]{64}$`, image)

is_pinned(image) if regex.match(`:v?[0-9]+\.[0-9]+\.[0-9]+$`, image)

# The container's own setting wins over the pod's.
runs_as_user(container) if container.securityContext.runAsNonRoot == true

runs_as_user(container) if {
	not has_setting(container)
	spec.securityContext.runAsNonRoot == true
}

has_setting(container) if _ = container.securityContext.runAsNonRoot

is_below(path, top) if path == top

is_below(path, top) if startswith(path, sprintf("%s/", [trim_right(top, "/")]))

warnings := [sprintf("container %s has no readiness probe", [container.name]) |
	request.kind.kind != "Job"
	some container in spec.containers
	not container.readinessProbe
]
