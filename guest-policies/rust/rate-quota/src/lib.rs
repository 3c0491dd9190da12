//! Whether a tenant may make one more call: a token bucket for the rate and a quota for the month, both by plan. The host brings what was used; the policy
//! keeps nothing.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use writ_guest_sdk::{PolicyError, module, policy, warn};

/// One call that is about to be made.
#[derive(Debug, Deserialize)]
pub struct Call<'a> {
    /// Name of the tenant's plan.
    #[serde(borrow)]
    pub plan: &'a str,
    /// Path of the endpoint, which may cost more than one.
    #[serde(borrow)]
    pub endpoint: &'a str,
    /// What was used so far.
    pub usage: Usage,
}

/// What a tenant used.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Usage {
    /// Tokens that were in the bucket when it was last looked at.
    pub tokens: f64,
    /// Seconds since then.
    pub elapsed: f64,
    /// Calls of this month, by cost.
    pub month: u64,
}

/// What a plan gives.
#[derive(Debug, Deserialize)]
pub struct Plan {
    /// Tokens per second.
    pub rate: f64,
    /// Most tokens of the bucket.
    pub burst: f64,
    /// Cost of all calls of a month.
    pub monthly: Option<u64>,
}

/// Plans, and costs of endpoints that cost more than one.
#[derive(Debug, Deserialize)]
pub struct Quotas {
    /// By name.
    pub plans: HashMap<String, Plan>,
    /// By the endpoint's path.
    #[serde(default)]
    pub costs: HashMap<String, u32>,
}

/// The decision. With `allow`, the host stores `tokens`.
#[derive(Debug, PartialEq, Serialize)]
pub struct Decision {
    /// Whether the call may be made.
    pub allow: bool,
    /// Which bound was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Tokens that are left afterwards.
    pub tokens: f64,
    /// Seconds until the call could be made; absent when it can or waiting does not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Quotas {
    fn plan(&self, name: &str) -> Result<&Plan, PolicyError> {
        self.plans.get(name).ok_or_else(|| PolicyError::new("unknown_plan", format!("there is no plan `{name}`")))
    }

    fn cost(&self, endpoint: &str) -> u32 {
        self.costs.get(endpoint).copied().unwrap_or(1)
    }
}

/// Whether the call may be made, and what is left then.
#[policy(entrypoint = "quota/check", data = "quota")]
pub fn check(input: Call<'_>, data: &Quotas) -> Result<Decision, PolicyError> {
    let plan = data.plan(input.plan)?;
    let cost = data.cost(input.endpoint);
    let tokens = (input.usage.tokens.max(0.0) + input.usage.elapsed.max(0.0) * plan.rate).min(plan.burst);
    let deny = |reason, retry_after| Decision { allow: false, reason: Some(reason), tokens, retry_after };
    if plan.monthly.is_some_and(|most| input.usage.month.saturating_add(cost.into()) > most) {
        warn!(plan = input.plan, "quota of the month is used up");
        return Ok(deny("quota", None));
    }
    let cost = f64::from(cost);
    if cost > plan.burst {
        return Ok(deny("cost", None));
    }
    if tokens < cost {
        return Ok(deny("rate", Some(((cost - tokens) / plan.rate).ceil() as u64)));
    }
    Ok(Decision { allow: true, reason: None, tokens: tokens - cost, retry_after: None })
}

/// What is left of the month; undefined for plans without a quota.
#[policy(entrypoint = "quota/remaining", data = "quota")]
fn remaining(input: Call<'_>, data: &Quotas) -> Result<Option<u64>, PolicyError> {
    Ok(data.plan(input.plan)?.monthly.map(|most| most.saturating_sub(input.usage.month)))
}

module!(check, remaining);
