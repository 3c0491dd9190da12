//! Calls: finding the callee, and taking calls out of terms.

use writ_value::Value;

use super::{Lowerer, constant_term, generated, var_term};
use crate::builtins::Known;
use crate::diag::Code;
use crate::hir::{Callee, GroupId, Literal, LiteralKind, Term};
use crate::resolve::report::Stage;
use crate::resolve::text;
use crate::source::Span;
use crate::syntax::ast::{self, TermKind as Ast};
use crate::syntax::constant;

/// What a callee's name stands for.
#[derive(Debug)]
pub(super) enum Target<'a> {
    /// A built-in.
    Builtin(Known<'a>),
    /// Rules; `None` for rules without parameters.
    Rules(GroupId, Option<usize>),
    /// Nothing.
    Unknown,
    /// A local, which is no function.
    Shadowed,
}

impl<'a> Lowerer<'a, '_> {
    /// A call as a statement: a comparison, a condition, or with an output argument.
    pub(super) fn call_statement(
        &mut self,
        literal: &'a ast::Literal,
        call: &'a ast::Call,
        out: &mut Vec<Literal>,
    ) -> Option<LiteralKind> {
        if call.is("eq", 2)
            && let [left, right] = &call.args[..]
        {
            return Some(LiteralKind::Unify(self.term(left, out), self.term(right, out)));
        }
        let (target, name) = self.callee(&call.function);
        if let Target::Builtin(builtin) = &target {
            if builtin.name == "print" {
                return self.print(call, literal.span);
            }
            if let Some(value) = self.metadata_value(builtin.name) {
                return Some(match call.args.first() {
                    Some(arg) => {
                        let arg = self.term(arg, out);
                        LiteralKind::Unify(arg, constant_term(value, literal.span))
                    }
                    None => LiteralKind::Term(constant_term(value, literal.span)),
                });
            }
        }
        let mut args = self.terms(&call.args, out);
        let arity = self.check_call(&target, &name, args.len(), true, literal.span);
        let result = if arity.is_some_and(|n| args.len() == n + 1) { args.pop() } else { None };
        Some(LiteralKind::Call { callee: to_callee(target, name), args, out: result })
    }

    /// A call inside a term: a literal appended to `out`, and a variable for its result.
    pub(super) fn nested_call(&mut self, call: &'a ast::Call, span: Span, out: &mut Vec<Literal>) -> Term {
        let (target, name) = self.callee(&call.function);
        match &target {
            Target::Shadowed => {
                self.declaration_error(span, format!("called function {name} shadowed"));
            }
            Target::Builtin(builtin) if builtin.is_void() => {
                let message = format!("{} used as value", self.cx.sources.text(span));
                self.error(Stage::VoidCalls, Code::Type, span, message);
            }
            Target::Builtin(builtin) => {
                if let Some(value) = self.metadata_value(builtin.name) {
                    return constant_term(value, span);
                }
            }
            _ => {}
        }
        let args = self.terms(&call.args, out);
        self.check_call(&target, &name, args.len(), false, span);
        let result = self.temporary(span);
        let callee = match to_callee(target, name) {
            // Unification as a value is comparison: both sides are known by then.
            Callee::Builtin(name) if name == "eq" => Callee::Builtin("equal".to_owned()),
            callee => callee,
        };
        out.push(generated(LiteralKind::Call { callee, args, out: Some(var_term(result, span)) }, span));
        var_term(result, span)
    }

    /// What the callee stands for, and its name for messages.
    pub(super) fn callee(&mut self, function: &'a ast::Ref) -> (Target<'a>, String) {
        let Ast::Var(head) = &function.head.kind else { return (Target::Unknown, text::reference(function)) };
        if let Some(global) = self.global(&head.name) {
            let Some(rest) = constant_steps(function) else { return (Target::Unknown, text::reference(function)) };
            let path: Vec<Value> = global.path.iter().cloned().chain(rest).collect();
            if global.input {
                return (Target::Unknown, text::data_path(&path).replacen("data", "input", 1));
            }
            return self.rules_target(path);
        }
        if let Some(entry) = self.locals.find(&head.name)
            && entry.var.is_some()
            && (entry.occurrence != super::Occurrence::Seen
                || (!self.is_query && self.cx.vocabulary.lookup(&head.name).is_some()))
        {
            return (Target::Shadowed, text::reference(function));
        }
        if &*head.name == "data" {
            return match constant_steps(function) {
                Some(path) => self.rules_target(path),
                None => (Target::Unknown, text::reference(function)),
            };
        }
        if self.locals.find(&head.name).is_none() {
            self.locals.insert_seen(&head.name, None, head.span);
        }
        let name = text::reference(function);
        match function.dotted().and_then(|dotted| self.cx.vocabulary.lookup(&dotted)) {
            Some(builtin) => (Target::Builtin(builtin), builtin.name.to_owned()),
            None => (Target::Unknown, name),
        }
    }

    fn rules_target(&self, path: Vec<Value>) -> (Target<'a>, String) {
        let name = text::data_path(&path);
        let target = match self.cx.index.rules_at(&path).next() {
            None => Target::Unknown,
            Some(entry) => Target::Rules(entry.group, Some(entry.arity()).filter(|n| *n > 0)),
        };
        (target, name)
    }

    /// The number of parameters, if the callee exists and `given` arguments fit. Otherwise an error is certain, which the
    /// checks report with the types of the arguments.
    fn check_call(
        &mut self,
        target: &Target<'_>,
        name: &str,
        given: usize,
        may_have_output: bool,
        span: Span,
    ) -> Option<usize> {
        let arity = match target {
            Target::Builtin(builtin) => Some(builtin.arity()),
            // Rules without parameters count as a function without any here; that they are none is a matter of types.
            Target::Rules(_, arity) => Some(arity.unwrap_or(0)),
            Target::Unknown => None,
            Target::Shadowed => {
                // The name may be that of a built-in, so that the checks would not notice.
                self.error(Stage::Functions, Code::Type, span, format!("undefined function {name}"));
                return None;
            }
        };
        let fitting = arity.filter(|n| given == *n || (may_have_output && given == n + 1));
        if fitting.is_none() && !self.discarding {
            self.reports.leave_to_checks(Stage::Functions);
        }
        fitting
    }

    fn metadata_value(&self, builtin: &str) -> Option<Value> {
        let metadata = self.metadata?;
        match builtin {
            "rego.metadata.rule" => Some(metadata.rule.clone()),
            "rego.metadata.chain" => Some(metadata.chain.clone()),
            _ => None,
        }
    }
}

fn to_callee(target: Target<'_>, name: String) -> Callee {
    match target {
        Target::Rules(group, _) => Callee::Group(group),
        Target::Builtin(_) | Target::Unknown | Target::Shadowed => Callee::Builtin(name),
    }
}

/// The steps of a reference if all are scalars.
pub(super) fn constant_steps(r: &ast::Ref) -> Option<Vec<Value>> {
    r.path.iter().map(|arg| constant::scalar(&arg.term)).collect()
}
