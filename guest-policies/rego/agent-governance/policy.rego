# METADATA
# title: Governance of AI agents
# description: >-
#   Whether an agent may use a tool depends on what the action can do, how far the agent is trusted and how well it is contained. The answer is
#   `allow`, `ask` (a person decides) or `deny`, with reasons and with the conditions under which it holds.
package governance

# METADATA
# entrypoint: true
default verdict := {"decision": "deny", "reasons": ["the request is incomplete"], "conditions": []}

verdict := {"decision": "deny", "reasons": denials, "conditions": []} if count(denials) > 0

verdict := {"decision": "ask", "reasons": questions, "conditions": conditions} if {
	is_complete
	count(denials) == 0
	count(questions) > 0
}

verdict := {"decision": "allow", "reasons": ["within the agent's trust and sandbox"], "conditions": conditions} if {
	is_complete
	count(denials) == 0
	count(questions) == 0
}

# METADATA
# entrypoint: true
default allow := false

allow if verdict.decision == "allow"

agent := data.agents[input.agent]

tool := data.tools[input.action.tool]

sandbox := data.sandboxes[input.sandbox]

is_complete if {
	agent
	tool
	sandbox
}

# Trust counts only as far as its evidence is fresh; without it an agent is a stranger.
trust := agent.trust if time_since_review <= data.review.max_age_days

trust := 0 if time_since_review > data.review.max_age_days

time_since_review := input.day - agent.reviewed_day

# The risk of an action is that of its tool, one more if it leaves the sandbox's network or touches what a person owns.
risk := min([5, tool.risk + count(aggravations)])

aggravations contains "network" if {
	some host in input.action.hosts
	not host_is_known(host)
}

aggravations contains "ownership" if {
	some path in input.action.paths
	not is_within(path, sandbox.writable)
}

denials contains sprintf("unknown agent %s", [input.agent]) if not agent

denials contains sprintf("unknown tool %s", [input.action.tool]) if not tool

denials contains sprintf("unknown sandbox %s", [input.sandbox]) if not sandbox

denials contains sprintf("%s needs isolation %d, and %s has %d", [input.action.tool, tool.isolation, input.sandbox, sandbox.isolation]) if {
	tool.isolation > sandbox.isolation
}

denials contains sprintf("risk %d is more than two above trust %d", [risk, trust]) if risk > trust + 2

denials contains sprintf("%s is never written by agents", [path]) if {
	"write" in tool.effects
	some path in input.action.paths
	is_within(path, data.untouchable)
}

denials contains "the budget of the session is used up" if input.session.spent + tool.cost > agent.budget

questions contains sprintf("risk %d is above trust %d", [risk, trust]) if risk > trust

questions contains "it cannot be undone" if {
	"irreversible" in tool.effects
	trust < 5
}

questions contains sprintf("%d actions without a person looking", [input.session.unattended]) if {
	input.session.unattended >= data.review.max_unattended
}

conditions := sort([condition | some condition in wanted_conditions])

wanted_conditions contains "record the session" if risk >= 3

wanted_conditions contains "read-only network" if {
	"network" in tool.effects
	sandbox.isolation < 3
}

wanted_conditions contains "snapshot first" if "write" in tool.effects

host_is_known(host) if {
	some pattern in sandbox.hosts
	glob.match(pattern, ["."], host)
}

is_within(path, tops) if {
	some top in tops
	startswith(path, top)
}
