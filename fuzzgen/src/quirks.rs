//! Programs that OPA itself gets wrong, so that a difference there says nothing. `docs/differential.md` tells about each.

use crate::print;
use crate::program::{Literal, Program, Rule, Term};
use crate::visit::{self, Part};

/// True if OPA's answer is known not to follow its own language.
///
/// * A body that is `not` and a constant counts as `true` where the head holds something to compute: `p := [1 | true] if not true` gives `[1]`.
/// * `some x in {input[_]}`, `some x in f(input[_])`: does not declare `x` to template strings: `$"{x}"` is refused.
/// * `{"a": 1, input.k: 2}[_]` with a key that turns out to be `"a"`: an entry that is read has the constant's value, the whole has the computed one.
/// * `not { x with input.a as input.b }` in a query: computes `input.b` outside of the `not`, which rules do not.
/// * `every` in a comprehension of what another `every` of a query goes over: its variables become the query's.
pub fn misleads(program: &Program) -> bool {
    let any = |found: fn(&Part<'_>) -> bool| visit::program(program, &mut |part| found(&part));
    program.rules.iter().any(negates_a_constant)
        || declares_too_late(program)
        || any(indexes_computed_keys)
        || program.queries.iter().any(|query| visit::body(query, &mut |part| reaches_outside(&part)))
}

fn indexes_computed_keys(part: &Part<'_>) -> bool {
    let domain = match part {
        Part::Term(Term::Ref(base, _)) => base.as_ref(),
        Part::Literal(Literal::SomeIn(_, _, domain) | Literal::Every(_, _, domain, _)) => domain,
        _ => return false,
    };
    matches!(domain, Term::Object(entries) if entries.len() > 1 && entries.iter().any(|(key, _)| !matches!(key, Term::Scalar(_))))
}

fn reaches_outside(part: &Part<'_>) -> bool {
    match part {
        Part::Literal(Literal::Every(_, _, domain, _)) => {
            visit::term(domain, &mut |inner| matches!(inner, Part::Literal(Literal::Every(..))))
        }
        Part::Literal(Literal::NotBody(body)) => {
            visit::body(body, &mut |inner| matches!(inner, Part::Literal(Literal::With(..))))
        }
        _ => false,
    }
}

fn negates_a_constant(rule: &Rule) -> bool {
    let bodies = std::iter::once(&rule.body).chain(rule.elses.iter().map(|(_, body)| body));
    bodies.into_iter().any(|body| matches!(body.as_slice(), [Literal::Not(inner)] if is_constant(inner)))
}

fn is_constant(literal: &Literal) -> bool {
    matches!(literal, Literal::Term(Term::Scalar(_)))
}

/// A collection that is computed from a reference to many values is gone over in a program with template strings. Looked for in
/// the text, since these may stand in any expression.
fn declares_too_late(program: &Program) -> bool {
    let text = print::program(program);
    let mut domains = text.split("some ").skip(1).filter_map(|rest| rest.split_once(" in ")).map(|(_, domain)| domain);
    text.contains("$\"")
        && domains.any(|domain| {
            let statement = domain.split(['\n', ';']).next().unwrap_or(domain);
            statement.split_once("[_]").is_some_and(|(before, _)| before.contains(['{', '[', '(']))
        })
}
