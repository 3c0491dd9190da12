package terraform

weights := {"aws_instance": 10, "aws_iam_role": 25, "aws_security_group": 5, "aws_s3_bucket": 20}

review := {"allow": score < 2000, "score": score, "deletes": deletes}

deletes := count([1 |
	some change in input.resource_changes
	"delete" in change.change.actions
])

score := sum([weight |
	some change in input.resource_changes
	some action in change.change.actions
	action in {"create", "delete"}
	weight := object.get(weights, change.type, 1)
])
