//! Conformance cases whose modules OPA compiled: decided by a pool, as one caller and as tenants in turn.

use std::path::Path;

use writ_bundle::Reader;
use writ_runtime::{Candidate, EvalError, Outcome, Policy, PolicyConfig, Request, Row};
use writ_value::Value;

use crate::conformance::case::Case;
use crate::conformance::compare::compare;
use crate::evaluate::Failure;
use crate::suite_host;

/// Who asks, in this order: everybody shares two instances, and each change of the tenant needs memory that nobody has used.
const TENANTS: [Option<&str>; 8] =
    [None, None, Some("a"), Some("a"), Some("b"), Some("a"), None, Some("a-tenant-with-a-longer-name")];

/// The entrypoint and the variable of a case that asks for one document (`data.a.b = x`), which is what a module of OPA's has an entrypoint for.
/// `None` for other cases, and for those that need what such a module does not know: strict errors, an input that is no JSON.
#[must_use]
pub fn entrypoint(case: &Case) -> Option<(String, &str)> {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let (reference, variable) = case.query.split_once('=')?;
    let (reference, variable) = (reference.trim().strip_prefix("data.")?, variable.trim());
    let fits =
        reference.split('.').all(plain) && plain(variable) && !variable.starts_with(|c: char| c.is_ascii_digit());
    let fits = fits && !matches!(variable, "true" | "false" | "null" | "input" | "data");
    let known = case.input_term.is_none() && !case.strict_error && !case.modules.is_empty();
    (fits && known).then(|| (reference.replace('.', "/"), variable))
}

/// Decides the case by the bundle at `path`.
///
/// # Errors
/// A text for people: the bundle is refused, or an answer is not what the case wants.
pub fn check(case: &Case, path: &Path) -> Result<(), String> {
    let (entrypoint, variable) = entrypoint(case).ok_or("not a case for an entrypoint")?;
    let bundle = Reader::default().open(path).map_err(|e| e.to_string())?;
    let candidate = Candidate::from_bundle(bundle, None).map_err(|e| e.to_string())?;
    let mut config = PolicyConfig::default();
    config.max_instances = 2;
    config.limits.time = std::time::Duration::from_secs(10);
    config.environment = Some(suite_host::environment().map_err(|e| e.to_string())?);
    let engine = suite_host::engine().map_err(|e| e.to_string())?;
    let policy = Policy::new(engine, candidate, config).map_err(|e| e.to_string())?;
    for tenant in TENANTS {
        let request = Request { entrypoint: &entrypoint, input: case.input.as_ref(), tenant, ..Request::default() };
        let got = policy.decide(&request).map(|decision| rows(decision.outcome, variable));
        if is_wanted_conflict(case, &got) {
            continue;
        }
        compare(case, &got.map_err(Failure::Eval)).map_err(|e| format!("tenant {tenant:?}: {e}"))?;
    }
    let stats = policy.stats();
    let fresh = TENANTS.windows(2).filter(|pair| pair[0] != pair[1]).count() as u64;
    if case.want.error.is_none() && stats.pool.created < fresh {
        return Err(format!("{} instances for {fresh} changes of the tenant", stats.pool.created));
    }
    Ok(())
}

/// The document as the query's solution.
fn rows(outcome: Outcome, variable: &str) -> Outcome {
    match outcome {
        Outcome::Document(Some(value)) => Outcome::Query(vec![Row {
            bindings: vec![(variable.to_owned(), value)],
            expressions: vec![Value::Bool(true)],
        }]),
        Outcome::Document(None) => Outcome::Query(Vec::new()),
        query @ Outcome::Query(_) => query,
    }
}

/// OPA's modules tell a conflict by texts of their own.
fn is_wanted_conflict(case: &Case, got: &Result<Outcome, EvalError>) -> bool {
    let wanted = case.want.error.as_ref().is_some_and(|e| e.code == "eval_conflict_error");
    wanted && matches!(got, Err(EvalError::Policy(e)) if e.code == "eval_conflict_error")
}
