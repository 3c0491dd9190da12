//! Terms without calls: constants folded, names resolved, calls taken out in front.

use std::collections::{BTreeMap, BTreeSet};

use writ_value::Value;

use super::{Lowerer, constant_term, generated, var_term};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Literal, LiteralKind, RefBase, Term, TermKind, VarId};
use crate::resolve::report::Stage;
use crate::source::Span;
use crate::syntax::ast::{self, TermKind as Ast};
use crate::syntax::constant;

impl<'a> Lowerer<'a, '_> {
    /// Lowers a term; literals that compute its parts are appended to `out`.
    pub(super) fn term(&mut self, term: &'a ast::Term, out: &mut Vec<Literal>) -> Term {
        let span = term.span;
        match &term.kind {
            Ast::Null | Ast::Bool(_) | Ast::Number(_) | Ast::String(_) => self.scalar(term),
            Ast::Var(var) => self.variable(var, span),
            Ast::Ref(r) => self.reference(r, span, out),
            Ast::Call(call) => self.nested_call(call, span, out),
            Ast::Template(template) => self.template(template, span, out),
            Ast::Array(items) => {
                let items = self.terms(items, out);
                fold_array(items, span)
            }
            Ast::Set(items) => {
                let items = self.terms(items, out);
                fold_set(items, span)
            }
            Ast::Object(entries) => {
                let entries = entries.iter().map(|(k, v)| (self.term(k, out), self.term(v, out))).collect();
                fold_object(entries, span)
            }
            Ast::ArrayCompr(_) | Ast::SetCompr(_) | Ast::ObjectCompr(_) => self.comprehension(term),
        }
    }

    /// Lowers terms in order.
    pub(super) fn terms(&mut self, terms: &'a [ast::Term], out: &mut Vec<Literal>) -> Vec<Term> {
        terms.iter().map(|t| self.term(t, out)).collect()
    }

    fn scalar(&mut self, term: &ast::Term) -> Term {
        let value = constant::scalar(term).unwrap_or_else(|| {
            let message = "number exceeds the limits on size";
            self.reports.error(Stage::Annotations, Diagnostic::error(Code::Limit, term.span, message));
            Value::Null
        });
        constant_term(value, term.span)
    }

    /// A name: a rule, an import, or a variable.
    pub(super) fn variable(&mut self, var: &'a ast::Var, span: Span) -> Term {
        match self.global(&var.name) {
            Some(global) => Term { kind: TermKind::Ref(global.reference(span)), span },
            None => var_term(self.local(var), span),
        }
    }

    /// A new variable that the literal appended to `out` sets to `term`.
    pub(super) fn bind(&mut self, term: Term, out: &mut Vec<Literal>) -> VarId {
        let span = term.span;
        let var = self.temporary(span);
        out.push(generated(LiteralKind::Unify(var_term(var, span), term), span));
        var
    }

    /// `term`, or a new variable for it if it needs more than its variables to be known.
    pub(super) fn bind_computed(&mut self, term: Term, out: &mut Vec<Literal>) -> Term {
        if !term_computes(&term) {
            return term;
        }
        let span = term.span;
        var_term(self.bind(term, out), span)
    }
}

/// True if there is a reference or comprehension in the term.
pub(super) fn term_computes(term: &Term) -> bool {
    match &term.kind {
        TermKind::Const(_) | TermKind::Var(_) => false,
        TermKind::Ref(_) | TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => true,
        TermKind::Array(items) | TermKind::Set(items) => items.iter().any(term_computes),
        TermKind::Object(entries) => entries.iter().any(|(k, v)| term_computes(k) || term_computes(v)),
    }
}

fn constants(items: &[Term]) -> Option<Vec<Value>> {
    let value = |t: &Term| match &t.kind {
        TermKind::Const(value) => Some(value.clone()),
        _ => None,
    };
    items.iter().map(value).collect()
}

pub(super) fn fold_array(items: Vec<Term>, span: Span) -> Term {
    match constants(&items) {
        Some(values) => constant_term(Value::from(values), span),
        None => Term { kind: TermKind::Array(items), span },
    }
}

/// Of equal elements the first counts: `{1, 1.0}` is `{1}`.
fn fold_set(items: Vec<Term>, span: Span) -> Term {
    match constants(&items) {
        Some(values) => {
            let mut set = BTreeSet::new();
            values.into_iter().for_each(|v| {
                set.insert(v);
            });
            constant_term(Value::from(set), span)
        }
        None => Term { kind: TermKind::Set(items), span },
    }
}

/// Of entries with the same key the last one counts, as in OPA's own tree.
fn fold_object(entries: Vec<(Term, Term)>, span: Span) -> Term {
    let mut kept: Vec<(Term, Term)> = Vec::with_capacity(entries.len());
    let mut seen: BTreeMap<Key, usize> = BTreeMap::new();
    for (key, value) in entries {
        let at = same_key(&key).map(|k| *seen.entry(k).or_insert(kept.len()));
        match at.and_then(|at| kept.get_mut(at)) {
            Some(entry) => entry.1 = value,
            None => kept.push((key, value)),
        }
    }
    let pairs: Option<BTreeMap<Value, Value>> = kept
        .iter()
        .map(|(k, v)| match (&k.kind, &v.kind) {
            (TermKind::Const(k), TermKind::Const(v)) => Some((k.clone(), v.clone())),
            _ => None,
        })
        .collect();
    match pairs {
        Some(object) => constant_term(Value::from(object), span),
        None => Term { kind: TermKind::Object(kept), span },
    }
}

/// What two keys must have in common to be one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Const(Value),
    Var(VarId),
    Ref(KeyBase, Vec<Key>),
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum KeyBase {
    Input,
    Data,
    Var(VarId),
}

fn same_key(term: &Term) -> Option<Key> {
    match &term.kind {
        TermKind::Const(value) => Some(Key::Const(value.clone())),
        TermKind::Var(var) => Some(Key::Var(*var)),
        TermKind::Ref(r) => {
            let base = match &r.base {
                RefBase::Input => KeyBase::Input,
                RefBase::Data => KeyBase::Data,
                RefBase::Var(var) => KeyBase::Var(*var),
                RefBase::Term(_) => return None,
            };
            Some(Key::Ref(base, r.path.iter().map(same_key).collect::<Option<_>>()?))
        }
        _ => None,
    }
}
