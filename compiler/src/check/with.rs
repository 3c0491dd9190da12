//! `with`: what the literal under it may see, and whether a function may stand in for another.

use std::rc::Rc;

use super::Shared;
use super::call;
use super::env::Env;
use super::explain;
use super::tree::TypeTree;
use crate::diag::Diagnostic;
use crate::hir::{Callee, With, WithTarget, WithValue};
use crate::types::Type;

/// Opens the scope of a literal: replaced documents may also have the type of their replacement, and rules that depend on what is replaced
/// may be anything.
pub(super) fn enter(shared: &Shared<'_>, env: &mut Env<'_>, withs: &[With]) {
    let mut replaced = TypeTree::new();
    let mut relaxed = Vec::new();
    for with in withs {
        match &with.target {
            WithTarget::Input(_) | WithTarget::Callee(Callee::Builtin(_)) => {}
            WithTarget::Callee(Callee::Group(group)) => {
                if let Some(group) = shared.program.groups.get(group.0 as usize) {
                    relaxed.push(shared.relaxed(&group.path, true));
                }
            }
            WithTarget::Data(path) => {
                let before = env.document(path);
                relaxed.push(shared.relaxed(path, false));
                let value = value_type(shared, env, &with.value);
                let ty = if before.is_unknown() || value.is_unknown() { Type::Any } else { before.or(&value) };
                replaced.put(path, if ty.is_unknown() { Type::Any } else { ty });
            }
        }
    }
    relaxed.into_iter().flatten().for_each(|overlay| env.push_overlay(overlay));
    // Innermost, so that a replaced document keeps the type of its replacement even if it depends on another replaced one.
    if !replaced.is_empty() {
        env.push_overlay(Rc::new(replaced));
    }
}

fn value_type(shared: &Shared<'_>, env: &Env<'_>, value: &WithValue) -> Type {
    match value {
        WithValue::Term(term) | WithValue::Document(term) => env.term(term),
        WithValue::Callee(callee) => call::function_type(shared, env, callee),
    }
}

/// Functions that stand in for functions must take the same arguments.
pub(super) fn check(shared: &Shared<'_>, env: &Env<'_>, withs: &[With]) -> Option<Diagnostic> {
    withs.iter().find_map(|with| {
        let (WithTarget::Callee(target), WithValue::Callee(value)) = (&with.target, &with.value) else { return None };
        let want = call::function_type(shared, env, target);
        let have = call::function_type(shared, env, value);
        if shared.unifier.fits(&want, &have) {
            return None;
        }
        let (Type::Function(want), Type::Function(have)) = (want, have) else { return None };
        let have: Vec<Type> = have.params.iter().map(|p| p.ty.clone()).collect();
        Some(explain::arguments(with.span, &call::name(shared, target), "arity mismatch", &have, &want, false))
    })
}
