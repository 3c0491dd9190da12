//! Undeclared variables get the scope that they have.
//!
//! `[x | x = 1]; [x | x = 2]` mentions one name twice, but the two have nothing to do with each other unless the body
//! around them mentions the name, too. After this, each variable has one scope: the outermost body that mentions it
//! outside of closures, and everything in that body.

use crate::hir::walk::{ClosureMut, closures_mut, direct_terms_mut, term_closures_mut};
use crate::hir::{Body, Branch, Head, Literal, RefBase, Scope, Term, TermKind, VarId};

use super::lower::LoweredRule;

/// Splits the undeclared variables of a rule.
pub(super) fn split_rule(rule: &mut LoweredRule) {
    for (branch, raw) in rule.rule.branches.iter_mut().zip(&rule.raw) {
        if raw.is_empty() {
            continue;
        }
        let mut splitter = Splitter::new(&mut rule.rule.scope, raw);
        let Branch { suffix, head, body, .. } = branch;
        let (Head::Value(head) | Head::Member(head)) = head;
        let mut heads: Vec<&mut Term> = suffix.iter_mut().collect();
        heads.push(head);
        splitter.body(&mut heads, body);
    }
}

/// Splits the undeclared variables of a query.
pub(super) fn split_body(body: &mut Body, scope: &mut Scope, raw: &[VarId]) {
    if !raw.is_empty() {
        Splitter::new(scope, raw).body(&mut [], body);
    }
}

struct Splitter<'s> {
    scope: &'s mut Scope,
    /// By original variable: what it is where we are; `None` where it is not visible. Only for undeclared variables.
    here: Vec<Slot>,
    trail: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// A variable that is left alone.
    Declared,
    /// Not visible here; the flag tells whether the original number was given away already.
    Hidden { taken: bool },
    /// Visible, under this number.
    Visible(VarId),
}

impl<'s> Splitter<'s> {
    fn new(scope: &'s mut Scope, raw: &[VarId]) -> Self {
        let mut here = vec![Slot::Declared; scope.vars.len()];
        for var in raw {
            if let Some(slot) = here.get_mut(var.0 as usize) {
                *slot = Slot::Hidden { taken: false };
            }
        }
        Splitter { scope, here, trail: Vec::new() }
    }

    fn body(&mut self, heads: &mut [&mut Term], body: &mut Body) {
        let start = self.trail.len();
        for head in heads.iter_mut() {
            self.rename(head);
        }
        for literal in body.iter_mut() {
            self.rename_literal(literal);
        }
        for head in heads.iter_mut() {
            term_closures_mut(head, &mut |c| self.closure(c));
        }
        for literal in body.iter_mut() {
            closures_mut(literal, &mut |c| self.closure(c));
        }
        for i in self.trail.drain(start..) {
            if let Some(slot) = self.here.get_mut(i) {
                *slot = Slot::Hidden { taken: true };
            }
        }
    }

    fn closure(&mut self, closure: ClosureMut<'_>) {
        match closure {
            ClosureMut::Compr(mut heads, body) => self.body(&mut heads, body),
            ClosureMut::Every(_, _, body) | ClosureMut::Body(body) => self.body(&mut [], body),
        }
    }

    fn rename_literal(&mut self, literal: &mut Literal) {
        direct_terms_mut(literal, &mut |term| self.rename(term));
    }

    /// Renames the variables of a term outside of comprehensions.
    fn rename(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Const(_) | TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => {}
            TermKind::Var(var) => *var = self.name_here(*var),
            TermKind::Ref(r) => {
                match &mut r.base {
                    RefBase::Var(var) => *var = self.name_here(*var),
                    RefBase::Term(base) => self.rename(base),
                    RefBase::Input | RefBase::Data => {}
                }
                r.path.iter_mut().for_each(|t| self.rename(t));
            }
            TermKind::Array(items) | TermKind::Set(items) => items.iter_mut().for_each(|t| self.rename(t)),
            TermKind::Object(entries) => entries.iter_mut().for_each(|(k, v)| {
                self.rename(k);
                self.rename(v);
            }),
        }
    }

    fn name_here(&mut self, var: VarId) -> VarId {
        let i = var.0 as usize;
        let name = match self.here.get(i) {
            Some(Slot::Visible(name)) => return *name,
            Some(Slot::Hidden { taken: false }) => var,
            Some(Slot::Hidden { taken: true }) => {
                let copy = self.scope.vars.get(i).cloned();
                let id = VarId(self.scope.vars.len() as u32);
                self.scope.vars.extend(copy);
                id
            }
            Some(Slot::Declared) | None => return var,
        };
        if let Some(slot) = self.here.get_mut(i) {
            *slot = Slot::Visible(name);
            self.trail.push(i);
        }
        name
    }
}
