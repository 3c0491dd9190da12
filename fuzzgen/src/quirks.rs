//! Programs that OPA itself gets wrong, so that a difference there says nothing.

use crate::program::{Literal, Program, Rule, Term};

/// True if OPA's answer is known not to follow its own language.
///
/// * A body that is `not` and a constant counts as `true` where the head holds something to compute: `p := [1 | true] if not true` gives `[1]`.
pub fn misleads(program: &Program) -> bool {
    program.rules.iter().any(rule)
}

fn rule(rule: &Rule) -> bool {
    let bodies = std::iter::once(&rule.body).chain(rule.elses.iter().map(|(_, body)| body));
    bodies.into_iter().any(|body| matches!(body.as_slice(), [Literal::Not(inner)] if is_constant(inner)))
}

fn is_constant(literal: &Literal) -> bool {
    matches!(literal, Literal::Term(Term::Scalar(_)))
}
