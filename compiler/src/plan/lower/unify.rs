//! Unification: one side has a value, the other is a pattern; arrays and objects of patterns are taken apart.

use writ_value::Value;

use super::{LowerError, Lowerer};
use crate::hir::{Term, TermKind};
use crate::plan::ir::{CompareOp, Operand, Stmt, TypeTest};

impl Lowerer<'_, '_> {
    /// Both sides become equal; fails where they cannot.
    ///
    /// Pairs are taken when one of their sides has a value. `[x, y] = [y, 1]` binds `y` first although it stands second.
    pub(super) fn unify(&mut self, left: &Term, right: &Term) -> Result<(), LowerError> {
        let mut pending = vec![(left, right)];
        while !pending.is_empty() {
            let before = pending.len();
            let mut later = Vec::new();
            let mut progress = false;
            for (left, right) in pending {
                progress |= self.unify_step(left, right, &mut later)?;
            }
            if !progress && later.len() >= before {
                let span = later.first().map(|(left, _)| left.span);
                return Err(LowerError::defect("neither side of a unification has a value", span));
            }
            pending = later;
        }
        Ok(())
    }

    /// Handles one pair, or puts it (or its parts) into `later`. True when something was done.
    fn unify_step<'t>(
        &mut self,
        left: &'t Term,
        right: &'t Term,
        later: &mut Vec<(&'t Term, &'t Term)>,
    ) -> Result<bool, LowerError> {
        if !self.is_open_pattern(left) {
            let value = self.term(left)?;
            self.match_pattern(right, value)?;
            return Ok(true);
        }
        if !self.is_open_pattern(right) {
            let value = self.term(right)?;
            self.match_pattern(left, value)?;
            return Ok(true);
        }
        match (&left.kind, &right.kind) {
            (TermKind::Array(a), TermKind::Array(b)) => {
                if a.len() == b.len() {
                    later.extend(a.iter().zip(b));
                } else {
                    self.b.push(Stmt::Fail);
                    self.bind_rest(left);
                    self.bind_rest(right);
                }
                Ok(true)
            }
            (TermKind::Object(a), TermKind::Object(b)) => {
                if let Some(pairs) = same_keys(a, b) {
                    later.extend(pairs);
                } else {
                    self.b.push(Stmt::Fail);
                    self.bind_rest(left);
                    self.bind_rest(right);
                }
                Ok(true)
            }
            (TermKind::Var(_), _) | (_, TermKind::Var(_)) => {
                later.push((left, right));
                Ok(false)
            }
            _ => {
                // An array against an object, say: never equal.
                self.b.push(Stmt::Fail);
                self.bind_rest(left);
                self.bind_rest(right);
                Ok(true)
            }
        }
    }

    /// Matches a pattern against a value; unbound variables of the pattern become bound.
    pub(super) fn match_pattern(&mut self, pattern: &Term, value: Operand) -> Result<(), LowerError> {
        match &pattern.kind {
            TermKind::Var(var) if !self.is_bound(*var) => {
                self.bind(*var, value);
                Ok(())
            }
            TermKind::Array(items) if self.is_open_pattern(pattern) => {
                self.b.push(Stmt::IsType { value, test: TypeTest::Array });
                self.b.push(Stmt::LenIs { value, len: items.len() as u32 });
                // Patterns that are known come first, so that `[x, x]` compares its second element with the first.
                for (n, item) in items.iter().enumerate() {
                    let key = self.constant(&Value::from(n as i64));
                    let element = self.b.get(value, key);
                    self.match_pattern(item, element)?;
                }
                Ok(())
            }
            TermKind::Object(pairs) if self.is_open_pattern(pattern) => {
                self.b.push(Stmt::IsType { value, test: TypeTest::Object });
                self.b.push(Stmt::LenIs { value, len: pairs.len() as u32 });
                for (key, item) in pairs {
                    let key = self.term(key)?;
                    let element = self.b.get(value, key);
                    self.match_pattern(item, element)?;
                }
                Ok(())
            }
            _ => {
                let left = self.term(pattern)?;
                self.b.push(Stmt::Compare { op: CompareOp::Eq, left, right: value });
                Ok(())
            }
        }
    }

    /// Gives the open variables of a pattern some value where control never comes, so that what follows can be lowered.
    fn bind_rest(&mut self, pattern: &Term) {
        match &pattern.kind {
            TermKind::Var(var) if !self.is_bound(*var) => {
                let operand = self.constant(&Value::Null);
                self.bind(*var, operand);
            }
            TermKind::Array(items) => items.iter().for_each(|item| self.bind_rest(item)),
            TermKind::Object(pairs) => pairs.iter().for_each(|(_, item)| self.bind_rest(item)),
            _ => {}
        }
    }
}

/// Values of two object patterns side by side when their keys are constants and the same.
fn same_keys<'t>(a: &'t [(Term, Term)], b: &'t [(Term, Term)]) -> Option<Vec<(&'t Term, &'t Term)>> {
    if a.len() != b.len() {
        return None;
    }
    a.iter()
        .map(|(key, left)| {
            let TermKind::Const(key) = &key.kind else { return None };
            let (_, right) = b.iter().find(|(other, _)| matches!(&other.kind, TermKind::Const(k) if k == key))?;
            Some((left, right))
        })
        .collect()
}
