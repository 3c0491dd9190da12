//! Walks over resolved terms and literals: which variables they mention, and the closures in them.
//!
//! A *closure* is a body inside a literal: of a comprehension, of `every`, of a `not` that is not classic, of `and`/`or`.
//! The variables of a literal outside of its closures are its *direct* ones.

use super::{Body, Compr, Literal, LiteralKind, Logic, RefBase, Term, TermKind, VarId};
use crate::source::Span;

/// A closure.
#[derive(Debug)]
pub enum Closure<'h> {
    /// A comprehension: what it yields, and its body.
    Compr(Vec<&'h Term>, &'h Body),
    /// `every`: its variables and body.
    Every(Option<VarId>, VarId, &'h Body),
    /// `not` or an operand.
    Body(&'h Body),
}

/// A closure to change.
#[derive(Debug)]
pub enum ClosureMut<'h> {
    /// A comprehension: what it yields, and its body.
    Compr(Vec<&'h mut Term>, &'h mut Body),
    /// `every`: its variables and body.
    Every(Option<&'h mut VarId>, &'h mut VarId, &'h mut Body),
    /// `not` or an operand.
    Body(&'h mut Body),
}

/// Calls `f` with each variable of the term outside of comprehensions.
pub fn term_vars(term: &Term, f: &mut dyn FnMut(VarId, Span)) {
    match &term.kind {
        TermKind::Const(_) | TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => {}
        TermKind::Var(var) => f(*var, term.span),
        TermKind::Ref(r) => {
            match &r.base {
                RefBase::Var(var) => f(*var, term.span),
                RefBase::Term(base) => term_vars(base, f),
                RefBase::Input | RefBase::Data => {}
            }
            r.path.iter().for_each(|t| term_vars(t, f));
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|t| term_vars(t, f)),
        TermKind::Object(entries) => entries.iter().for_each(|(k, v)| {
            term_vars(k, f);
            term_vars(v, f);
        }),
    }
}

/// Calls `f` with each term that stands directly in the literal, `with` values included. A classic `not` is looked through.
pub fn direct_terms<'h>(literal: &'h Literal, f: &mut dyn FnMut(&'h Term)) {
    match &literal.kind {
        LiteralKind::Term(term) => f(term),
        LiteralKind::Unify(left, right) => {
            f(left);
            f(right);
        }
        LiteralKind::Call { args, out, .. } => args.iter().chain(out).for_each(&mut *f),
        LiteralKind::Iterate { key, value, domain } => key.iter().chain([value, domain]).for_each(&mut *f),
        LiteralKind::Every { domain, .. } => f(domain),
        LiteralKind::Not(body) if literal.origin.classic_not => body.iter().for_each(|l| direct_terms(l, f)),
        LiteralKind::Not(_) | LiteralKind::Logic(_) => {}
    }
    for with in &literal.with {
        if let Some(value) = with.value.term() {
            f(value);
        }
    }
}

/// As [`direct_terms`], to change them.
pub fn direct_terms_mut<'h>(literal: &'h mut Literal, f: &mut dyn FnMut(&'h mut Term)) {
    let classic = literal.origin.classic_not;
    match &mut literal.kind {
        LiteralKind::Term(term) => f(term),
        LiteralKind::Unify(left, right) => {
            f(left);
            f(right);
        }
        LiteralKind::Call { args, out, .. } => args.iter_mut().chain(out).for_each(&mut *f),
        LiteralKind::Iterate { key, value, domain } => {
            key.iter_mut().chain([value, domain]).for_each(&mut *f);
        }
        LiteralKind::Every { domain, .. } => f(domain),
        LiteralKind::Not(body) if classic => body.iter_mut().for_each(|l| direct_terms_mut(l, f)),
        LiteralKind::Not(_) | LiteralKind::Logic(_) => {}
    }
    for with in &mut literal.with {
        if let Some(value) = with.value.term_mut() {
            f(value);
        }
    }
}

/// Calls `f` with each direct variable of the literal.
pub fn direct_vars(literal: &Literal, f: &mut dyn FnMut(VarId, Span)) {
    direct_terms(literal, &mut |term| term_vars(term, f));
}

/// Calls `f` with each closure in the term, outermost ones only.
pub fn term_closures<'h>(term: &'h Term, f: &mut dyn FnMut(Closure<'h>)) {
    match &term.kind {
        TermKind::Const(_) | TermKind::Var(_) => {}
        TermKind::Ref(r) => {
            if let RefBase::Term(base) = &r.base {
                term_closures(base, f);
            }
            r.path.iter().for_each(|t| term_closures(t, f));
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter().for_each(|t| term_closures(t, f)),
        TermKind::Object(entries) => entries.iter().for_each(|(k, v)| {
            term_closures(k, f);
            term_closures(v, f);
        }),
        TermKind::ArrayCompr(c) | TermKind::SetCompr(c) => f(Closure::Compr(vec![&c.head], &c.body)),
        TermKind::ObjectCompr(key, c) => f(Closure::Compr(vec![&**key, &c.head], &c.body)),
    }
}

/// As [`term_closures`], to change them.
pub fn term_closures_mut<'h>(term: &'h mut Term, f: &mut dyn FnMut(ClosureMut<'h>)) {
    match &mut term.kind {
        TermKind::Const(_) | TermKind::Var(_) => {}
        TermKind::Ref(r) => {
            if let RefBase::Term(base) = &mut r.base {
                term_closures_mut(base, f);
            }
            r.path.iter_mut().for_each(|t| term_closures_mut(t, f));
        }
        TermKind::Array(items) | TermKind::Set(items) => items.iter_mut().for_each(|t| term_closures_mut(t, f)),
        TermKind::Object(entries) => entries.iter_mut().for_each(|(k, v)| {
            term_closures_mut(k, f);
            term_closures_mut(v, f);
        }),
        TermKind::ArrayCompr(c) | TermKind::SetCompr(c) => {
            let Compr { head, body } = &mut **c;
            f(ClosureMut::Compr(vec![head], body));
        }
        TermKind::ObjectCompr(key, c) => {
            let Compr { head, body } = &mut **c;
            f(ClosureMut::Compr(vec![&mut **key, head], body));
        }
    }
}

/// Calls `f` with each closure of the literal, outermost ones only.
pub fn closures<'h>(literal: &'h Literal, f: &mut dyn FnMut(Closure<'h>)) {
    direct_terms(literal, &mut |term| term_closures(term, f));
    match &literal.kind {
        LiteralKind::Every { key, value, body, .. } => f(Closure::Every(*key, *value, body)),
        LiteralKind::Not(body) if literal.origin.classic_not => body.iter().for_each(|l| body_closures(l, f)),
        LiteralKind::Not(body) => f(Closure::Body(body)),
        LiteralKind::Logic(logic) => operands(logic, &mut |body| f(Closure::Body(body))),
        _ => {}
    }
}

/// Closures of a literal under a classic `not` that are no terms (the terms were looked at from outside).
fn body_closures<'h>(literal: &'h Literal, f: &mut dyn FnMut(Closure<'h>)) {
    if let LiteralKind::Every { key, value, body, .. } = &literal.kind {
        f(Closure::Every(*key, *value, body));
    }
}

/// As [`closures`], to change them.
pub fn closures_mut<'h>(literal: &'h mut Literal, f: &mut dyn FnMut(ClosureMut<'h>)) {
    let classic = literal.origin.classic_not;
    for with in &mut literal.with {
        if let Some(value) = with.value.term_mut() {
            term_closures_mut(value, f);
        }
    }
    match &mut literal.kind {
        LiteralKind::Term(term) => term_closures_mut(term, f),
        LiteralKind::Unify(left, right) => {
            term_closures_mut(left, f);
            term_closures_mut(right, f);
        }
        LiteralKind::Call { args, out, .. } => args.iter_mut().chain(out).for_each(|t| term_closures_mut(t, f)),
        LiteralKind::Iterate { key, value, domain } => {
            key.iter_mut().chain([value, domain]).for_each(|t| term_closures_mut(t, f));
        }
        LiteralKind::Every { key, value, domain, body } => {
            term_closures_mut(domain, f);
            f(ClosureMut::Every(key.as_mut(), value, body));
        }
        LiteralKind::Not(body) => {
            if classic {
                for literal in body {
                    closures_mut(literal, f);
                }
            } else {
                f(ClosureMut::Body(body));
            }
        }
        LiteralKind::Logic(logic) => operands_mut(logic, &mut |body| f(ClosureMut::Body(body))),
    }
}

/// Calls `f` with the body of each operand, left first.
pub fn operands<'h>(logic: &'h Logic, f: &mut dyn FnMut(&'h Body)) {
    match logic {
        Logic::And(left, right) | Logic::Or(left, right) => {
            operands(left, f);
            operands(right, f);
        }
        Logic::Body(body) => f(body),
    }
}

/// As [`operands`], to change them.
pub fn operands_mut<'h>(logic: &'h mut Logic, f: &mut dyn FnMut(&'h mut Body)) {
    match logic {
        Logic::And(left, right) | Logic::Or(left, right) => {
            operands_mut(left, f);
            operands_mut(right, f);
        }
        Logic::Body(body) => f(body),
    }
}

/// Calls `f` with each variable of the closure, at any depth.
pub fn closure_vars(closure: &Closure<'_>, f: &mut dyn FnMut(VarId)) {
    let body = match closure {
        Closure::Compr(heads, body) => {
            for head in heads {
                term_vars(head, &mut |v, _| f(v));
                term_closures(head, &mut |c| closure_vars(&c, f));
            }
            body
        }
        Closure::Every(key, value, body) => {
            key.iter().chain([value]).for_each(|v| f(*v));
            body
        }
        Closure::Body(body) => body,
    };
    for literal in body.iter() {
        direct_vars(literal, &mut |v, _| f(v));
        closures(literal, &mut |c| closure_vars(&c, f));
    }
}
