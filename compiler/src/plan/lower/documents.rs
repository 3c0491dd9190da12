//! Functions over the tree of documents below `data`, where rules and base data meet.

use std::rc::Rc;

use writ_value::Value;

use super::builder::Open;
use super::env::Env;
use super::groups::display_path;
use super::{LowerError, Lowerer, Planner, Step, What};
use crate::hir::{self, GroupKind, Node, TermKind};
use crate::plan::ir::{Func, Local, Operand, Stmt};
use crate::source::Span;

/// The document at a static path.
pub(super) fn lower_document(planner: &mut Planner<'_>, path: &[Value], env: &Rc<Env>) -> Result<Func, LowerError> {
    let scope = hir::Scope::default();
    let mut f = Lowerer::new(planner, env, &scope, 0);
    let span = Span::default();
    let path_terms = path.iter().map(|key| hir::Term { kind: TermKind::Const(key.clone()), span }).collect();
    let value = f.reference(&hir::Ref { base: hir::RefBase::Data, path: path_terms })?;
    f.b.push(Stmt::Return { value });
    f.finish(format!("entrypoint {}", display_path(path)), None)
}

/// The object at a node: what rules define below it, merged over base data.
pub(super) fn lower_extent(planner: &mut Planner<'_>, path: &[Value], env: &Rc<Env>) -> Result<Func, LowerError> {
    let scope = hir::Scope::default();
    let node = node_at(planner, path)?;
    let mut f = Lowerer::new(planner, env, &scope, 0);
    let over = f.b.local();
    f.b.push(Stmt::MakeObject { dst: over, pairs: Vec::new() });
    for key in node.children.keys() {
        let Some(child) = f.virtual_child(node, path, Some(key)) else { continue };
        let Some(what) = f.document_of(child, path, key) else { continue };
        f.scoped(|f| {
            f.b.open(Open::Block);
            let value = f.call_nullary(what)?;
            let key = f.constant(key);
            f.b.push(Stmt::Insert { object: over, key, value });
            Ok(())
        })?;
    }
    let base = f.b.reset();
    f.scoped(|f| {
        f.b.open(Open::Block);
        let ids = path.iter().map(|key| f.planner.constant(key)).collect();
        let source = f.b.data_path(ids);
        f.b.push(Stmt::Assign { dst: base, source });
        Ok(())
    })?;
    let dst = f.b.local();
    // Where both have a value, base data wins, as in OPA; only a reference to the rule itself prefers the rule.
    f.b.push(Stmt::Merge { dst, over: base, base: over });
    f.b.push(Stmt::Return { value: Operand::Local(dst) });
    let memo = Some(f.planner.memo_slot());
    f.finish(format!("extent {}", display_path(path)), memo)
}

/// The document at `path` and then `steps`, whose dynamic keys are the parameters.
pub(super) fn lower_lookup(
    planner: &mut Planner<'_>,
    path: &[Value],
    steps: &[Step],
    env: &Rc<Env>,
) -> Result<Func, LowerError> {
    let scope = hir::Scope::default();
    let node = node_at(planner, path)?;
    let params = steps.iter().filter(|step| matches!(step, Step::Param)).count() as u32;
    let mut f = Lowerer::new(planner, env, &scope, params);
    if steps.is_empty() {
        let value = f.call_nullary(What::Extent(path.to_vec()))?;
        f.b.push(Stmt::Return { value });
    } else {
        f.child_cases(node, path, steps, |f, child, key, rest, args| {
            let at: Vec<Value> = path.iter().chain([key]).cloned().collect();
            if let Some(group) = child.group {
                if f.is_function(group) {
                    f.b.push(Stmt::Fail);
                    return Ok(());
                }
                let source = f.call_nullary(What::Group(group))?;
                let value = f.follow(source, rest, args);
                f.b.push(Stmt::Return { value });
                return Ok(());
            }
            let func = f.planner.func(What::Lookup(at, rest.to_vec()), &Rc::clone(&f.env))?;
            let dst = f.b.local();
            f.b.push(Stmt::Call { dst, func, args: args.to_vec() });
            f.b.push(Stmt::Return { value: Operand::Local(dst) });
            Ok(())
        })?;
        let value = f.base_value(path, steps);
        f.b.push(Stmt::Return { value });
    }
    f.finish(format!("lookup {}{}", display_path(path), display_steps(steps)), None)
}

/// The keys of the document at `path` and then `steps`, as a set.
pub(super) fn lower_keys(
    planner: &mut Planner<'_>,
    path: &[Value],
    steps: &[Step],
    env: &Rc<Env>,
) -> Result<Func, LowerError> {
    let scope = hir::Scope::default();
    let node = node_at(planner, path)?;
    let params = steps.iter().filter(|step| matches!(step, Step::Param)).count() as u32;
    let mut f = Lowerer::new(planner, env, &scope, params);
    if steps.is_empty() {
        let mut items = Vec::new();
        for key in node.children.keys() {
            if let Some(child) = f.virtual_child(node, path, Some(key))
                && f.document_of(child, path, key).is_some()
            {
                items.push(f.constant(key));
            }
        }
        let keys = f.b.make_set(items);
        f.scoped(|f| {
            f.b.open(Open::Block);
            let ids = path.iter().map(|key| f.planner.constant(key)).collect();
            let source = f.b.data_path(ids);
            f.add_keys(source, keys);
            Ok(())
        })?;
        f.b.push(Stmt::Return { value: Operand::Local(keys) });
    } else {
        f.child_cases(node, path, steps, |f, child, key, rest, args| {
            let at: Vec<Value> = path.iter().chain([key]).cloned().collect();
            let dst = f.b.local();
            if let Some(group) = child.group {
                if f.is_function(group) {
                    f.b.push(Stmt::Fail);
                    return Ok(());
                }
                let source = f.call_nullary(What::Group(group))?;
                let source = f.follow(source, rest, args);
                let keys = f.b.make_set(Vec::new());
                f.add_keys(source, keys);
                f.b.push(Stmt::Assign { dst, source: Operand::Local(keys) });
            } else {
                let func = f.planner.func(What::Keys(at, rest.to_vec()), &Rc::clone(&f.env))?;
                f.b.push(Stmt::Call { dst, func, args: args.to_vec() });
            }
            f.b.push(Stmt::Return { value: Operand::Local(dst) });
            Ok(())
        })?;
        let source = f.base_value(path, steps);
        let keys = f.b.make_set(Vec::new());
        f.add_keys(source, keys);
        f.b.push(Stmt::Return { value: Operand::Local(keys) });
    }
    f.finish(format!("keys {}{}", display_path(path), display_steps(steps)), None)
}

fn node_at<'p>(planner: &Planner<'p>, path: &[Value]) -> Result<&'p Node, LowerError> {
    path.iter()
        .try_fold(&planner.program.tree, |node, key| node.children.get(key))
        .ok_or_else(|| LowerError::defect("no node at that path", None))
}

fn display_steps(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|step| match step {
            Step::Const(value) => format!("[{}]", value),
            Step::Param => "[_]".to_owned(),
        })
        .collect()
}

impl<'p> Lowerer<'_, 'p> {
    /// What computes the document of a child, `None` for functions, which are no documents.
    fn document_of(&self, child: &Node, at: &[Value], key: &Value) -> Option<What> {
        match child.group {
            Some(group) if self.is_function(group) => None,
            Some(group) => Some(What::Group(group)),
            None => Some(What::Extent(at.iter().chain([key]).cloned().collect())),
        }
    }

    fn is_function(&self, group: hir::GroupId) -> bool {
        self.planner
            .program
            .groups
            .get(group.0 as usize)
            .is_some_and(|group| matches!(group.kind, GroupKind::Function { .. }))
    }

    /// Runs `each` for every child that the first step can name: under a switch when the key is a parameter. Control goes on behind it
    /// when no child is meant.
    fn child_cases(
        &mut self,
        node: &'p Node,
        at: &[Value],
        steps: &[Step],
        mut each: impl FnMut(&mut Self, &'p Node, &Value, &[Step], &[Operand]) -> Result<(), LowerError>,
    ) -> Result<(), LowerError> {
        let Some((first, rest)) = steps.split_first() else { return Ok(()) };
        let params: Vec<Operand> = (0..steps.iter().filter(|s| matches!(s, Step::Param)).count())
            .map(|n| Operand::Local(Local(n as u32)))
            .collect();
        match first {
            Step::Const(key) => {
                if let Some(child) = self.virtual_child(node, at, Some(key)) {
                    each(self, child, key, rest, &params)?;
                }
            }
            Step::Param => {
                let Some((on, args)) = params.split_first() else { return Ok(()) };
                let mut cases = Vec::new();
                for key in node.children.keys() {
                    let Some(child) = self.virtual_child(node, at, Some(key)) else { continue };
                    let id = self.planner.constant(key);
                    let depth = self.b.depth();
                    self.b.open(Open::Case);
                    each(self, child, key, rest, args)?;
                    self.b.close_to(depth + 1);
                    cases.push((id, self.b.take_case()));
                }
                let default = crate::plan::ir::Block::default();
                self.b.push(Stmt::Switch { on: *on, cases, default });
            }
        }
        Ok(())
    }

    /// Base data at `at` and then the steps, keys taken from the parameters.
    fn base_value(&mut self, at: &[Value], steps: &[Step]) -> Operand {
        let ids = at.iter().map(|key| self.planner.constant(key)).collect();
        let source = self.b.data_path(ids);
        let params: Vec<Operand> = (0..steps.len()).map(|n| Operand::Local(Local(n as u32))).collect();
        self.follow(source, steps, &params)
    }

    /// Goes down from a value along steps, dynamic keys taken from `args` in order.
    fn follow(&mut self, source: Operand, steps: &[Step], args: &[Operand]) -> Operand {
        let mut args = args.iter();
        steps.iter().fold(source, |source, step| {
            let key = match step {
                Step::Const(key) => self.constant(key),
                Step::Param => match args.next() {
                    Some(arg) => *arg,
                    None => return source,
                },
            };
            self.b.get(source, key)
        })
    }

    /// Adds the keys of a collection to a set.
    fn add_keys(&mut self, source: Operand, set: Local) {
        let depth = self.b.depth();
        let key = self.b.local();
        self.b.open(Open::Scan { source, key: Some(key), value: None });
        self.b.push(Stmt::Add { set, value: Operand::Local(key) });
        self.b.close_to(depth);
    }
}
