//! Variables in template strings and arguments of `print`: something else must bind them.

use rustc_hash::FxHashMap;

use super::lower::{Capture, LoweredRule};
use super::report::{Reports, Stage};
use super::safety;
use crate::diag::{Code, Diagnostic};
use crate::hir::walk::{Closure, closures, direct_terms, direct_vars, term_closures, term_vars};
use crate::hir::{Callee, Literal, LiteralKind, Scope, Term, TermKind, VarId};

/// Reports variables in captures of a rule that its bodies do not bind.
pub(super) fn check_rule(rule: &LoweredRule, reports: &mut Reports) {
    if rule.captures.is_empty() {
        return;
    }
    let mut checker = Checker::new(&rule.rule.scope, &rule.captures, reports);
    for param in &rule.rule.params {
        term_vars(param, &mut |v, _| checker.mark(v));
    }
    for branch in &rule.rule.branches {
        checker.body(&branch.body);
    }
}

/// As [`check_rule`], for the body of a query.
pub(super) fn check_body(body: &[Literal], scope: &Scope, captures: &FxHashMap<VarId, Capture>, reports: &mut Reports) {
    if !captures.is_empty() {
        Checker::new(scope, captures, reports).body(body);
    }
}

struct Checker<'c> {
    scope: &'c Scope,
    captures: &'c FxHashMap<VarId, Capture>,
    reports: &'c mut Reports,
    safe: Vec<bool>,
    trail: Vec<VarId>,
    errors: usize,
}

impl<'c> Checker<'c> {
    fn new(scope: &'c Scope, captures: &'c FxHashMap<VarId, Capture>, reports: &'c mut Reports) -> Self {
        Checker { scope, captures, reports, safe: vec![false; scope.vars.len()], trail: Vec::new(), errors: 0 }
    }

    fn is_safe(&self, var: VarId) -> bool {
        self.safe.get(var.0 as usize).copied().unwrap_or(false)
    }

    fn mark(&mut self, var: VarId) {
        if let Some(slot) = self.safe.get_mut(var.0 as usize)
            && !std::mem::replace(slot, true)
        {
            self.trail.push(var);
        }
    }

    /// What the literals bind, in the order written, counts for all template strings and for later prints.
    fn body(&mut self, body: &[Literal]) {
        let start = self.trail.len();
        let mut print_failed = false;
        for literal in body {
            if is_print(literal) && !print_failed {
                let before = self.errors;
                self.literal(literal);
                print_failed = self.errors > before;
            }
            let mut bound = Vec::new();
            safety::literal_outputs(literal, &|v| self.is_safe(v), &mut bound);
            bound.into_iter().for_each(|v| self.mark(v));
        }
        body.iter().filter(|l| !is_print(l)).for_each(|l| self.literal(l));
        for var in self.trail.drain(start..) {
            if let Some(slot) = self.safe.get_mut(var.0 as usize) {
                *slot = false;
            }
        }
    }

    fn literal(&mut self, literal: &Literal) {
        let mut found = Vec::new();
        closures(literal, &mut |closure| found.push(closure));
        found.into_iter().for_each(|closure| self.closure(closure));
    }

    fn closure(&mut self, closure: Closure<'_>) {
        match closure {
            Closure::Compr(heads, body) => {
                if let [Term { kind: TermKind::Var(var), .. }] = heads[..]
                    && let Some(capture) = self.captures.get(var)
                {
                    self.capture(*capture, body);
                } else {
                    self.body(body);
                }
            }
            Closure::Every(key, value, body) => {
                key.into_iter().chain([value]).for_each(|v| self.mark(v));
                self.body(body);
            }
            Closure::Body(body) => self.body(body),
        }
    }

    fn capture(&mut self, capture: Capture, body: &[Literal]) {
        let Some(last) = body.last() else { return };
        let stage = match capture {
            Capture::Template => Stage::Templates,
            Capture::Print => Stage::Print,
        };
        let mut names: Vec<&str> = Vec::new();
        for literal in body {
            direct_vars(literal, &mut |v, _| {
                if let Some(var) = self.scope.vars.get(v.0 as usize)
                    && (!var.generated || var.name == "_")
                    && !self.is_safe(v)
                {
                    names.push(&var.name);
                }
            });
        }
        names.sort_unstable();
        names.dedup();
        for name in names {
            self.errors += 1;
            let message = format!("var {name} is undeclared");
            self.reports.error(stage, Diagnostic::error(Code::Compile, last.span, message));
        }
        for literal in body {
            direct_terms(literal, &mut |term| {
                let mut found = Vec::new();
                term_closures(term, &mut |c| found.push(c));
                found.into_iter().for_each(|c| self.closure(c));
            });
        }
    }
}

fn is_print(literal: &Literal) -> bool {
    matches!(&literal.kind, LiteralKind::Call { callee: Callee::Builtin(name), .. } if name == "internal.print")
}
