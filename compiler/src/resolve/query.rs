//! Ad-hoc queries.

use rustc_hash::FxHashMap;

use super::lower::{Context, Globals, LoweredQuery, Lowerer};
use super::report::{Reports, Stage};
use super::{QuerySource, captures, split};
use crate::diag::{Code, Diagnostic};
use crate::hir::walk::direct_vars;
use crate::hir::{Query, QueryExpression, VarId};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{self, ParseOptions, ast};

/// A query before its literals are in order.
#[derive(Debug)]
pub(super) struct PendingQuery {
    /// The query; bindings and expressions come last.
    pub(super) query: Query,
    values: FxHashMap<Span, VarId>,
}

/// Package and imports of a query, parsed.
#[derive(Debug)]
pub(super) struct QueryContext {
    package: Option<ast::Package>,
    imports: Vec<ast::Import>,
}

/// Parses package and imports of a query.
pub(super) fn context(query: &QuerySource, reports: &mut Reports) -> QueryContext {
    let package = query.package.as_deref().map(|p| p.strip_prefix("data.").unwrap_or(p)).filter(|p| *p != "data");
    let package = package.and_then(|p| parse_alone(&format!("package {p}"), "", reports)).map(|module| module.package);
    let imports = query.imports.iter().filter_map(|import| {
        let module = parse_alone("package query", &format!("import {import}"), reports)?;
        module.imports.into_iter().next()
    });
    QueryContext { package, imports: imports.collect() }
}

/// Parses one package or import of a query, which is nothing else. The text is no file of the compilation, so its findings have no place and name it.
fn parse_alone(package: &str, import: &str, reports: &mut Reports) -> Option<ast::Module> {
    let given = if import.is_empty() { package } else { import };
    let (module, found) =
        syntax::parse_module(FileId(u32::MAX), &format!("{package}\n{import}\n"), &ParseOptions::default());
    let mut report = |code, message: &str| {
        reports.error(Stage::Annotations, Diagnostic::error_without_place(code, format!("`{given}`: {message}")));
    };
    found.iter().for_each(|finding| report(finding.code, &finding.message));
    let module = module?;
    if !module.rules.is_empty() || module.imports.len() != usize::from(!import.is_empty()) {
        report(Code::Parse, "expected one package or import and nothing else");
        return None;
    }
    Some(module)
}

/// Resolves the names of a query.
pub(super) fn lower<'a>(
    cx: &Context<'a>,
    context: &'a QueryContext,
    input: &'a QuerySource,
    reports: &mut Reports,
) -> PendingQuery {
    let globals = Globals::new(&cx.index, context.package.as_ref(), &context.imports);
    let LoweredQuery { mut body, mut scope, values, raw, captures } =
        Lowerer::new(cx, &globals, reports).query(&input.body);
    captures::check_body(&body, &scope, &captures, reports);
    split::split_body(&mut body, &mut scope, &raw);
    let query = Query { name: input.name.to_owned(), body, scope, bindings: Vec::new(), expressions: Vec::new() };
    PendingQuery { query, values }
}

impl PendingQuery {
    /// Says what result rows hold, now that the literals are in order.
    pub(super) fn finish(&mut self, sources: &SourceMap) {
        let query = &mut self.query;
        let mut bound: Vec<VarId> = Vec::new();
        for literal in &query.body {
            direct_vars(literal, &mut |var, _| bound.push(var));
        }
        bound.sort_unstable();
        bound.dedup();
        let named = |var: VarId| query.scope.vars.get(var.0 as usize).filter(|v| !v.generated).map(|v| v.name.clone());
        query.bindings = bound.into_iter().filter_map(|var| Some((named(var)?, var))).collect();
        query.bindings.sort();
        for literal in query.body.iter().filter(|l| !l.origin.generated) {
            query.expressions.push(QueryExpression {
                text: sources.text(literal.span).to_owned(),
                span: literal.span,
                value: self.values.get(&literal.span).copied(),
            });
        }
    }
}
