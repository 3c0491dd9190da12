//! Built-ins that a policy may not call: deprecated ones, and those that the caller calls unsafe.

use std::collections::BTreeSet;

use super::CheckOptions;
use super::visit::{self, Visitor};
use crate::builtins;
use crate::diag::{Code, Diagnostic};
use crate::hir::{Callee, Literal, LiteralKind, Program};
use crate::source::FileId;
use crate::syntax::ast::{self, RegoVersion};

/// One error per call.
pub(super) fn check(program: &Program, modules: &[ast::Module], options: &CheckOptions<'_>) -> Vec<Diagnostic> {
    let v1 = modules.iter().filter(|m| m.version >= RegoVersion::V1);
    let v1_files = v1.map(|m| m.span.file).collect();
    let mut calls = Calls { options, v1_files, unsafe_calls: Vec::new(), deprecated: Vec::new() };
    for group in &program.groups {
        if let Some(default) = &group.default {
            visit::body(&default.body, &mut calls);
            visit::term(&default.value, &mut calls);
        }
        for rule in &group.rules {
            rule.params.iter().for_each(|t| visit::term(t, &mut calls));
            for branch in &rule.branches {
                visit::body(&branch.body, &mut calls);
            }
        }
    }
    for query in &program.queries {
        visit::body(&query.body, &mut calls);
    }
    calls.unsafe_calls.append(&mut calls.deprecated);
    calls.unsafe_calls.truncate(super::MAX_ERRORS);
    calls.unsafe_calls
}

struct Calls<'o, 'a> {
    options: &'o CheckOptions<'a>,
    /// Files in Rego v1, which has no deprecated built-ins.
    v1_files: BTreeSet<FileId>,
    unsafe_calls: Vec<Diagnostic>,
    deprecated: Vec<Diagnostic>,
}

impl<'p> Visitor<'p> for Calls<'_, '_> {
    fn literal(&mut self, literal: &'p Literal) -> bool {
        if let LiteralKind::Call { callee: Callee::Builtin(name), .. } = &literal.kind {
            let error = |problem: &str| {
                let message = format!("{problem} built-in function calls in expression: {name}");
                Diagnostic::error(Code::Type, literal.span, message)
            };
            if self.options.unsafe_builtins.is_some_and(|names| names.contains(name)) {
                self.unsafe_calls.push(error("unsafe"));
            }
            let is_deprecated = builtins::lookup(name).is_some_and(|b| b.deprecated);
            if is_deprecated && (self.options.strict || self.v1_files.contains(&literal.span.file)) {
                self.deprecated.push(error("deprecated"));
            }
        }
        true
    }
}
