//! Scores a payment from 0 to 100: what speaks against it adds points, and the sum decides between allow, review and deny.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use writ_guest_sdk::{debug, module, policy};

/// A payment.
#[derive(Debug, Deserialize)]
pub struct Payment {
    /// In the smallest unit of the currency.
    pub amount: u64,
    /// Where it goes, as an ISO code.
    pub country: String,
    /// How it is paid.
    pub card: Card,
    /// Who pays.
    pub account: Account,
    /// Payments of the account in the last hour.
    #[serde(default)]
    pub recent: Vec<Recent>,
}

/// A card.
#[derive(Debug, Deserialize)]
pub struct Card {
    /// Where it was issued.
    pub country: String,
    /// Days since it was first used here.
    pub age_days: u32,
}

/// An account.
#[derive(Debug, Deserialize)]
pub struct Account {
    /// Days since it was opened.
    pub age_days: u32,
    /// Payments that were charged back.
    #[serde(default)]
    pub chargebacks: u32,
}

/// An earlier payment.
#[derive(Debug, Deserialize)]
pub struct Recent {
    /// In the smallest unit of the currency.
    pub amount: u64,
}

/// What counts how much.
#[derive(Debug, Deserialize)]
pub struct Thresholds {
    /// Amounts above are large.
    pub large: u64,
    /// Sum of an hour above which payments come too fast.
    pub hourly: u64,
    /// Points for destinations.
    pub country_points: BTreeMap<String, u32>,
    /// From this score on a person looks at it.
    pub review_from: u32,
    /// From this score on it is denied.
    pub deny_from: u32,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Let it pass.
    Allow,
    /// Have a person look.
    Review,
    /// Stop it.
    Deny,
}

/// The decision.
#[derive(Debug, Serialize)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// 0 to 100.
    pub score: u32,
    /// What added points, in order of the checks.
    pub reasons: Vec<&'static str>,
}

/// The score with its reasons.
#[policy(entrypoint = "fraud/score", data = "fraud")]
pub fn score(input: Payment, data: &Thresholds) -> Decision {
    let mut points = 0;
    let mut reasons = Vec::new();
    let mut check = |holds: bool, worth: u32, reason: &'static str| {
        if holds && worth > 0 {
            points += worth;
            reasons.push(reason);
        }
    };
    check(input.amount > data.large, 25, "large amount");
    check(input.amount > data.large.saturating_mul(10), 25, "very large amount");
    check(input.account.age_days < 7, 20, "new account");
    check(input.account.chargebacks > 0, 15 * input.account.chargebacks.min(3), "chargebacks");
    check(input.card.age_days < 1, 10, "new card");
    check(input.card.country != input.country, 10, "card from another country");
    check(true, data.country_points.get(&input.country).copied().unwrap_or_default(), "destination");
    let hour = input.recent.iter().fold(input.amount, |sum, payment| sum.saturating_add(payment.amount));
    check(hour > data.hourly, 20, "many payments");

    let score = points.min(100);
    let action = match score {
        s if s >= data.deny_from => Action::Deny,
        s if s >= data.review_from => Action::Review,
        _ => Action::Allow,
    };
    debug!(score, "scored {action:?}");
    Decision { action, score, reasons }
}

/// Whether a payment passes without anybody looking: for gates that want a boolean.
#[policy(entrypoint = "fraud/allow", data = "fraud")]
pub fn allow(input: Payment, data: &Thresholds) -> bool {
    score(input, data).action == Action::Allow
}

module!(score, allow);
