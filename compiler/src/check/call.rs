//! Calls: the arguments against the signature, the result against what receives it.

use super::Shared;
use super::env::Env;
use super::explain;
use super::functions::undefined_function;
use super::text;
use super::unify::Unifier;
use crate::diag::Diagnostic;
use crate::hir::{Callee, Term, TermKind};
use crate::source::Span;
use crate::types::{Function, Type};

/// An error, and whether it comes from a term whose type is not known.
pub(super) struct CallError {
    pub diagnostic: Diagnostic,
    pub for_want_of_type: bool,
}

/// A call with what is around it.
#[derive(Debug)]
pub(super) struct Call<'l> {
    pub callee: &'l Callee,
    pub args: &'l [Term],
    pub out: Option<&'l Term>,
    pub span: Span,
    /// A part of the literal was reported already.
    pub parts_failed: bool,
    /// There were errors in comprehensions of the literal.
    pub closures_failed: bool,
}

/// Name of a function for messages.
pub(super) fn name(shared: &Shared<'_>, callee: &Callee) -> String {
    match callee {
        Callee::Builtin(name) => name.clone(),
        Callee::Group(id) => {
            shared.program.groups.get(id.0 as usize).map_or_else(String::new, |group| text::path(&group.path))
        }
    }
}

/// Type of a function; `Any` if it is known to exist but not what it takes.
pub(super) fn function_type(shared: &Shared<'_>, env: &Env<'_>, callee: &Callee) -> Type {
    match callee {
        Callee::Builtin(name) => shared.builtin(name).unwrap_or_default(),
        Callee::Group(id) => match shared.program.groups.get(id.0 as usize) {
            Some(group) => env.document(&group.path),
            None => Type::Unknown,
        },
    }
}

impl Call<'_> {
    pub(super) fn check(&self, shared: &Shared<'_>, env: &mut Env<'_>, ty: &Type) -> Option<CallError> {
        let function = match ty {
            Type::Any => return None,
            Type::Function(function) => function,
            _ => return Some(self.undefined(shared)),
        };
        let operands: Vec<&Term> = self.args.iter().chain(self.out).collect();
        let before: Vec<Type> = operands.iter().map(|t| env.term(t)).collect();
        for (i, (operand, have)) in operands.iter().zip(&before).enumerate() {
            // A part that failed by itself has no type; the others may still tell something.
            if self.parts_failed && have.is_unknown() && !matches!(operand.kind, TermKind::Var(_)) {
                continue;
            }
            let Some(want) = function.argument_or_result(i) else { continue };
            if !have.has_unknown() && !shared.unifier.fits(have, want) {
                return Some(self.invalid(shared, &before, function));
            }
            if !shared.unifier.assign(env, operand, want, false) {
                let after: Vec<Type> = operands.iter().map(|t| env.term(t)).collect();
                return Some(self.invalid(shared, &after, function));
            }
        }
        None
    }

    fn undefined(&self, shared: &Shared<'_>) -> CallError {
        let diagnostic = undefined_function(self.span, &name(shared, self.callee));
        CallError { diagnostic, for_want_of_type: false }
    }

    fn invalid(&self, shared: &Shared<'_>, have: &[Type], want: &Function) -> CallError {
        CallError {
            diagnostic: explain::arguments(
                self.span,
                &name(shared, self.callee),
                "invalid argument(s)",
                have,
                want,
                true,
            ),
            // What receives the result need not have a type yet; as in OPA it counts beside a comprehension that failed.
            for_want_of_type: match self.closures_failed {
                true => have.iter().any(Type::has_unknown),
                false => have.iter().take(self.args.len()).any(Type::has_unknown),
            },
        }
    }
}

/// `x in xs` and `k, v in xs`: the operands must be able to equal a key or value of the collection.
pub(super) fn membership(
    unifier: &Unifier,
    env: &mut Env<'_>,
    name: &str,
    args: &[Term],
    span: Span,
) -> Option<CallError> {
    let (key, value, collection) = match (name, args) {
        ("internal.member_2", [value, collection]) => (None, value, collection),
        ("internal.member_3", [key, value, collection]) => (Some(key), value, collection),
        _ => return None,
    };
    let collection = env.term(collection);
    let values = collection.values();
    if values.is_unknown() {
        return None;
    }
    if let Some(key) = key
        && let Some(error) = member(unifier, env, key, &collection.keys(), span)
    {
        return Some(error);
    }
    member(unifier, env, value, &values, span)
}

fn member(unifier: &Unifier, env: &mut Env<'_>, term: &Term, want: &Type, span: Span) -> Option<CallError> {
    if want.has_unknown() {
        return None;
    }
    let have = env.term(term);
    if (!have.has_unknown() && !unifier.fits(&have, want)) || !unifier.assign(env, term, want, false) {
        let for_want_of_type = have.has_unknown();
        return Some(CallError { diagnostic: explain::mismatch(span, &have, want), for_want_of_type });
    }
    None
}
