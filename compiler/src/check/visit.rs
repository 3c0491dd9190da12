//! Walks over resolved rules: every term, reference and nested body of a literal.

use crate::hir::{Body, Compr, Literal, LiteralKind, Logic, Ref, RefBase, Term, TermKind, VarId};

/// What a walk reports. Methods return whether to go inside.
pub(super) trait Visitor<'h> {
    /// A reference, before its own parts.
    fn reference(&mut self, _reference: &'h Ref, _term: &'h Term) -> bool {
        true
    }
    /// A comprehension, before its body and head. `key` is that of an object comprehension.
    fn comprehension(&mut self, _term: &'h Term, _key: Option<&'h Term>, _compr: &'h Compr) -> bool {
        true
    }
    /// A variable, also as part of a reference or bound by `every`.
    fn variable(&mut self, _var: VarId) {}
    /// A literal, before its parts.
    fn literal(&mut self, _literal: &'h Literal) -> bool {
        true
    }
}

pub(super) fn body<'h>(body: &'h Body, visitor: &mut impl Visitor<'h>) {
    for l in body {
        literal(l, visitor);
    }
}

pub(super) fn literal<'h>(literal: &'h Literal, visitor: &mut impl Visitor<'h>) {
    if !visitor.literal(literal) {
        return;
    }
    kind(&literal.kind, visitor);
    for with in &literal.with {
        if let Some(t) = with.value.term() {
            term(t, visitor);
        }
    }
}

/// The parts of a literal without its `with` values.
pub(super) fn kind<'h>(kind: &'h LiteralKind, visitor: &mut impl Visitor<'h>) {
    match kind {
        LiteralKind::Term(t) => term(t, visitor),
        LiteralKind::Unify(a, b) => {
            term(a, visitor);
            term(b, visitor);
        }
        LiteralKind::Call { args, out, .. } => args.iter().chain(out).for_each(|t| term(t, visitor)),
        LiteralKind::Iterate { key, value, domain } => {
            key.iter().chain([value, domain]).for_each(|t| term(t, visitor));
        }
        LiteralKind::Every { key, value, domain, body: inner } => {
            key.iter().chain([value]).for_each(|v| visitor.variable(*v));
            term(domain, visitor);
            body(inner, visitor);
        }
        LiteralKind::Not(inner) => body(inner, visitor),
        LiteralKind::Logic(l) => logic(l, visitor),
    }
}

fn logic<'h>(l: &'h Logic, visitor: &mut impl Visitor<'h>) {
    match l {
        Logic::And(a, b) | Logic::Or(a, b) => {
            logic(a, visitor);
            logic(b, visitor);
        }
        Logic::Body(inner) => body(inner, visitor),
    }
}

pub(super) fn term<'h>(t: &'h Term, visitor: &mut impl Visitor<'h>) {
    match &t.kind {
        TermKind::Const(_) => {}
        TermKind::Var(v) => visitor.variable(*v),
        TermKind::Ref(r) => {
            if visitor.reference(r, t) {
                match &r.base {
                    RefBase::Term(base) => term(base, visitor),
                    RefBase::Var(v) => visitor.variable(*v),
                    RefBase::Input | RefBase::Data => {}
                }
                r.path.iter().for_each(|t| term(t, visitor));
            }
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|t| term(t, visitor)),
        TermKind::Object(entries) => {
            for (k, v) in entries {
                term(k, visitor);
                term(v, visitor);
            }
        }
        TermKind::ArrayCompr(c) | TermKind::SetCompr(c) => {
            if visitor.comprehension(t, None, c) {
                body(&c.body, visitor);
                term(&c.head, visitor);
            }
        }
        TermKind::ObjectCompr(key, c) => {
            if visitor.comprehension(t, Some(key), c) {
                body(&c.body, visitor);
                term(key, visitor);
                term(&c.head, visitor);
            }
        }
    }
}
