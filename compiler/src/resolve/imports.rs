//! Imports, and the names `input` and `data`.

use rustc_hash::FxHashMap;

use super::lower::Globals;
use super::report::{Reports, Stage};
use super::{ResolveOptions, text};
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{self, RegoVersion};
use crate::syntax::ast_util::{Visitor, walk_literal, walk_rule};

/// Checks imports and reserved names of all modules; `globals` must have been used by all rules before.
pub(super) fn check(modules: &[ast::Module], globals: &[Globals<'_>], options: &ResolveOptions, reports: &mut Reports) {
    for (module, globals) in modules.iter().zip(globals) {
        if options.strict {
            report_unused(module, globals, reports);
        }
        if options.strict || module.version >= RegoVersion::V1 {
            report_duplicates(module, reports);
            report_reserved(module, reports);
        }
    }
}

fn report_unused(module: &ast::Module, globals: &Globals<'_>, reports: &mut Reports) {
    for import in module.imports.iter().filter(|i| i.is_document()) {
        if globals.get(import.name()).is_some_and(|g| !g.used.get()) {
            let message = format!("{} unused", text::import(import));
            reports.note(Stage::Imports, Diagnostic::error(Code::Compile, import.span, message));
        }
    }
}

fn report_duplicates(module: &ast::Module, reports: &mut Reports) {
    let mut first: FxHashMap<&str, &ast::Import> = FxHashMap::default();
    for import in &module.imports {
        match first.get(import.name()) {
            Some(earlier) => {
                let message = format!("import must not shadow {}", text::import(earlier));
                let diagnostic = Diagnostic::error(Code::Compile, import.span, message)
                    .with_label(earlier.span, "the name is taken here");
                reports.note(Stage::Imports, diagnostic);
            }
            None => {
                first.insert(import.name(), import);
            }
        }
    }
}

fn report_reserved(module: &ast::Module, reports: &mut Reports) {
    struct Assignments<'r>(&'r mut Reports);
    impl Visitor for Assignments<'_> {
        fn literal(&mut self, literal: &ast::Literal) {
            if let ast::LiteralKind::Expr(term) = &literal.kind
                && let Some(call) = term.as_call().filter(|c| c.function.is_named("assign"))
                && let Some(name) = call.args.first().and_then(reserved)
            {
                let message = format!("variables must not shadow {name} (use a different variable name)");
                self.0.note(Stage::Imports, Diagnostic::error(Code::Compile, literal.span, message));
            }
            walk_literal(self, literal);
        }
    }
    for rule in &module.rules {
        if let Some(name @ ("input" | "data")) = rule.head.reference.head_name() {
            let message = format!("rules must not shadow {name} (use a different rule name)");
            reports.note(Stage::Imports, Diagnostic::error(Code::Compile, rule.span, message));
        }
        for arg in rule.head.args.iter().flatten() {
            if let Some(name) = reserved(arg) {
                let message = format!("args must not shadow {name} (use a different variable name)");
                reports.note(Stage::Imports, Diagnostic::error(Code::Compile, arg.span, message));
            }
        }
        walk_rule(&mut Assignments(reports), rule);
    }
}

/// `input` or `data`, bare.
fn reserved(term: &ast::Term) -> Option<&str> {
    let r = term.as_ref_term().filter(|r| r.path.is_empty())?;
    r.head_name().filter(|name| matches!(*name, "input" | "data"))
}
