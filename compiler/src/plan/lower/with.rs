//! `with`: a literal evaluated while documents or functions are replaced.
//!
//! Only the literal itself runs inside the replacement; what it binds is carried out, one row per solution when it can have several,
//! and the rest of the body runs outside.

use std::rc::Rc;

use writ_value::Value;

use super::builder::Open;
use super::env::{Env, Mock};
use super::{LowerError, Lowerer};
use crate::hir::{Callee, Literal, RefBase, Term, TermKind, VarId, With, WithTarget, WithValue};
use crate::plan::ir::{Document, Local, Operand, Replace, Stmt};

impl Lowerer<'_, '_> {
    /// A literal with modifiers.
    pub(super) fn with(&mut self, literal: &Literal) -> Result<(), LowerError> {
        let (replace, cells, env) = self.replacements(&literal.with)?;
        let outer_env = std::mem::replace(&mut self.env, Rc::new(env));
        let before = self.bound.clone();

        let rows = self.b.local();
        let depth = self.b.depth();
        let scans = self.b.scans();
        self.b.open(Open::With { replace, cells });
        let result = self.literal_kind(literal);
        self.env = outer_env;
        result?;

        let new: Vec<(VarId, Operand)> = self
            .bound
            .iter()
            .zip(&before)
            .enumerate()
            .filter_map(|(n, (now, then))| match (now, then) {
                (Some(operand), None) => Some((VarId(n as u32), *operand)),
                _ => None,
            })
            .collect();
        if self.b.scans() == scans { self.carry_one(depth, rows, &new) } else { self.carry_rows(depth, rows, &new) }
    }

    /// At most one solution: each variable goes out through a local.
    fn carry_one(&mut self, depth: usize, done: Local, new: &[(VarId, Operand)]) -> Result<(), LowerError> {
        let carried: Vec<(VarId, Local, Operand)> =
            new.iter().map(|(var, operand)| (*var, self.b.local(), *operand)).collect();
        for (_, dst, source) in &carried {
            self.b.push(Stmt::Assign { dst: *dst, source: *source });
        }
        self.mark(done);
        let inside = self.b.take_open(depth);
        self.b.push(Stmt::Reset { dst: done });
        for (_, dst, _) in &carried {
            self.b.push(Stmt::Reset { dst: *dst });
        }
        self.b.put_back(inside);
        self.b.close_to(depth);
        self.b.push(Stmt::IsDefined { local: done });
        for (var, local, _) in carried {
            self.bind(var, Operand::Local(local));
        }
        Ok(())
    }

    /// Several solutions: they go out as rows of an array, which is scanned outside.
    fn carry_rows(&mut self, depth: usize, rows: Local, new: &[(VarId, Operand)]) -> Result<(), LowerError> {
        let row = self.b.make_array(new.iter().map(|(_, operand)| *operand).collect());
        self.b.push(Stmt::Push { array: rows, value: Operand::Local(row) });
        let inside = self.b.take_open(depth);
        self.b.push(Stmt::MakeArray { dst: rows, items: Vec::new() });
        self.b.put_back(inside);
        self.b.close_to(depth);
        let row = self.b.local();
        self.b.open(Open::Scan { source: Operand::Local(rows), key: None, value: Some(row) });
        for (n, (var, _)) in new.iter().enumerate() {
            let key = self.constant(&Value::from(n as i64));
            let value = self.b.get(Operand::Local(row), key);
            self.bind(*var, value);
        }
        Ok(())
    }

    /// The documents and cells to replace, with their values computed outside, and the environment inside.
    #[expect(clippy::type_complexity, reason = "three results of one pass, used in one place")]
    fn replacements(&mut self, with: &[With]) -> Result<(Vec<Replace>, Vec<(u32, Operand)>, Env), LowerError> {
        let mut env = (*self.env).clone();
        let mut replace = Vec::new();
        let mut cells = Vec::new();
        for modifier in with {
            match (&modifier.target, &modifier.value) {
                (WithTarget::Input(path), WithValue::Term(value) | WithValue::Document(value)) => {
                    let value = self.term(value)?;
                    let path = path.iter().map(|key| self.planner.constant(key)).collect();
                    replace.push(Replace { document: Document::Input, path, value });
                }
                (WithTarget::Data(path), WithValue::Term(value) | WithValue::Document(value)) => {
                    let value = self.term(value)?;
                    if self.reaches_rules(path) {
                        env.shadows.insert(path.clone());
                    }
                    let path = path.iter().map(|key| self.planner.constant(key)).collect();
                    replace.push(Replace { document: Document::Data, path, value });
                }
                (WithTarget::Callee(callee), WithValue::Callee(stand_in)) => {
                    env.mocks.insert(callee.clone(), Mock::Callee(stand_in.clone()));
                }
                (WithTarget::Callee(callee), WithValue::Document(value)) => {
                    let path = document_path(value)
                        .ok_or_else(|| LowerError::defect("a stand-in is no document", Some(modifier.span)))?;
                    env.mocks.insert(callee.clone(), Mock::Document(path));
                }
                (WithTarget::Callee(callee), WithValue::Term(value)) => {
                    let value = self.term(value)?;
                    let cell = self.planner.cell(callee);
                    cells.push((cell, value));
                    env.mocks.insert(callee.clone(), Mock::Cell(cell));
                }
                (WithTarget::Input(_) | WithTarget::Data(_), WithValue::Callee(callee)) => {
                    let what = match callee {
                        Callee::Group(_) => "a function",
                        Callee::Builtin(_) => "a built-in function",
                    };
                    return Err(LowerError::defect(
                        &format!("`with` puts {what} in place of a document"),
                        Some(modifier.span),
                    ));
                }
            }
        }
        Ok((replace, cells, env))
    }

    /// True when a rule stands at the path, above it or below it.
    fn reaches_rules(&self, path: &[Value]) -> bool {
        let mut node = &self.planner.program.tree;
        for key in path {
            match node.children.get(key) {
                Some(child) => node = child,
                None => return node.group.is_some(),
            }
            if node.group.is_some() {
                return true;
            }
        }
        true
    }
}

/// The path of a reference below `data` whose steps are constants.
fn document_path(term: &Term) -> Option<Vec<Value>> {
    let TermKind::Ref(reference) = &term.kind else { return None };
    let step = |term: &Term| match &term.kind {
        TermKind::Const(value) => Some(value.clone()),
        _ => None,
    };
    matches!(reference.base, RefBase::Data).then(|| reference.path.iter().map(step).collect())?
}
