//! Names in syntax trees: what a body declares, and which variables a term mentions.

use rustc_hash::FxHashSet;

use crate::syntax::ast::{Body, Literal, LiteralKind, Ref, Term, TermKind};
use crate::syntax::ast_util::{Visitor, walk_literal, walk_term};

/// Names that the literals of `body` declare by `:=` or `some`, bodies of `every`, `not`, `and` and `or` included,
/// comprehensions not. Such names never mean a rule or import, wherever in the body they stand.
pub(super) fn declared_in_body(body: &Body) -> FxHashSet<&str> {
    let mut names = FxHashSet::default();
    body.literals.iter().for_each(|l| declared_in_literal(l, &mut names));
    names
}

/// As [`declared_in_body`], for one literal.
pub(super) fn declared_in_literal<'a>(literal: &'a Literal, names: &mut FxHashSet<&'a str>) {
    let mut add = |name: &'a str| {
        names.insert(name);
    };
    match &literal.kind {
        LiteralKind::Expr(term) => {
            if let Some(call) = term.as_call().filter(|c| c.is("assign", 2))
                && let Some(left) = call.args.first()
            {
                each_name(left, &mut |name, _| add(name));
            }
        }
        LiteralKind::Some(vars) => vars.iter().for_each(|v| add(&v.name)),
        LiteralKind::SomeIn(some) => {
            some.key.iter().chain([&some.value]).for_each(|t| each_name(t, &mut |name, _| add(name)));
        }
        LiteralKind::Every(every) => every.body.literals.iter().for_each(|l| declared_in_literal(l, names)),
        LiteralKind::Not(not) => not.body.literals.iter().for_each(|l| declared_in_literal(l, names)),
        LiteralKind::Logical(logical) => {
            let both = logical.lhs.body.literals.iter().chain(&logical.rhs.body.literals);
            both.for_each(|l| declared_in_literal(l, names));
        }
    }
}

/// Calls `f` with each variable of `term`, at any depth, and whether it is a wildcard.
pub(super) fn each_name<'a>(term: &'a Term, f: &mut dyn FnMut(&'a str, bool)) {
    // The visitor of the syntax crate hands out short borrows; names must outlive the walk, hence this explicit list.
    let mut open = vec![Open::Term(term)];
    while let Some(next) = open.pop() {
        match next {
            Open::Term(term) => match &term.kind {
                TermKind::Var(v) => f(&v.name, v.wildcard),
                _ => push_parts(term, &mut open),
            },
            Open::Literal(literal) => push_literal(literal, &mut open),
        }
    }
}

enum Open<'a> {
    Term(&'a Term),
    Literal(&'a Literal),
}

fn push_ref<'a>(r: &'a Ref, open: &mut Vec<Open<'a>>) {
    open.push(Open::Term(&r.head));
    open.extend(r.path.iter().map(|a| Open::Term(&a.term)));
}

fn push_body<'a>(body: &'a Body, open: &mut Vec<Open<'a>>) {
    open.extend(body.literals.iter().map(Open::Literal));
}

fn push_parts<'a>(term: &'a Term, open: &mut Vec<Open<'a>>) {
    match &term.kind {
        TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) | TermKind::Var(_) => {}
        TermKind::Template(t) => open.extend(t.parts.iter().filter_map(|p| match p {
            crate::syntax::ast::TemplatePart::Expr(l) => Some(Open::Literal(l)),
            crate::syntax::ast::TemplatePart::Text(..) => None,
        })),
        TermKind::Ref(r) => push_ref(r, open),
        TermKind::Call(c) => {
            push_ref(&c.function, open);
            open.extend(c.args.iter().map(Open::Term));
        }
        TermKind::Array(xs) | TermKind::Set(xs) => open.extend(xs.iter().map(Open::Term)),
        TermKind::Object(es) => open.extend(es.iter().flat_map(|(k, v)| [Open::Term(k), Open::Term(v)])),
        TermKind::ArrayCompr(c) | TermKind::SetCompr(c) => {
            open.push(Open::Term(&c.head));
            push_body(&c.body, open);
        }
        TermKind::ObjectCompr(c) => {
            open.extend([Open::Term(&c.key), Open::Term(&c.value)]);
            push_body(&c.body, open);
        }
    }
}

fn push_literal<'a>(literal: &'a Literal, open: &mut Vec<Open<'a>>) {
    match &literal.kind {
        LiteralKind::Expr(t) => open.push(Open::Term(t)),
        LiteralKind::Some(_) => {}
        LiteralKind::SomeIn(s) => {
            open.extend(s.key.iter().chain([&s.value, &s.domain]).map(Open::Term));
        }
        LiteralKind::Every(e) => {
            open.push(Open::Term(&e.domain));
            push_body(&e.body, open);
        }
        LiteralKind::Not(n) => push_body(&n.body, open),
        LiteralKind::Logical(l) => {
            push_body(&l.lhs.body, open);
            push_body(&l.rhs.body, open);
        }
    }
    open.extend(literal.with.iter().flat_map(|w| [Open::Term(&w.target), Open::Term(&w.value)]));
}

/// Which parts of a pattern count.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    /// The variable that a reference starts with.
    pub(super) ref_heads: bool,
    /// Keys of objects.
    pub(super) object_keys: bool,
    /// Comprehensions and templates.
    pub(super) closures: bool,
}

/// Calls `f` with each variable in the chosen parts of `term`, callees not included.
pub(super) fn pattern_names<'a>(term: &'a Term, parts: Parts, f: &mut dyn FnMut(&'a str, bool)) {
    match &term.kind {
        TermKind::Var(v) => f(&v.name, v.wildcard),
        TermKind::Ref(r) => {
            if parts.ref_heads || r.head.as_var().is_none() {
                pattern_names(&r.head, parts, f);
            }
            r.path.iter().for_each(|a| pattern_names(&a.term, parts, f));
        }
        TermKind::Call(c) => c.args.iter().for_each(|t| pattern_names(t, parts, f)),
        TermKind::Array(xs) | TermKind::Set(xs) => xs.iter().for_each(|t| pattern_names(t, parts, f)),
        TermKind::Object(es) => {
            for (k, v) in es {
                if parts.object_keys {
                    pattern_names(k, parts, f);
                }
                pattern_names(v, parts, f);
            }
        }
        TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(_) | TermKind::Template(_) => {
            if parts.closures {
                each_name(term, f);
            }
        }
        TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_) => {}
    }
}

/// True if evaluating the term needs more than its variables: a reference, call, comprehension or template in it.
pub(super) fn computes(term: &Term) -> bool {
    struct Search(bool);
    impl Visitor for Search {
        fn term(&mut self, term: &Term) {
            match &term.kind {
                TermKind::Ref(_)
                | TermKind::Call(_)
                | TermKind::Template(_)
                | TermKind::ArrayCompr(_)
                | TermKind::SetCompr(_)
                | TermKind::ObjectCompr(_) => self.0 = true,
                _ if self.0 => {}
                _ => walk_term(self, term),
            }
        }
        fn literal(&mut self, literal: &Literal) {
            walk_literal(self, literal);
        }
    }
    let mut search = Search(false);
    search.term(term);
    search.0
}
