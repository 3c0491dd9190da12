//! Variables that hold one of a few constants, so that a reference through them is known to reach only some rules.

use std::collections::BTreeMap;

use writ_value::Value;

use crate::hir::{Literal, LiteralKind, Ref, RefBase, Term, TermKind, VarId};

/// Most values that a variable is followed with, and most references that one is expanded into.
pub(super) const MAX_EXPANSION: usize = 64;

/// Constants that variables hold after the literals seen so far.
#[derive(Debug, Default)]
pub(super) struct Known {
    values: BTreeMap<VarId, Vec<Value>>,
}

impl Known {
    /// Learns from a literal that stands at the top of a body: `x = c`, `x = cs[_]`, `some x in cs`.
    pub(super) fn learn(&mut self, literal: &Literal) {
        if !literal.with.is_empty() {
            return;
        }
        match &literal.kind {
            LiteralKind::Unify(a, b) => {
                let _bound = self.bind(a, || None, b) || self.bind(b, || None, a);
            }
            LiteralKind::Iterate { value, domain, .. } => {
                let members = self.term(domain).and_then(|all| members_of_all(&all));
                self.bind(value, || members, domain);
            }
            _ => {}
        }
    }

    fn bind(&mut self, var: &Term, members: impl FnOnce() -> Option<Vec<Value>>, other: &Term) -> bool {
        let TermKind::Var(v) = var.kind else { return false };
        if self.values.contains_key(&v) {
            return false;
        }
        match members().or_else(|| self.term(other)) {
            Some(values) => {
                self.values.insert(v, values);
                true
            }
            None => false,
        }
    }

    /// The constants that a term can be, if they are known and few.
    pub(super) fn term(&self, term: &Term) -> Option<Vec<Value>> {
        match &term.kind {
            TermKind::Const(value) => Some(vec![value.clone()]),
            TermKind::Var(v) => self.values.get(v).cloned(),
            TermKind::Ref(r) => self.reference(r),
            _ => None,
        }
    }

    fn reference(&self, r: &Ref) -> Option<Vec<Value>> {
        let mut values = match &r.base {
            RefBase::Var(v) => self.values.get(v).cloned()?,
            RefBase::Term(t) => self.term(t)?,
            RefBase::Input | RefBase::Data => return None,
        };
        for step in &r.path {
            values = match &step.kind {
                TermKind::Const(key) => values.iter().filter_map(|v| select(v, key)).collect(),
                _ => members_of_all(&values)?,
            };
            if values.len() > MAX_EXPANSION {
                return None;
            }
        }
        Some(values)
    }
}

fn select(value: &Value, key: &Value) -> Option<Value> {
    match value {
        Value::Object(o) => o.get(key).cloned(),
        Value::Set(s) => s.get(key).cloned(),
        Value::Array(a) => match key {
            Value::Number(n) => n.to_i64().and_then(|i| usize::try_from(i).ok()).and_then(|i| a.get(i)).cloned(),
            _ => None,
        },
        _ => None,
    }
}

fn members_of_all(values: &[Value]) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for value in values {
        match value {
            Value::Array(a) => all.extend(a.iter().take(MAX_EXPANSION + 1).cloned()),
            Value::Set(s) => all.extend(s.iter().take(MAX_EXPANSION + 1).cloned()),
            Value::Object(o) => all.extend(o.values().take(MAX_EXPANSION + 1).cloned()),
            _ => return None,
        }
        if all.len() > MAX_EXPANSION {
            return None;
        }
    }
    Some(all)
}
