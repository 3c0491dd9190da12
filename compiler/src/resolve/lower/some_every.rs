//! `some … in` and `every`.

use super::locals::Occurrence;
use super::names::{Parts, pattern_names};
use super::{Lowerer, var_term, written};
use crate::hir::{Literal, LiteralKind, VarId};
use crate::source::Span;
use crate::syntax::ast::{self, TermKind as Ast};

/// What a pattern can bind when it is matched with an element.
const BOUND: Parts = Parts { ref_heads: false, object_keys: false, closures: false };
/// What the domain needs.
const NEEDED: Parts = Parts { ref_heads: true, object_keys: true, closures: false };
/// Everything in a key pattern except where references start.
const IN_KEY: Parts = Parts { ref_heads: false, object_keys: true, closures: true };

impl<'a> Lowerer<'a, '_> {
    /// `some k, v in xs`.
    pub(super) fn some_in(&mut self, literal: &'a ast::Literal, some: &'a ast::SomeIn, out: &mut Vec<Literal>) {
        if !self.declare_some(literal.span, some) {
            return;
        }
        let mut support = Vec::new();
        let value = self.term(&some.value, &mut support);
        let domain = self.term(&some.domain, &mut support);
        let domain = self.domain(domain, &mut support);
        let key = some.key.as_ref().map(|key| self.term(key, &mut support));
        let with = self.attach_with(literal, &mut support, out);
        out.append(&mut support);
        out.push(Literal { with, ..written(LiteralKind::Iterate { key, value, domain }, literal.span) });
    }

    /// Declares the variables of the patterns; false after an error.
    fn declare_some(&mut self, at: Span, some: &'a ast::SomeIn) -> bool {
        let mut needed = Vec::new();
        pattern_names(&some.domain, NEEDED, &mut |name, _| needed.push(name));
        let patterns = || some.key.iter().chain([&some.value]);
        let mut both = Vec::new();
        for pattern in patterns() {
            pattern_names(pattern, BOUND, &mut |name, wildcard| {
                if !wildcard && needed.contains(&name) && !both.contains(&name) {
                    both.push(name);
                }
            });
        }
        both.sort_unstable();
        if !both.is_empty() {
            for name in both {
                self.declaration_error(at, format!("var {name} assigned before"));
            }
            return false;
        }
        let mut names: Vec<&'a str> = Vec::new();
        if let Some(key) = &some.key {
            pattern_names(key, IN_KEY, &mut |name, _| names.push(name));
        }
        if matches!(some.value.kind, Ast::Var(_) | Ast::Array(_) | Ast::Object(_)) {
            pattern_names(&some.value, BOUND, &mut |name, _| names.push(name));
        }
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !needed.contains(name));
        for name in names {
            let Some(var) = patterns().find_map(|p| find_var(p, name)) else { continue };
            if self.declare(var, Occurrence::Declared, at, at).is_none() {
                return false;
            }
        }
        true
    }

    /// `every k, v in xs { … }`.
    pub(super) fn every(&mut self, literal: &'a ast::Literal, every: &'a ast::Every, out: &mut Vec<Literal>) {
        // The names hide rules in the domain, too, although they are not bound there.
        self.ignore.push(every.key.iter().chain([&every.value]).map(|v| &*v.name).collect());
        let mut support = Vec::new();
        let domain = self.term(&every.domain, &mut support);
        let span = domain.span;
        let domain = var_term(self.bind(domain, &mut support), span);
        let with = self.attach_with(literal, &mut support, out);
        out.append(&mut support);

        self.locals.push();
        let key = every.key.as_ref().map(|var| self.every_var(var, literal.span));
        let value = match key {
            Some(None) => None,
            _ => self.every_var(&every.value, literal.span),
        };
        if let Some(value) = value {
            let body = self.body(&every.body, &|_| false);
            let kind = LiteralKind::Every { key: key.flatten(), value, domain, body };
            out.push(Literal { with, ..written(kind, literal.span) });
        }
        self.locals.pop();
        self.ignore.pop();
    }

    fn every_var(&mut self, var: &'a ast::Var, at: Span) -> Option<VarId> {
        if var.wildcard {
            return Some(self.written_var(var));
        }
        self.declare(var, Occurrence::Declared, at, at)
    }
}

/// A variable of this name in the parts that a pattern can bind.
fn find_var<'a>(term: &'a ast::Term, name: &str) -> Option<&'a ast::Var> {
    match &term.kind {
        Ast::Var(var) => (&*var.name == name).then_some(var),
        Ast::Array(items) | Ast::Set(items) => items.iter().find_map(|t| find_var(t, name)),
        Ast::Object(entries) => entries.iter().find_map(|(k, v)| find_var(k, name).or_else(|| find_var(v, name))),
        Ast::Ref(r) => r.path.iter().find_map(|a| find_var(&a.term, name)),
        Ast::Call(c) => c.args.iter().find_map(|t| find_var(t, name)),
        _ => None,
    }
}
