//! Rules that cannot stand together, as far as heads tell.

use writ_value::Value;

use super::index::{Index, Place, RuleEntry};
use super::report::{Reports, Stage};
use super::text;
use crate::diag::{Code, Diagnostic};
use crate::hir::{Rule, Scope, Term, TermKind};
use crate::source::{SourceMap, Span};

/// Checks all rules against each other and against packages. `lowered` are the rules of `index` in its order.
pub(super) fn check(index: &Index<'_>, lowered: &[Rule], sources: &SourceMap, reports: &mut Reports) {
    let checker = Checker { index, lowered, sources };
    let mut open = vec![&index.root];
    while let Some(place) = open.pop() {
        if let Some(diagnostic) = checker.place(place) {
            reports.error(Stage::Conflicts, diagnostic);
        }
        open.extend(place.children.values().rev());
    }
    checker.packages(reports);
}

struct Checker<'c, 'a> {
    index: &'c Index<'a>,
    lowered: &'c [Rule],
    sources: &'c SourceMap,
}

impl Checker<'_, '_> {
    fn entry(&self, rule: usize) -> Option<&RuleEntry<'_>> {
        self.index.rules.get(rule)
    }

    /// The first conflict of the rules at one place.
    fn place(&self, place: &Place) -> Option<Diagnostic> {
        let first = self.entry(*place.rules.first()?)?;
        let name = self.name(*place.rules.last()?);
        let entries: Vec<&RuleEntry<'_>> = place.rules.iter().filter_map(|r| self.entry(*r)).collect();
        if let Some(inside) = self.inside(place, &entries) {
            let message = format!("rule {name} conflicts with:{inside}");
            return Some(Diagnostic::error(Code::Type, first.rule.span, message));
        }
        let any = |f: &dyn Fn(&RuleEntry<'_>) -> bool| entries.iter().any(|e| f(e));
        let mixed = |f: &dyn Fn(&RuleEntry<'_>) -> bool| any(f) && any(&|e| !f(e));
        let complete = |e: &RuleEntry<'_>| !e.is_set() && !e.dynamic;
        if mixed(&|e| e.is_set())
            || entries.iter().any(|e| e.arity() != first.arity())
            || mixed(&complete)
            || (any(&|e| e.is_set() && !e.dynamic) && any(&|e| e.is_set() && e.dynamic))
        {
            let message = format!("conflicting rules {name} found");
            return Some(Diagnostic::error(Code::Type, first.rule.span, message));
        }
        if let Some(function) = entries.iter().find(|e| e.dynamic && e.arity() > 0) {
            // OPA accepts it, but there is no way to call it, and reading what is around it fails.
            let message = format!("function {name} has variables in its path, so that it cannot be called");
            return Some(Diagnostic::error(Code::Type, function.rule.span, message));
        }
        let defaults: Vec<&&RuleEntry<'_>> = entries.iter().filter(|e| e.rule.default).collect();
        let [default, _, ..] = defaults[..] else { return None };
        let places: Vec<String> = defaults.iter().map(|e| text::place(self.sources, e.rule.span)).collect();
        let message = format!("multiple default rules {name} found at {}", places.join(", "));
        let package = self.index.modules.get(default.module).map_or(default.rule.span, |m| m.package.span);
        let mut diagnostic = Diagnostic::error(Code::Type, package, message);
        for other in defaults {
            diagnostic = diagnostic.with_label(other.rule.span, "a default is given here");
        }
        Some(diagnostic)
    }

    /// Rules below a complete value, or functions below an object with variable keys.
    fn inside(&self, place: &Place, entries: &[&RuleEntry<'_>]) -> Option<String> {
        if place.children.is_empty() {
            return None;
        }
        let all_below = entries.iter().any(|e| !e.dynamic);
        let mut found: Vec<(Vec<Value>, usize)> = Vec::new();
        for child in place.children.values() {
            child.each_rule(&mut |rule| {
                if let Some(entry) = self.entry(rule)
                    && (all_below || entry.arity() > 0)
                {
                    found.push((entry.path.clone(), rule));
                }
            });
        }
        if found.is_empty() {
            return None;
        }
        found.sort();
        // Of rules below each other only the outermost is named.
        let mut shown: Vec<&(Vec<Value>, usize)> = Vec::new();
        for rule in &found {
            let below = |outer: &&(Vec<Value>, usize)| {
                rule.0.starts_with(&outer.0) && self.entry(outer.1).is_some_and(|e| !e.dynamic || e.path == rule.0)
            };
            if !shown.last().is_some_and(below) {
                shown.push(rule);
            }
        }
        let lines = shown.iter().map(|(_, rule)| {
            let span = self.entry(*rule).map_or_else(Span::default, |e| e.rule.span);
            format!("\n  rule {} at {}", self.name(*rule), text::place(self.sources, span))
        });
        Some(lines.collect())
    }

    /// The whole reference of a rule, e.g. `data.t.p[x]`.
    fn name(&self, rule: usize) -> String {
        let Some(entry) = self.entry(rule) else { return String::new() };
        let mut name = text::data_path(&entry.path);
        if let Some(lowered) = self.lowered.get(rule)
            && let Some(branch) = lowered.branches.first()
        {
            branch.suffix.iter().for_each(|step| push_term(&mut name, step, &lowered.scope));
        }
        name
    }

    /// A package at a place where another package has a rule.
    fn packages(&self, reports: &mut Reports) {
        for entry in self.index.rules.iter().filter(|e| !e.dynamic) {
            let Some(place) = self.index.root.find(&entry.path) else { continue };
            for module in &place.modules {
                let (Some(other), Some(own)) = (self.index.modules.get(*module), self.index.modules.get(entry.module))
                else {
                    continue;
                };
                let rule = entry.path.get(own.package.path.len()..).unwrap_or_default();
                let message = format!(
                    "package {} conflicts with rule {} defined at {}",
                    text::names(&other.package.path),
                    text::relative_path(rule),
                    text::place(self.sources, entry.rule.span)
                );
                let diagnostic = Diagnostic::error(Code::Type, own.package.span, message)
                    .with_label(entry.rule.span, "the rule")
                    .with_label(other.package.span, "the package");
                reports.error(Stage::Conflicts, diagnostic);
            }
        }
    }
}

/// Appends a step that may be a variable.
pub(super) fn push_term(out: &mut String, step: &Term, scope: &Scope) {
    match &step.kind {
        TermKind::Const(value) => text::push_step(out, value),
        TermKind::Var(var) => {
            let name = scope.vars.get(var.0 as usize).map_or("_", |v| &*v.name);
            out.push_str(&format!("[{name}]"));
        }
        _ => out.push_str("[_]"),
    }
}
