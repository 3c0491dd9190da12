//! The façade: sources and what is asked of them in, a module and diagnostics out.
//!
//! ```text
//!   Source ──syntax──▶ ast ──resolve──▶ hir ──check──▶ hir ──plan──▶ plan ──codegen, link──▶ wasm
//! ```
//!
//! Every stage runs only if those before it found no error; its own findings are reported together.

use writ_value::Value;

use crate::capabilities::Capabilities;
use crate::check::{self, CheckOptions};
use crate::codegen::{self, EmitError, EmitOptions};
use crate::diag::{self, Code, Diagnostic};
use crate::hir::{Node, Program};
use crate::plan::ir::Plan;
use crate::plan::{self, OptLevel};
use crate::resolve::{self, QuerySource, ResolveOptions};
use crate::rules;
use crate::source::{SourceMap, Span};
use crate::syntax::{self, ParseOptions, RegoVersion, ast};

/// A Rego source text, or a rule document if the name says so ([`rules::is_document_name`]).
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// Its name in diagnostics, usually a path.
    pub name: String,
    /// The text; need not be UTF-8 (then there is a diagnostic).
    pub text: Vec<u8>,
    /// Its dialect, where it differs from [`Options::rego_version`].
    pub rego_version: Option<RegoVersion>,
}

/// An ad-hoc query.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Name of its entrypoint.
    pub name: String,
    /// Its text: literals separated by `;` or line breaks.
    pub text: String,
    /// Package that its names are resolved in, such as `data.authz`; none means only `data` and `input` are known.
    pub package: Option<String>,
    /// Imports, each as in a module but without the word `import`.
    pub imports: Vec<String>,
}

/// What to make of the sources.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Documents that the module can be asked for: paths below `data` with `/` (or `.`) between the parts, with or without `data` in
    /// front. Rules with the annotation `entrypoint: true` are added.
    pub entrypoints: Vec<String>,
    /// Queries that the module can be asked.
    pub queries: Vec<Query>,
    /// Dialect of sources and queries that do not say. Default: v1.
    pub rego_version: RegoVersion,
    /// Report what `opa check --strict` reports.
    pub strict: bool,
    /// How much work goes into the code. Every level gives the same answers.
    pub opt_level: OptLevel,
    /// Keep calls of `print`; otherwise they are dropped.
    pub prints: bool,
    /// Base data, to find rules that collide with it. Not stored in the module.
    pub data: Option<Value>,
    /// What policies may use. Default: everything that this compiler knows.
    pub capabilities: Option<Capabilities>,
}

/// The outcome of a compilation.
#[derive(Debug, Default)]
pub struct Output {
    /// The module; `None` if there are errors.
    pub wasm: Option<Vec<u8>>,
    /// All findings, ordered by place; warnings too.
    pub diagnostics: Vec<Diagnostic>,
    /// The sources, for rendering the diagnostics.
    pub sources: SourceMap,
    /// Names of the module's entrypoints in the order of their ids; documents first, then queries.
    pub entrypoints: Vec<String>,
    /// For each of [`Options::queries`] its expressions, in the order in which result rows give their values.
    pub queries: Vec<Vec<Expression>>,
}

/// An expression of a query, as results report it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// Its text.
    pub text: String,
    /// Its row in the query, from 1.
    pub row: u32,
    /// Its column, from 1.
    pub col: u32,
}

/// Compiles sources to a module.
///
/// Pure: no files, clock or threads; the same arguments give the same bytes. Cost: about linear in the length of the sources.
/// Errors are diagnostics; [`Output::wasm`] is `None` exactly when one of them is an error.
pub fn compile(sources: &[Source], options: &Options) -> Output {
    let mut output = Output::default();
    let Some(front) = front_end(sources, options, &mut output) else {
        diag::sort(&mut output.diagnostics);
        return output;
    };
    output.queries = front.queries.iter().map(|query| expressions(query, &output.sources)).collect();
    match back_end(&front, options, &output.sources) {
        Ok((wasm, entrypoints)) => {
            output.wasm = Some(wasm);
            output.entrypoints = entrypoints;
        }
        Err(diagnostic) => output.diagnostics.push(diagnostic),
    }
    diag::sort(&mut output.diagnostics);
    output
}

fn expressions(query: &crate::hir::Query, sources: &SourceMap) -> Vec<Expression> {
    let one = |e: &crate::hir::QueryExpression| {
        let position = sources.position(e.span);
        Expression { text: e.text.clone(), row: position.row, col: position.col }
    };
    query.expressions.iter().map(one).collect()
}

/// Runs every check and makes no module.
pub fn check(sources: &[Source], options: &Options) -> Output {
    let mut output = Output::default();
    front_end(sources, options, &mut output);
    diag::sort(&mut output.diagnostics);
    output
}

/// The stages that report to the author. `None` if they found an error.
fn front_end(sources: &[Source], options: &Options, output: &mut Output) -> Option<Program> {
    let modules = parse_modules(sources, options, output);
    let queries = parse_queries(options, output);
    if diag::has_errors(&output.diagnostics) {
        return None;
    }
    let vocabulary = options.capabilities.as_ref().map(Capabilities::vocabulary).unwrap_or_default();
    let resolve_options = ResolveOptions { strict: options.strict, prints: options.prints, vocabulary };
    let (program, found) = resolve::resolve(&modules, &queries, &output.sources, &resolve_options);
    output.diagnostics.extend(found);
    if let Some(data) = &options.data
        && !program.incomplete
    {
        conflicts_with_data(&program, &program.tree, &mut Vec::new(), data, &mut output.diagnostics);
    }
    let check_options =
        CheckOptions { strict: options.strict, capabilities: options.capabilities.as_ref(), ..CheckOptions::default() };
    output.diagnostics.extend(check::check(&program, &modules, &check_options));
    if diag::has_errors(&output.diagnostics) {
        return None;
    }
    let below: Vec<_> = options.entrypoints.iter().filter(|name| lies_in_a_value(&program, name)).collect();
    if !below.is_empty() {
        let found = check_paths(&below, &modules, &output.sources, &resolve_options, &check_options);
        output.diagnostics.extend(found);
    }
    if diag::has_errors(&output.diagnostics) { None } else { Some(program) }
}

/// True for an entrypoint that goes into the value of a rule.
fn lies_in_a_value(program: &Program, name: &str) -> bool {
    let path = entrypoint_path(name);
    let mut node = &program.tree;
    for key in &path {
        match node.children.get(key) {
            Some(child) => node = child,
            None => return node.group.is_some(),
        }
    }
    false
}

/// Whether the rules that these entrypoints go into can have values with such parts. Asked as a reader would: by a query for each, which is seldom needed
/// and thus a compilation of its own.
fn check_paths(
    names: &[&String],
    modules: &[ast::Module],
    sources: &SourceMap,
    resolve_options: &ResolveOptions,
    check_options: &CheckOptions<'_>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for name in names {
        let mut sources = sources.clone();
        let steps = entrypoint_path(name).into_iter().map(|step| format!("[{}]", writ_value::json::to_string(&step)));
        let text = format!("data{}", steps.collect::<String>());
        let (body, _) = syntax::parse_query(sources.add("", text.as_str()), &text, &ParseOptions::default());
        let Some(body) = body else { continue };
        let query = QuerySource { name: (*name).clone(), body, package: None, imports: Vec::new() };
        let (program, _) = resolve::resolve(modules, &[query], &sources, resolve_options);
        let undefined = check::check(&program, modules, check_options).into_iter().find(|d| d.is_error());
        found.extend(undefined.map(|d| {
            Diagnostic::error_without_place(d.code, format!("entrypoint `{name}` is never defined: {}", d.message))
                .with_hint("the rule before it has no value with such a part")
        }));
    }
    found
}

pub(crate) fn parse_modules(sources: &[Source], options: &Options, output: &mut Output) -> Vec<ast::Module> {
    let mut modules = Vec::new();
    let mut documents = Vec::new();
    for source in sources {
        if rules::is_document_name(&source.name) {
            modules.extend(parse_document(source, &mut documents, output));
            continue;
        }
        let text = String::from_utf8_lossy(&source.text);
        let file = output.sources.add(source.name.as_str(), text.as_ref());
        let version = source.rego_version.unwrap_or(options.rego_version);
        if version >= RegoVersion::V1 && options.capabilities.as_ref().is_some_and(|c| !c.has_feature("rego_v1")) {
            let message = "illegal capabilities: rego_v1 feature required for parsing v1 Rego";
            output.diagnostics.push(Diagnostic::error_without_place(Code::Parse, message));
            continue;
        }
        let parse_options = parse_options(version, options);
        let (module, found) = syntax::parse_module_bytes(file, &source.text, &parse_options);
        output.diagnostics.extend(found);
        modules.extend(module);
    }
    modules
}

/// A rule document as the module that it amounts to. `seen` holds the ids of those before it.
fn parse_document(source: &Source, seen: &mut Vec<(String, Span)>, output: &mut Output) -> Option<ast::Module> {
    let (document, found) = rules::parse(&mut output.sources, &source.name, &source.text);
    output.diagnostics.extend(found);
    let document = document?;
    if let Some((id, first)) = seen.iter().find(|(id, _)| *id == document.id) {
        let message = format!("the id `{id}` is that of another rule document");
        let found = Diagnostic::error(Code::RulesDuplicate, document.id_span, message);
        output.diagnostics.push(found.with_label(*first, "the other document"));
        return None;
    }
    let text = rules::to_rego(&document);
    let file = output.sources.add(rules::rego_name(&source.name), text.as_str());
    seen.push((document.id, document.id_span));
    let parse_options = ParseOptions { version: RegoVersion::V1, ..ParseOptions::default() };
    let (module, found) = syntax::parse_module_bytes(file, text.as_bytes(), &parse_options);
    output.diagnostics.extend(found);
    module
}

fn parse_options(version: RegoVersion, options: &Options) -> ParseOptions {
    let lacks = |feature: &str| options.capabilities.as_ref().is_some_and(|c| !c.has_feature(feature));
    ParseOptions {
        version,
        no_templates: lacks("template_strings"),
        no_keyword_refs: lacks("keywords_in_refs"),
        ..ParseOptions::default()
    }
}

fn parse_queries(options: &Options, output: &mut Output) -> Vec<QuerySource> {
    let mut queries = Vec::new();
    for query in &options.queries {
        let file = output.sources.add("", query.text.as_str());
        let parse_options = parse_options(options.rego_version, options).with_imports(&query.imports);
        let (body, found) = syntax::parse_query(file, &query.text, &parse_options);
        output.diagnostics.extend(found);
        let Some(body) = body else { continue };
        queries.push(QuerySource {
            name: query.name.clone(),
            body,
            package: query.package.clone(),
            imports: query.imports.clone(),
        });
    }
    queries
}

/// Rules at paths where base data already has a value. Source: OPA's conflict check on bundle activation.
fn conflicts_with_data(
    program: &Program,
    node: &Node,
    path: &mut Vec<String>,
    data: &Value,
    found: &mut Vec<Diagnostic>,
) {
    for (key, child) in &node.children {
        let Some(name) = key.as_str() else { continue };
        let Some(below) = data.get(name) else { continue };
        path.push(name.to_owned());
        let rule = child.group.and_then(|id| program.groups.get(id.0 as usize)).and_then(|g| g.rules.first());
        if let Some(rule) = rule {
            let message = format!("conflicting rule for data path {} found", path.join("/"));
            found.push(Diagnostic::error(Code::Compile, rule.span, message));
        }
        conflicts_with_data(program, child, path, below, found);
        path.pop();
    }
}

/// The plan that [`compile`] would make code from, with what the optimiser did; for tools and tests.
///
/// # Errors
/// What [`compile`] would report.
pub fn plan(sources: &[Source], options: &Options) -> Result<(Plan, Vec<plan::Note>), Output> {
    let mut output = Output::default();
    let planned = match front_end(sources, options, &mut output) {
        Some(program) => middle(&program, options),
        None => return Err(output),
    };
    planned.map_err(|diagnostic| {
        output.diagnostics.push(diagnostic);
        output
    })
}

/// What the plan of the sources does, in words for their author: see [`plan::explain`].
///
/// # Errors
/// What [`compile`] would report.
pub fn explain(sources: &[Source], options: &Options) -> Result<String, Output> {
    let mut output = Output::default();
    let Some(program) = front_end(sources, options, &mut output) else { return Err(output) };
    match middle(&program, options) {
        Ok((plan, notes)) => {
            Ok(plan::explain::explain(&plan, &notes, &program, &output.sources, &codegen::is_native_builtin))
        }
        Err(diagnostic) => {
            output.diagnostics.push(diagnostic);
            Err(output)
        }
    }
}

/// Plan and code. Diagnostics here are limits, or defects of this compiler.
fn back_end(program: &Program, options: &Options, sources: &SourceMap) -> Result<(Vec<u8>, Vec<String>), Diagnostic> {
    let (plan, _) = middle(program, options)?;
    let wasm = codegen::emit(&plan, sources, &EmitOptions::default()).map_err(|error| {
        let code = if matches!(error, EmitError::TooLarge(_)) { Code::Limit } else { Code::Compile };
        Diagnostic::error_without_place(code, error.to_string())
    })?;
    let entrypoints = plan.entrypoints.into_iter().map(|entrypoint| entrypoint.name).collect();
    Ok((wasm, entrypoints))
}

fn middle(program: &Program, options: &Options) -> Result<(Plan, Vec<plan::Note>), Diagnostic> {
    let requests = requests(program, options)?;
    let mut plan = plan::lower(program, &requests).map_err(|error| {
        let code = if error.is_limit { Code::Limit } else { Code::Compile };
        match error.span {
            Some(span) => Diagnostic::error(code, span, error.message),
            None => Diagnostic::error_without_place(code, error.message),
        }
    })?;
    let notes = plan::optimise(&mut plan, options.opt_level);
    plan::find_effects(&mut plan, &program.vocabulary);
    Ok((plan, notes))
}

fn requests(program: &Program, options: &Options) -> Result<Vec<plan::Request>, Diagnostic> {
    let asked = options.entrypoints.iter().map(|name| entrypoint_path(name));
    let mut paths: Vec<Vec<Value>> = Vec::new();
    for path in asked.chain(program.entrypoints.iter().cloned()) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let mut requests = Vec::new();
    for path in paths {
        let name = path.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
        let name = name.collect::<Vec<_>>().join("/");
        check_entrypoint(program, &name, &path)?;
        requests.push(plan::Request::Document { name, path });
    }
    requests.extend((0..program.queries.len()).map(plan::Request::Query));
    Ok(requests)
}

/// `data.a.b`, `a.b` and `/a/b` are the path `a`, `b`. A name with a `/` is split only there, since parts may hold dots.
fn entrypoint_path(name: &str) -> Vec<Value> {
    let separator = if name.contains('/') { '/' } else { '.' };
    let mut parts: Vec<&str> = name.split(separator).filter(|part| !part.is_empty()).collect();
    if parts.first() == Some(&"data") {
        parts.remove(0);
    }
    parts.into_iter().map(Value::from).collect()
}

/// An entrypoint must name a package or rule, as for `opa build -e`, and no function.
fn check_entrypoint(program: &Program, name: &str, path: &[Value]) -> Result<(), Diagnostic> {
    let unknown = || {
        Diagnostic::error_without_place(
            Code::Compile,
            format!("entrypoint `{name}` does not refer to a rule or policy decision"),
        )
        .with_hint("give the path of a package or rule, such as `authz/allow` for `data.authz.allow`")
    };
    let mut node = &program.tree;
    for key in path {
        if node.group.is_some() {
            break;
        }
        node = node.children.get(key).ok_or_else(unknown)?;
    }
    let group = node.group.and_then(|id| program.groups.get(id.0 as usize));
    if group.is_some_and(|group| matches!(group.kind, crate::hir::GroupKind::Function { .. })) {
        let message = format!("entrypoint `{name}` is a function, which has no value of its own");
        return Err(
            Diagnostic::error_without_place(Code::Compile, message).with_hint("name a rule that calls the function")
        );
    }
    Ok(())
}
