//! Looks for something in the parts of a program.

use crate::program::{Literal, Program, TemplatePart, Term};

/// A part of a program.
#[derive(Debug, Clone, Copy)]
pub enum Part<'p> {
    /// A statement.
    Literal(&'p Literal),
    /// An expression.
    Term(&'p Term),
}

/// True if `found` says so of some part of the program, each asked before what is in it.
pub fn program(program: &Program, found: &mut dyn FnMut(Part<'_>) -> bool) -> bool {
    program.rules.iter().any(|rule| {
        let head = match &rule.head {
            crate::program::Head::True => None,
            crate::program::Head::Value(t) | crate::program::Head::Member(t) => Some(t),
        };
        let terms = rule.path.iter().chain(rule.params.iter().flatten()).chain(head);
        terms.chain(rule.elses.iter().map(|(value, _)| value)).any(|t| term(t, found))
            || body(&rule.body, found)
            || rule.elses.iter().any(|(_, inner)| body(inner, found))
    }) || program.queries.iter().any(|query| body(query, found))
}

/// The same of a body.
pub fn body(literals: &[Literal], found: &mut dyn FnMut(Part<'_>) -> bool) -> bool {
    literals.iter().any(|l| literal(l, found))
}

fn literal(l: &Literal, found: &mut dyn FnMut(Part<'_>) -> bool) -> bool {
    if found(Part::Literal(l)) {
        return true;
    }
    match l {
        Literal::Term(t) => term(t, found),
        Literal::Assign(a, b) | Literal::Unify(a, b) => term(a, found) || term(b, found),
        Literal::Some(_) => false,
        Literal::SomeIn(key, value, domain) => key.iter().chain([value, domain]).any(|t| term(t, found)),
        Literal::Every(_, _, domain, inner) => term(domain, found) || body(inner, found),
        Literal::Not(inner) => literal(inner, found),
        Literal::NotBody(inner) => body(inner, found),
        Literal::Logic(_, a, b) => body(a, found) || body(b, found),
        Literal::With(inner, _, value) => literal(inner, found) || term(value, found),
    }
}

/// The same of an expression.
pub fn term(t: &Term, found: &mut dyn FnMut(Part<'_>) -> bool) -> bool {
    if found(Part::Term(t)) {
        return true;
    }
    match t {
        Term::Scalar(_) | Term::Name(_) => false,
        Term::Ref(base, path) => term(base, found) || path.iter().any(|t| term(t, found)),
        Term::Call(_, items) | Term::Array(items) | Term::Set(items) => items.iter().any(|t| term(t, found)),
        Term::Infix(_, a, b) => term(a, found) || term(b, found),
        Term::In(key, value, domain) => key.iter().any(|t| term(t, found)) || term(value, found) || term(domain, found),
        Term::Object(entries) => entries.iter().any(|(k, v)| term(k, found) || term(v, found)),
        Term::ArrayCompr(head, inner) | Term::SetCompr(head, inner) => term(head, found) || body(inner, found),
        Term::ObjectCompr(head, inner) => term(&head.0, found) || term(&head.1, found) || body(inner, found),
        Term::Template(parts) => parts.iter().any(|part| matches!(part, TemplatePart::Expr(t) if term(t, found))),
    }
}
