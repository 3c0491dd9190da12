//! Name resolution, rewriting, safety: from syntax trees to [`hir::Program`].
//!
//! ```text
//!   modules ─▶ index (rules by path) ─▶ lower (names, calls out of terms) ─▶ capture checks ─▶ split (one variable per scope)
//!           ─▶ conflicts ─▶ safety (order of literals) ─▶ hoist ─▶ groups ─▶ Program
//! ```
//!
//! Left to [`crate::check`]: unknown callees, numbers of arguments, recursion, types.
//!
//! Messages, their codes and places are OPA's, and so is what hides what: see [`report`].

pub(crate) mod annotations;
mod captures;
mod conflicts;
mod groups;
mod hoist;
mod imports;
mod index;
mod lower;
mod query;
mod report;
mod safety;
mod split;
pub(crate) mod text;

#[cfg(test)]
mod tests;

use crate::builtins::Vocabulary;
use crate::diag::Diagnostic;
use crate::hir;
use crate::source::SourceMap;
use crate::syntax::ast;

use self::index::Index;
use self::lower::{Context, Globals, Lowerer};
use self::report::{Reports, Stage};

/// How to resolve.
#[derive(Debug, Clone, Default)]
pub struct ResolveOptions {
    /// Also refuse unused names, and in v0 modules what v1 refuses (`opa check --strict`).
    pub strict: bool,
    /// Keep `print` calls. Otherwise they are erased.
    pub prints: bool,
    /// The built-ins that names may mean.
    pub vocabulary: Vocabulary,
}

/// A query with what its names mean.
#[derive(Debug, Clone)]
pub struct QuerySource {
    /// Name of its entrypoint.
    pub name: String,
    /// The literals.
    pub body: ast::Body,
    /// The package whose rules it can name without path, such as `data.authz`.
    pub package: Option<String>,
    /// Imports that it can use, such as `data.users as people`.
    pub imports: Vec<String>,
}

/// Resolves all modules of one compilation together, and queries in their context.
///
/// Gives as much of the program as makes sense, and all findings in order of place. With [`hir::Program::incomplete`] set,
/// later checks must not run. `sources` are for messages that name a place and for the texts of query expressions. Limits:
/// what the parser accepts, and 256 parts in the path of a rule. Cost: about linear in the size of the sources.
pub fn resolve(
    modules: &[ast::Module],
    queries: &[QuerySource],
    sources: &SourceMap,
    options: &ResolveOptions,
) -> (hir::Program, Vec<Diagnostic>) {
    let mut reports = Reports::default();
    let cx = Context {
        index: Index::new(modules),
        sources,
        vocabulary: &options.vocabulary,
        strict: options.strict,
        prints: options.prints,
    };
    cx.index.report_limits(&mut reports);
    let metadata = annotations::Annotations::new(&cx.index, sources, &mut reports);
    let globals: Vec<Globals<'_>> =
        modules.iter().map(|m| Globals::new(&cx.index, Some(&m.package), &m.imports)).collect();

    let mut lowered = Vec::with_capacity(cx.index.rules.len());
    for entry in &cx.index.rules {
        let rule_metadata = metadata.of_rule(&cx.index, entry);
        if let Some(globals) = globals.get(entry.module) {
            let mut rule = Lowerer::new(&cx, globals, &mut reports).rule(entry, rule_metadata.as_ref());
            captures::check_rule(&rule, &mut reports);
            split::split_rule(&mut rule);
            lowered.push(rule.rule);
        }
    }
    let contexts: Vec<query::QueryContext> = queries.iter().map(|q| query::context(q, &mut reports)).collect();
    let mut lowered_queries: Vec<query::PendingQuery> =
        contexts.iter().zip(queries).map(|(context, q)| query::lower(&cx, context, q, &mut reports)).collect();
    imports::check(modules, &globals, options, &mut reports);
    conflicts::check(&cx.index, &lowered, sources, &mut reports);

    let scopes = safety::RuleScopes::new(&cx.index, sources);
    if !reports.is_hidden(Stage::SafeHeads) {
        for (entry, rule) in cx.index.rules.iter().zip(&mut lowered) {
            safety::check_rule(rule, &|span| scopes.label(&cx.index, entry, span), &mut reports);
            hoist::hoist_rule(rule);
        }
        for query in &mut lowered_queries {
            safety::check_query(&mut query.query, &mut reports);
            hoist::hoist_query(&mut query.query);
            query.finish(sources);
        }
    }
    let mut program = groups::build(&cx.index, lowered);
    program.queries = lowered_queries.into_iter().map(|q| q.query).collect();
    program.entrypoints = metadata.entrypoints();
    program.vocabulary = options.vocabulary.clone();
    let (diagnostics, incomplete) = reports.finish();
    program.incomplete = incomplete;
    (program, diagnostics)
}
