//! Which variables a unification binds.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use writ_value::Value;

use super::outputs::{Known, PATTERN, each_pattern_var, is_base_known};
use crate::hir::{Ref, Term, TermKind, VarId};

/// Follows a unification of two terms.
pub(super) struct Unifier<'k> {
    safe: &'k Known<'k>,
    unified: FxHashSet<VarId>,
    order: Vec<VarId>,
    /// What becomes known when the variable does.
    implies: FxHashMap<VarId, Vec<VarId>>,
    /// Groups of variables that make another one known together: how many are missing, and which it is.
    pending: Vec<(usize, VarId)>,
    /// The groups that a variable is missing in.
    missing_in: FxHashMap<VarId, Vec<usize>>,
}

impl<'k> Unifier<'k> {
    /// With these variables known before.
    pub(super) fn new(safe: &'k Known<'k>) -> Self {
        Unifier {
            safe,
            unified: FxHashSet::default(),
            order: Vec::new(),
            implies: FxHashMap::default(),
            pending: Vec::new(),
            missing_in: FxHashMap::default(),
        }
    }

    /// The variables that became known.
    pub(super) fn finish(self) -> Vec<VarId> {
        self.order
    }

    fn is_safe(&self, var: VarId) -> bool {
        self.unified.contains(&var) || (self.safe)(var)
    }

    /// Unifies two terms.
    pub(super) fn unify(&mut self, left: &Term, right: &Term) {
        match (&left.kind, &right.kind) {
            (TermKind::Var(a), TermKind::Var(b)) => {
                if self.is_safe(*b) {
                    self.mark(*a);
                } else if self.is_safe(*a) {
                    self.mark(*b);
                } else {
                    self.implies.entry(*a).or_default().push(*b);
                    self.implies.entry(*b).or_default().push(*a);
                }
            }
            (TermKind::Var(a), TermKind::Array(_) | TermKind::Object(_)) => self.unify_all(*a, right),
            (TermKind::Array(_) | TermKind::Object(_), TermKind::Var(b)) => self.unify_all(*b, left),
            (TermKind::Ref(r), _) => self.unify_ref(r, right),
            (_, TermKind::Ref(r)) => self.unify_ref(r, left),
            (TermKind::Array(xs), TermKind::Array(ys)) => self.unify_arrays(xs, ys),
            (TermKind::Object(xs), TermKind::Object(ys)) => self.unify_objects(xs, ys),
            (TermKind::Const(value), _) => self.unify_value(right, value),
            (_, TermKind::Const(value)) => self.unify_value(left, value),
            (TermKind::Var(var), _) | (_, TermKind::Var(var)) => self.mark(*var),
            (TermKind::ArrayCompr(_), TermKind::Array(_)) | (TermKind::ObjectCompr(..), TermKind::Object(_)) => {
                self.mark_all(right);
            }
            (TermKind::Array(_), TermKind::ArrayCompr(_) | TermKind::ObjectCompr(..) | TermKind::SetCompr(_)) => {
                self.mark_all(left);
            }
            _ => {}
        }
    }

    /// A reference binds a variable or the parts of a composite, if what it starts from is known.
    fn unify_ref(&mut self, r: &Ref, pattern: &Term) {
        if !is_base_known(r, self.safe) {
            return;
        }
        match &pattern.kind {
            TermKind::Var(var) => self.mark(*var),
            TermKind::Array(_) | TermKind::Object(_) => self.mark_all(pattern),
            _ => {}
        }
    }

    fn unify_arrays(&mut self, xs: &[Term], ys: &[Term]) {
        if xs.len() == ys.len() {
            xs.iter().zip(ys).for_each(|(x, y)| self.unify(x, y));
        }
    }

    fn mark_all(&mut self, term: &Term) {
        let mut vars = Vec::new();
        each_pattern_var(term, PATTERN, &mut |v| vars.push(v));
        vars.into_iter().for_each(|v| self.mark(v));
    }

    fn unify_objects(&mut self, xs: &[(Term, Term)], ys: &[(Term, Term)]) {
        if xs.len() != ys.len() {
            return;
        }
        let by_key: BTreeMap<Key<'_>, &Term> = ys.iter().filter_map(|(k, v)| Some((Key::of(k)?, v))).collect();
        for (key, x) in xs {
            if let Some(y) = Key::of(key).and_then(|k| by_key.get(&k)) {
                self.unify(x, y);
            }
        }
    }

    fn unify_value(&mut self, pattern: &Term, value: &Value) {
        match (&pattern.kind, value) {
            (TermKind::Var(var), _) => self.mark(*var),
            (TermKind::Array(items), Value::Array(values)) if items.len() == values.len() => {
                items.iter().zip(values.iter()).for_each(|(item, value)| self.unify_value(item, value));
            }
            (TermKind::Object(entries), Value::Object(values)) if entries.len() == values.len() => {
                for (key, item) in entries {
                    if let TermKind::Const(key) = &key.kind
                        && let Some(value) = values.get(key)
                    {
                        self.unify_value(item, value);
                    }
                }
            }
            _ => {}
        }
    }

    /// A variable and a composite: knowing either makes the other known.
    fn unify_all(&mut self, var: VarId, composite: &Term) {
        if self.is_safe(var) {
            self.mark_all(composite);
            return;
        }
        let mut missing = Vec::new();
        each_pattern_var(composite, PATTERN, &mut |v| missing.push(v));
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|v| !self.is_safe(*v));
        if missing.is_empty() {
            self.mark(var);
            return;
        }
        let group = self.pending.len();
        self.pending.push((missing.len(), var));
        for part in missing {
            self.implies.entry(var).or_default().push(part);
            self.missing_in.entry(part).or_default().push(group);
        }
    }

    fn mark(&mut self, var: VarId) {
        let mut open = vec![var];
        while let Some(var) = open.pop() {
            if !self.unified.insert(var) {
                continue;
            }
            self.order.push(var);
            open.extend(self.implies.remove(&var).unwrap_or_default());
            for group in self.missing_in.remove(&var).unwrap_or_default() {
                if let Some((missing, whole)) = self.pending.get_mut(group) {
                    *missing -= 1;
                    if *missing == 0 {
                        open.push(*whole);
                    }
                }
            }
        }
    }
}

/// Keys that can be compared without evaluating them.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'t> {
    Const(&'t Value),
    Var(VarId),
}

impl<'t> Key<'t> {
    fn of(term: &'t Term) -> Option<Key<'t>> {
        match &term.kind {
            TermKind::Const(value) => Some(Key::Const(value)),
            TermKind::Var(var) => Some(Key::Var(*var)),
            _ => None,
        }
    }
}
