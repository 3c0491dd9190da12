//! References: a base and a path, with a loop for each variable of the path that nothing has bound.

use std::rc::Rc;

use writ_value::Value;

use super::builder::Open;
use super::{LowerError, Lowerer, Step, What};
use crate::hir::{Node, Ref, RefBase, Term, TermKind};
use crate::plan::ir::{Document, Operand, Stmt};

impl Lowerer<'_, '_> {
    /// The value that the reference stands for, in each round of the loops that it opens.
    pub(super) fn reference(&mut self, reference: &Ref) -> Result<Operand, LowerError> {
        let (source, path) = match &reference.base {
            RefBase::Input => self.input_prefix(&reference.path),
            RefBase::Data => return self.data_reference(&reference.path),
            RefBase::Var(var) => {
                let span = reference.path.first().map_or_else(crate::source::Span::default, |t| t.span);
                (self.var(*var, span)?, reference.path.as_slice())
            }
            RefBase::Term(term) => (self.term(term)?, reference.path.as_slice()),
        };
        self.descend(source, path)
    }

    /// The longest static path below `input`, and what is left of the reference's path.
    fn input_prefix<'t>(&mut self, path: &'t [Term]) -> (Operand, &'t [Term]) {
        let keys = constant_prefix(path);
        let dst = self.b.local();
        if keys.is_empty() {
            self.b.push(Stmt::Document { dst, document: Document::Input });
        } else {
            let id = self.planner.input_path(&keys);
            self.b.push(Stmt::InputPath { dst, path: id });
        }
        (Operand::Local(dst), path.get(keys.len()..).unwrap_or_default())
    }

    /// Goes down from a value, key by key.
    pub(super) fn descend(&mut self, source: Operand, path: &[Term]) -> Result<Operand, LowerError> {
        path.iter().try_fold(source, |source, key| {
            if !self.is_open_pattern(key) {
                let key = self.term(key)?;
                return Ok(self.b.get(source, key));
            }
            let key_local = self.b.local();
            let value = self.b.local();
            self.b.open(Open::Scan { source, key: Some(key_local), value: Some(value) });
            self.match_pattern(key, Operand::Local(key_local))?;
            Ok(Operand::Local(value))
        })
    }

    /// A reference below `data`: through the tree of rules as far as it goes, then through values.
    fn data_reference(&mut self, path: &[Term]) -> Result<Operand, LowerError> {
        let program = self.planner.program;
        let keys = constant_prefix(path);
        let mut node = &program.tree;
        let mut walked = 0;
        if self.env.is_shadowed(&[]) {
            // `with data as …` replaces the whole tree.
            let source = self.b.data_path(Vec::new());
            return self.descend(source, path);
        }
        for n in 0..keys.len() {
            let Some(child) = self.virtual_child(node, keys.get(..n).unwrap_or_default(), keys.get(n)) else { break };
            node = child;
            walked = n + 1;
            if node.group.is_some() {
                break;
            }
        }
        let at = keys.get(..walked).unwrap_or_default();
        let rest = path.get(walked..).unwrap_or_default();
        if let Some(group) = node.group {
            let source = self.call_nullary(What::Group(group))?;
            return self.descend(source, rest);
        }
        if walked < keys.len() || node.children.is_empty() && walked > 0 && !node.is_package {
            // No rule stands there: base data alone.
            let source = self.base_document(&keys);
            return self.descend(source, path.get(keys.len()..).unwrap_or_default());
        }
        if rest.is_empty() {
            return self.call_nullary(What::Extent(at.to_vec()));
        }
        self.dynamic(node, at, rest)
    }

    /// Base data at a static path. A number finds the member of an object that has its text as name, too (`data[2]` and `{"2": …}`), as in OPA,
    /// where such a path is one of the store.
    fn base_document(&mut self, keys: &[Value]) -> Operand {
        let names = keys.iter().take_while(|key| key.as_number().is_none()).count();
        let (names, rest) = keys.split_at(names);
        let ids = names.iter().map(|key| self.planner.constant(key)).collect();
        let source = self.b.data_path(ids);
        rest.iter().fold(source, |source, key| {
            let constant = self.constant(key);
            if key.as_number().is_none() {
                return self.b.get(source, constant);
            }
            let found = self.b.reset();
            for key in [constant, self.constant(&Value::from(key.to_string()))] {
                let depth = self.b.depth();
                self.b.open(Open::Block);
                self.b.push(Stmt::IsUndefined { local: found });
                let value = self.b.get(source, key);
                self.b.push(Stmt::Assign { dst: found, source: value });
                self.b.close_to(depth);
            }
            self.b.push(Stmt::IsDefined { local: found });
            Operand::Local(found)
        })
    }

    /// A reference whose next key is no constant, at a node of the tree that has rules below it.
    ///
    /// Goes level by level while rules can stand deeper; an unbound key becomes a loop over the keys there. Only the documents that the keys name
    /// are evaluated, never their siblings, so that a rule may look at the rules around it.
    fn dynamic(&mut self, node: &Node, at: &[Value], path: &[Term]) -> Result<Operand, LowerError> {
        let mut steps: Vec<Step> = Vec::new();
        let mut args: Vec<Operand> = Vec::new();
        let mut nodes = vec![node];
        let mut used = 0;
        for key in path {
            nodes.retain(|n| n.group.is_none() && !n.children.is_empty());
            if nodes.is_empty() {
                break;
            }
            used += 1;
            if let TermKind::Const(value) = &key.kind {
                nodes = nodes.iter().filter_map(|n| n.children.get(value)).collect();
                steps.push(Step::Const(value.clone()));
                continue;
            }
            let operand = if self.is_open_pattern(key) {
                let func = self.planner.func(What::Keys(at.to_vec(), steps.clone()), &Rc::clone(&self.env))?;
                let keys = self.b.local();
                self.b.push(Stmt::Call { dst: keys, func, args: args.clone() });
                let local = self.b.local();
                self.b.open(Open::Scan { source: Operand::Local(keys), key: None, value: Some(local) });
                self.match_pattern(key, Operand::Local(local))?;
                Operand::Local(local)
            } else {
                self.term(key)?
            };
            steps.push(Step::Param);
            args.push(operand);
            nodes = nodes.iter().flat_map(|n| n.children.values()).collect();
        }
        let func = self.planner.func(What::Lookup(at.to_vec(), steps), &Rc::clone(&self.env))?;
        let dst = self.b.local();
        self.b.push(Stmt::Call { dst, func, args });
        self.descend(Operand::Local(dst), path.get(used..).unwrap_or_default())
    }

    /// The child of `node` (which stands at `at`) if rules there count in this environment.
    pub(super) fn virtual_child<'n>(&self, node: &'n Node, at: &[Value], key: Option<&Value>) -> Option<&'n Node> {
        let child = node.children.get(key?)?;
        if self.env.shadows.is_empty() {
            return Some(child);
        }
        let path: Vec<Value> = at.iter().chain(key).cloned().collect();
        if self.env.is_shadowed(&path) { None } else { Some(child) }
    }

    /// Calls a function without parameters.
    pub(super) fn call_nullary(&mut self, what: What) -> Result<Operand, LowerError> {
        let func = self.planner.func(what, &Rc::clone(&self.env))?;
        let dst = self.b.local();
        self.b.push(Stmt::Call { dst, func, args: Vec::new() });
        Ok(Operand::Local(dst))
    }
}

/// The leading constants of a path.
fn constant_prefix(path: &[Term]) -> Vec<Value> {
    path.iter()
        .map_while(|term| match &term.kind {
            TermKind::Const(value) => Some(value.clone()),
            _ => None,
        })
        .collect()
}
