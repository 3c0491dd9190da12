//! Callees: whether they exist, and whether they get as many arguments as they take.
//!
//! A stage of its own, before types: without the function there is nothing to say about what its call yields.

use super::env::Env;
use super::explain;
use super::tree::TypeTree;
use super::visit::{self, Visitor};
use super::{Shared, call};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Callee, GroupKind, Literal, LiteralKind, Term};
use crate::source::Span;
use crate::types::{Function, Type};

/// One error per call.
pub(super) fn check(shared: &Shared<'_>) -> Vec<Diagnostic> {
    let mut calls = Calls { shared, unknown: TypeTree::new(), found: Vec::new() };
    for group in &shared.program.groups {
        if let Some(default) = &group.default {
            visit::body(&default.body, &mut calls);
            visit::term(&default.value, &mut calls);
        }
        for rule in &group.rules {
            rule.params.iter().for_each(|t| visit::term(t, &mut calls));
            for branch in &rule.branches {
                visit::body(&branch.body, &mut calls);
                let (crate::hir::Head::Value(head) | crate::hir::Head::Member(head)) = &branch.head;
                branch.suffix.iter().chain([head]).for_each(|t| visit::term(t, &mut calls));
            }
        }
    }
    for query in &shared.program.queries {
        visit::body(&query.body, &mut calls);
    }
    calls.found.truncate(super::MAX_ERRORS);
    calls.found
}

struct Calls<'c, 'p> {
    shared: &'c Shared<'p>,
    /// Nothing is known of documents at this stage.
    unknown: TypeTree,
    found: Vec<Diagnostic>,
}

impl<'p> Visitor<'p> for Calls<'_, 'p> {
    fn literal(&mut self, literal: &'p Literal) -> bool {
        if let LiteralKind::Call { callee, args, out } = &literal.kind {
            let error = match callee {
                Callee::Builtin(name) => self.builtin(name, args, out.as_ref(), literal.span),
                Callee::Group(_) => self.function(callee, args.len(), literal.span),
            };
            self.found.extend(error);
        }
        true
    }
}

impl Calls<'_, '_> {
    fn builtin(&self, name: &str, args: &[Term], out: Option<&Term>, span: Span) -> Option<Diagnostic> {
        let Some(Type::Function(function)) = self.shared.builtin(name) else {
            return Some(undefined_function(span, name));
        };
        let n = args.len();
        if n == function.arity() || (function.variadic.is_some() && n > function.arity()) {
            return None;
        }
        let env = Env::new(&self.unknown, 0);
        let have: Vec<Type> = args.iter().chain(out).map(|t| env.term(t)).collect();
        Some(builtin_arity(span, name, &have, &function))
    }

    fn function(&self, callee: &Callee, n_args: usize, span: Span) -> Option<Diagnostic> {
        let Callee::Group(id) = callee else { return None };
        let group = self.shared.program.groups.get(id.0 as usize)?;
        let arity = match group.kind {
            GroupKind::Function { arity } => arity,
            // A document counts as a function without parameters; calling it so is an error of types.
            GroupKind::Complete | GroupKind::Set | GroupKind::Object => 0,
        };
        let name = call::name(self.shared, callee);
        (n_args != arity).then(|| function_arity(span, &name, arity, n_args))
    }
}

/// A call of something that is no function.
pub fn undefined_function(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(Code::Type, span, format!("undefined function {name}"))
}

/// A built-in called with the wrong number of arguments. `have` are the types of the arguments.
pub fn builtin_arity(span: Span, name: &str, have: &[Type], want: &Function) -> Diagnostic {
    explain::arguments(span, name, "arity mismatch", have, want, false)
}

/// A function of rules called with the wrong number of arguments.
pub fn function_arity(span: Span, name: &str, arity: usize, n_args: usize) -> Diagnostic {
    let plural = if n_args == 1 { "" } else { "s" };
    Diagnostic::error(Code::Type, span, format!("function {name} has arity {arity}, got {n_args} argument{plural}"))
}
