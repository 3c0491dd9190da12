//! Whether a reference can select anything, given the types of rules; and what its variables learn from it.

use std::collections::BTreeSet;

use writ_value::Value;

use super::env::{Env, is_scalar};
use super::explain::RefProblem;
use super::tree::{NodeId, ROOT, TypeTree};
use super::unify::Unifier;
use super::view::{Root, Step, View};
use crate::hir::{Term, TermKind};
use crate::types::Type;

/// Checks one reference (not those inside its steps). Types its variables.
pub(super) fn check(unifier: &Unifier, env: &mut Env<'_>, view: &View<'_>) -> Result<(), RefProblem> {
    let whole = env.view(view);
    if let Type::Function(_) = whole {
        return Err(RefProblem::no_reference(view.steps.len(), whole));
    }
    let checker = Checker { unifier, view };
    match view.root {
        // `input` has no schema, so every step leads somewhere.
        Root::Input => checker.value(env, Type::Any, 0),
        Root::Data => checker.document(env),
        Root::Var(v) => {
            let mut ty = env.var(v);
            if ty.is_unknown() {
                env.set_var(v, Type::Any);
                ty = Type::Any;
            }
            checker.value(env, ty, 0)
        }
        Root::Term(t) if is_scalar(t) => Ok(()),
        Root::Term(t) => {
            let ty = env.term(t);
            // The head of a comprehension may be of a type that is not known: then so is what the reference goes over.
            let unknown = ty.is_unknown() || (ty.keys().is_unknown() && is_comprehension(t));
            if unknown { Ok(()) } else { checker.value(env, ty, 0) }
        }
    }
}

fn is_comprehension(term: &Term) -> bool {
    matches!(term.kind, TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(..))
}

struct Checker<'c> {
    unifier: &'c Unifier,
    view: &'c View<'c>,
}

/// Where a walk through one layer of documents ended.
enum Found {
    /// A document with a type, before this step.
    Typed(Type, usize),
    /// The layer does not know the document.
    Elsewhere,
    /// A step that is no constant, among documents of packages.
    Open(usize),
    /// All steps named packages.
    End,
    /// A step that should name a package or rule, and is no string. The names that there are.
    NoName(usize, Vec<Value>),
}

impl Checker<'_> {
    fn document(&self, env: &mut Env<'_>) -> Result<(), RefProblem> {
        let found = env.layers().map(|tree| self.walk(tree)).find(|f| !matches!(f, Found::Elsewhere));
        match found.unwrap_or(Found::Typed(Type::Any, 0)) {
            Found::Typed(ty, at) => self.value(env, ty, at),
            Found::End | Found::Elsewhere => Ok(()),
            Found::NoName(at, names) => {
                let have = match self.view.steps[at] {
                    Step::Const(value) => Type::of_value(value),
                    Step::Pattern(t) | Step::Term(t) => env.term(t),
                    Step::Var(v) => env.var(v),
                    Step::Wildcard => Type::Unknown,
                };
                Err(RefProblem::bad_key(at, Some(have), Some(Type::String), names))
            }
            Found::Open(at) => {
                let base = View { steps: self.view.steps[..at].to_vec(), ..self.view.clone() };
                let ty = env.view(&base);
                self.step(env, &ty, &ty.keys(), at)?;
                // What lies below differs from package to package; only its variables need types.
                self.value(env, Type::Any, at + 1)
            }
        }
    }

    fn walk(&self, tree: &TypeTree) -> Found {
        let mut node: NodeId = ROOT;
        if let Some(own) = tree.own(node) {
            return Found::Typed(own.clone(), 0);
        }
        for (i, step) in self.view.steps.iter().enumerate() {
            // A package and a rule at least lie above every value.
            let is_name =
                !matches!(step, Step::Const(key) if key.as_string().is_none()) && !matches!(step, Step::Pattern(_));
            if i < 2 && !is_name && !tree.is_empty() {
                return Found::NoName(i, tree.keys(node).cloned().collect());
            }
            let Some(key) = step.constant() else {
                return if tree.is_empty() { Found::Elsewhere } else { Found::Open(i) };
            };
            match tree.child(node, key) {
                Some(child) => node = child,
                None => return Found::Elsewhere,
            }
            if let Some(own) = tree.own(node) {
                return Found::Typed(own.clone(), i + 1);
            }
        }
        Found::End
    }

    /// The steps from `at` on, below a value of type `ty`.
    fn value(&self, env: &mut Env<'_>, mut ty: Type, at: usize) -> Result<(), RefProblem> {
        for (i, step) in self.view.steps.iter().enumerate().skip(at) {
            if is_empty_collection(&ty) {
                return Err(RefProblem::bad_key(i, None, None, Vec::new()));
            }
            let keys = ty.keys();
            if keys.is_unknown() {
                return Err(RefProblem::no_reference(i, ty));
            }
            ty = match step {
                Step::Const(key) if !matches!(key, Value::Array(_) | Value::Object(_) | Value::Set(_)) => {
                    let selected = ty.select(key);
                    if selected.is_unknown() {
                        return Err(RefProblem::bad_key(i, None, Some(keys), known_keys(&ty)));
                    }
                    selected
                }
                _ => {
                    self.step(env, &ty, &keys, i)?;
                    ty.values()
                }
            };
        }
        Ok(())
    }

    /// One step that is no constant: it must be able to equal one of the keys.
    fn step(&self, env: &mut Env<'_>, ty: &Type, keys: &Type, at: usize) -> Result<(), RefProblem> {
        let (have, keys_shown) = match self.view.steps[at] {
            Step::Wildcard => return Ok(()),
            Step::Const(value) => {
                let have = Type::of_value(value);
                (have, false)
            }
            Step::Var(v) => {
                let have = env.var(v);
                if have.is_unknown() {
                    env.set_var(v, keys.clone());
                    return Ok(());
                }
                (have, true)
            }
            Step::Term(t) => {
                let have = env.term(t);
                if have.is_unknown() {
                    return Ok(());
                }
                (have, true)
            }
            Step::Pattern(t) => {
                if self.unifier.assign(env, t, keys, false) {
                    return Ok(());
                }
                return Err(RefProblem::bad_key(at, Some(env.term(t)), Some(keys.clone()), Vec::new()));
            }
        };
        if self.unifier.fits(&have, keys) {
            return Ok(());
        }
        let known = if keys_shown { known_keys(ty) } else { Vec::new() };
        Err(RefProblem::bad_key(at, Some(have), Some(keys.clone()), known))
    }
}

fn is_empty_collection(ty: &Type) -> bool {
    match ty {
        Type::Object(o) => o.fixed().is_empty() && o.rest().is_none(),
        Type::Array(a) => a.fixed().is_empty() && a.rest().is_none(),
        Type::Set(s) => s.element().is_unknown(),
        _ => false,
    }
}

/// Keys of properties that are known by name, sorted.
fn known_keys(ty: &Type) -> Vec<Value> {
    fn collect(ty: &Type, keys: &mut BTreeSet<Value>) {
        match ty {
            Type::Object(o) => keys.extend(o.fixed().iter().map(|(k, _)| k.clone())),
            Type::Union(u) => u.members().iter().for_each(|m| collect(m, keys)),
            _ => {}
        }
    }
    let mut keys = BTreeSet::new();
    collect(ty, &mut keys);
    keys.into_iter().collect()
}
