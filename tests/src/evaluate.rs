//! Rego text to an outcome through the whole of Writ: compile, load, instantiate, evaluate.

use writ_compiler::diag::Diagnostic;
use writ_compiler::plan::OptLevel;
use writ_compiler::{Options, Query, Source};
use writ_runtime::{EntrypointId, EvalError, EvalOptions, Instance, Limits, Module, Outcome, Varies};
use writ_value::{Value, json};

use crate::suite_host as host;

/// Name of the one entrypoint of a module that [`compile`] makes.
pub const QUERY: &str = "query";

/// One evaluation.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// Rego sources, with the name that diagnostics show.
    pub modules: Vec<(&'a str, &'a str)>,
    /// The query.
    pub query: &'a str,
    /// Base data; `None` is `{}`.
    pub data: Option<Value>,
    /// The input; `None` is undefined.
    pub input: Option<Value>,
    /// Built-in errors end the evaluation.
    pub strict_builtin_errors: bool,
    /// Modules and query are Rego v0.
    pub v0: bool,
    /// How much the compiler optimises.
    pub opt_level: OptLevel,
}

/// Why there is no outcome.
#[derive(Debug)]
pub enum Failure {
    /// The compiler found errors.
    Compile(Vec<Diagnostic>),
    /// The module was refused or the evaluation failed.
    Eval(EvalError),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Compile(found) => {
                let texts: Vec<String> = found.iter().map(|d| format!("{}: {}", d.code, d.full_message())).collect();
                write!(f, "does not compile: {}", texts.join("; "))
            }
            Self::Eval(error) => error.fmt(f),
        }
    }
}

/// The module for the request, with the entrypoint [`QUERY`].
///
/// # Errors
/// [`Failure::Compile`], or that there is no host.
pub fn compile(request: &Request<'_>) -> Result<Vec<u8>, Failure> {
    let version = request.v0.then_some(writ_compiler::syntax::RegoVersion::V0);
    let sources: Vec<Source> = request
        .modules
        .iter()
        .map(|(name, text)| Source { name: (*name).to_owned(), text: text.as_bytes().to_vec(), rego_version: version })
        .collect();
    let options = Options {
        queries: vec![Query { name: QUERY.to_owned(), text: request.query.to_owned(), ..Query::default() }],
        rego_version: version.unwrap_or_default(),
        prints: true,
        opt_level: request.opt_level,
        capabilities: Some(host::capabilities().map_err(Failure::Eval)?),
        ..Options::default()
    };
    let output = writ_compiler::compile(&sources, &options);
    output.wasm.ok_or(Failure::Compile(output.diagnostics))
}

/// Evaluates the request.
///
/// # Errors
/// [`Failure`].
pub fn evaluate(request: &Request<'_>) -> Result<Outcome, Failure> {
    let wasm = compile(request)?;
    run(&wasm, request).map_err(Failure::Eval)
}

/// Evaluates a module that [`compile`] made.
fn run(wasm: &[u8], request: &Request<'_>) -> Result<Outcome, EvalError> {
    let module = Module::new(host::engine()?, wasm)?;
    let mut instance =
        Instance::new(&module, Limits { time: std::time::Duration::from_secs(10), ..Limits::default() })?;
    instance.set_environment(host::environment()?);
    if let Some(data) = &request.data {
        instance.set_data(data)?;
    }
    let entrypoint =
        module.entrypoint(QUERY).ok_or_else(|| EvalError::artifact("the module lacks the query's entrypoint"))?;
    let options = EvalOptions::default().with_strict_builtin_errors(request.strict_builtin_errors);
    let outcome = instance.evaluate(entrypoint, request.input.as_ref(), options);
    agrees_with_projection(&mut instance, entrypoint, request, options, &outcome)?;
    outcome
}

/// The fast path, which sees only the projection of the input's text, must give what the document gave. An instance that an error stopped is not asked
/// again, and neither is a policy whose built-ins may answer differently the second time.
fn agrees_with_projection(
    instance: &mut Instance,
    entrypoint: EntrypointId,
    request: &Request<'_>,
    options: EvalOptions,
    outcome: &Result<Outcome, EvalError>,
) -> Result<(), EvalError> {
    let (Ok(outcome), Some(input)) = (outcome, &request.input) else { return Ok(()) };
    if instance.module().entrypoint_info(entrypoint).is_none_or(|info| info.varies != Varies::Never) {
        return Ok(());
    }
    let text = json::to_string(input);
    // The suite has inputs that are no JSON, such as sets.
    if json::parse(text.as_bytes()).as_ref() != Ok(input) {
        return Ok(());
    }
    let fast = instance.evaluate_json(entrypoint, text.as_bytes(), options)?;
    if fast == *outcome {
        return Ok(());
    }
    Err(EvalError::internal(format!("with the projection {fast:?}, without it {outcome:?}")))
}
