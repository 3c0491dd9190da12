//! Terms: each becomes an operand that is defined wherever the statements behind it run.

use super::builder::Open;
use super::{LowerError, Lowerer};
use crate::hir::{Compr, Term, TermKind};
use crate::plan::ir::{Conflict, Operand, Stmt};

impl Lowerer<'_, '_> {
    /// The term's value. References in it may open loops over their unbound variables.
    pub(super) fn term(&mut self, term: &Term) -> Result<Operand, LowerError> {
        match &term.kind {
            TermKind::Const(value) => Ok(self.constant(value)),
            TermKind::Var(var) => self.var(*var, term.span),
            TermKind::Ref(reference) => self.reference(reference),
            TermKind::Array(items) => {
                let items = self.terms(items)?;
                Ok(Operand::Local(self.b.make_array(items)))
            }
            TermKind::Set(items) => {
                let items = self.terms(items)?;
                Ok(Operand::Local(self.b.make_set(items)))
            }
            TermKind::Object(pairs) => {
                let (keys, values): (Vec<&Term>, Vec<&Term>) = pairs.iter().map(|(key, value)| (key, value)).unzip();
                let made = self.terms(keys.into_iter().chain(values))?;
                let (keys, values) = made.split_at(pairs.len());
                let mut pairs: Vec<(Operand, Operand)> = keys.iter().copied().zip(values.iter().copied()).collect();
                // Of equal keys the last wins, and OPA sorts constants before what is computed.
                pairs.sort_by_key(|(key, _)| !matches!(key, Operand::Const(_)));
                let dst = self.b.local();
                self.b.push(Stmt::MakeObject { dst, pairs });
                Ok(Operand::Local(dst))
            }
            TermKind::ArrayCompr(compr) => {
                let array = self.b.make_array(Vec::new());
                self.comprehension(compr, |f, value| f.b.push(Stmt::Push { array, value }))?;
                Ok(Operand::Local(array))
            }
            TermKind::SetCompr(compr) => {
                let set = self.b.make_set(Vec::new());
                self.comprehension(compr, |f, value| f.b.push(Stmt::Add { set, value }))?;
                Ok(Operand::Local(set))
            }
            TermKind::ObjectCompr(key, compr) => {
                let object = self.b.local();
                self.b.push(Stmt::MakeObject { dst: object, pairs: Vec::new() });
                self.scoped(|f| {
                    f.b.open(Open::Block);
                    f.body(&compr.body)?;
                    let key = f.term(key)?;
                    let value = f.term(&compr.head)?;
                    let conflict = Conflict::ObjectKey;
                    f.b.push(Stmt::InsertOnce { object, key, value, conflict, span: term.span });
                    Ok(())
                })?;
                Ok(Operand::Local(object))
            }
        }
    }

    fn terms<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term>) -> Result<Vec<Operand>, LowerError> {
        let terms: Vec<&Term> = terms.into_iter().collect();
        let mut made: Vec<Option<Operand>> = vec![None; terms.len()];
        // OPA computes references in front of the statement, and comprehensions where they stand: an undefined reference hides their errors.
        for late in [false, true] {
            for (term, made) in terms.iter().zip(&mut made) {
                if has_comprehension(term) == late {
                    *made = Some(self.term(term)?);
                }
            }
        }
        Ok(made.into_iter().flatten().collect())
    }

    fn comprehension(&mut self, compr: &Compr, add: impl FnOnce(&mut Self, Operand)) -> Result<(), LowerError> {
        self.scoped(|f| {
            f.b.open(Open::Block);
            f.body(&compr.body)?;
            let value = f.term(&compr.head)?;
            add(f, value);
            Ok(())
        })
    }

    /// True when the term is, or holds, a pattern with an unbound variable that a match can bind (not one inside a reference).
    pub(super) fn is_open_pattern(&self, term: &Term) -> bool {
        match &term.kind {
            TermKind::Var(var) => !self.is_bound(*var),
            TermKind::Array(items) => items.iter().any(|item| self.is_open_pattern(item)),
            TermKind::Object(pairs) => pairs.iter().any(|(_, value)| self.is_open_pattern(value)),
            _ => false,
        }
    }
}

fn has_comprehension(term: &Term) -> bool {
    match &term.kind {
        TermKind::Const(_) | TermKind::Var(_) | TermKind::Ref(_) => false,
        TermKind::Array(items) | TermKind::Set(items) => items.iter().any(has_comprehension),
        TermKind::Object(pairs) => pairs.iter().any(|(key, value)| has_comprehension(key) || has_comprehension(value)),
        TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..) => true,
    }
}
