//! What is known while a body is checked: types of documents, of replaced documents, and of variables.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use writ_value::Value;

use super::tree::{NodeId, ROOT, TypeTree};
use super::view::{Root, Step, View};
use crate::hir::{Compr, Term, TermKind, VarId};
use crate::types::Type;

/// Types in scope of one rule or query.
#[derive(Debug)]
pub(super) struct Env<'a> {
    /// Types of all rules checked so far.
    base: &'a TypeTree,
    /// Documents that `with` replaces around the current literal, innermost last.
    overlays: Vec<Rc<TypeTree>>,
    /// By [`VarId`]; unknown until something says more.
    vars: Vec<Type>,
    /// Variables typed since the start, so that those of a comprehension can be forgotten after it.
    trail: Vec<(VarId, Type)>,
    /// Types of the comprehensions of the current literal, by address.
    comprehensions: FxHashMap<*const Compr, Type>,
}

impl<'a> Env<'a> {
    pub(super) fn new(base: &'a TypeTree, n_vars: usize) -> Env<'a> {
        Env {
            base,
            overlays: Vec::new(),
            vars: vec![Type::Unknown; n_vars],
            trail: Vec::new(),
            comprehensions: FxHashMap::default(),
        }
    }

    /// Layers of documents, innermost first.
    pub(super) fn layers(&self) -> impl Iterator<Item = &TypeTree> {
        self.overlays.iter().rev().map(|o| &**o).chain([self.base])
    }

    pub(super) fn push_overlay(&mut self, overlay: Rc<TypeTree>) {
        self.overlays.push(overlay);
    }

    pub(super) fn n_overlays(&self) -> usize {
        self.overlays.len()
    }

    pub(super) fn truncate_overlays(&mut self, n: usize) {
        self.overlays.truncate(n);
    }

    pub(super) fn var(&self, v: VarId) -> Type {
        self.vars.get(v.0 as usize).cloned().unwrap_or_default()
    }

    pub(super) fn set_var(&mut self, v: VarId, ty: Type) {
        if let Some(slot) = self.vars.get_mut(v.0 as usize) {
            self.trail.push((v, std::mem::replace(slot, ty)));
        }
    }

    /// A mark for [`Env::forget`].
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Takes back what was learned of variables since `mark`.
    pub(super) fn forget(&mut self, mark: usize) {
        while self.trail.len() > mark {
            if let Some((v, old)) = self.trail.pop()
                && let Some(slot) = self.vars.get_mut(v.0 as usize)
            {
                *slot = old;
            }
        }
    }

    pub(super) fn set_comprehension(&mut self, compr: &Compr, ty: Type) {
        self.comprehensions.insert(std::ptr::from_ref(compr), ty);
    }

    pub(super) fn clear_comprehensions(&mut self) {
        self.comprehensions.clear();
    }

    /// Sets the known comprehensions aside while the literals of an inner body are checked.
    pub(super) fn take_comprehensions(&mut self) -> FxHashMap<*const Compr, Type> {
        std::mem::take(&mut self.comprehensions)
    }

    pub(super) fn restore_comprehensions(&mut self, outer: FxHashMap<*const Compr, Type>) {
        self.comprehensions = outer;
    }

    fn comprehension(&self, compr: &Compr) -> Type {
        self.comprehensions.get(&std::ptr::from_ref(compr)).cloned().unwrap_or_default()
    }

    pub(super) fn term(&self, term: &Term) -> Type {
        match &term.kind {
            TermKind::Const(value) => Type::of_value(value),
            TermKind::Var(v) => self.var(*v),
            TermKind::Ref(r) => self.view(&View::of(r, term.span)),
            TermKind::Array(items) => Type::array(items.iter().map(|t| self.term(t)).collect(), None),
            TermKind::Set(items) => {
                let items: Vec<Type> = items.iter().map(|t| self.term(t)).collect();
                Type::set(Type::or_all(&items))
            }
            TermKind::Object(entries) => self.object(entries),
            TermKind::ArrayCompr(c) | TermKind::SetCompr(c) | TermKind::ObjectCompr(_, c) => self.comprehension(c),
        }
    }

    fn object(&self, entries: &[(Term, Term)]) -> Type {
        let mut fixed = Vec::new();
        let mut rest = None;
        for (key, value) in entries {
            match &key.kind {
                TermKind::Const(key) => fixed.push((key.clone(), self.term(value))),
                _ => rest = Some((self.term(key), self.term(value))),
            }
        }
        Type::object(fixed, rest)
    }

    /// Type of what a reference yields.
    pub(super) fn view(&self, view: &View<'_>) -> Type {
        match view.root {
            Root::Input => Type::Any,
            Root::Data => self.layers().find_map(|tree| select_document(tree, ROOT, &view.steps)).unwrap_or(Type::Any),
            Root::Var(v) => select(self.var(v), &view.steps),
            Root::Term(t) if is_scalar(t) => Type::Unknown,
            Root::Term(t) => select(self.term(t), &view.steps),
        }
    }

    /// Type of the document at a path below `data`.
    pub(super) fn document(&self, path: &[Value]) -> Type {
        let steps: Vec<Step<'_>> = path.iter().map(Step::Const).collect();
        self.layers().find_map(|tree| select_document(tree, ROOT, &steps)).unwrap_or(Type::Any)
    }
}

/// A scalar has nothing below it; OPA gives no type to a reference into one.
pub(super) fn is_scalar(term: &Term) -> bool {
    matches!(&term.kind, TermKind::Const(v) if !matches!(v, Value::Array(_) | Value::Object(_) | Value::Set(_)))
}

/// Type of `steps` below a node; `None` if this tree does not know the document.
fn select_document(tree: &TypeTree, mut node: NodeId, steps: &[Step<'_>]) -> Option<Type> {
    if tree.is_empty() {
        return None;
    }
    for (i, step) in steps.iter().enumerate() {
        let child = step.constant().and_then(|key| tree.child(node, key));
        if let Some(own) = tree.own(node) {
            match child {
                Some(child) => node = child,
                None => return Some(select(own.clone(), &steps[i..])),
            }
            continue;
        }
        match (step, child) {
            (Step::Const(_), Some(child)) => node = child,
            (Step::Const(_), None) => return None,
            _ => return Some(select(tree.extent(node), &steps[i..])),
        }
    }
    Some(tree.extent(node))
}

/// Type of `steps` below a value of type `ty`. Steps that are no scalar constants select any of its values.
fn select(mut ty: Type, steps: &[Step<'_>]) -> Type {
    for step in steps {
        if ty.is_unknown() {
            return ty;
        }
        ty = match step {
            Step::Const(key) if !matches!(key, Value::Array(_) | Value::Object(_) | Value::Set(_)) => ty.select(key),
            _ => ty.values(),
        };
    }
    ty
}
