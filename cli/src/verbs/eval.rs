//! `writ eval`: compile the query with the policies, run it, print the solutions. Always through Wasm.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use writ_bundle::Trust;
use writ_compiler::{Options, Query, compile};
use writ_network::{Client, Grant, HostPattern, Network};
use writ_runtime::{
    Candidate, CandidateModule, Engine, EngineConfig, EntrypointId, Environment, EvalError, EvalOptions, Instance,
    Limits, Module, Outcome, Policy, PolicyConfig,
};
use writ_value::Value;

use crate::failure::{Failure, POLICY, USAGE, to_stderr, to_stdout};
use crate::load::{self, Bundles, LoadErrors, Wanted};
use crate::render::errors::{self, Shown};
use crate::render::result::{self, Expression, Format, Solution};
use crate::rust;
use crate::trust::{Ignoring, Verifying};

/// Name of the query's entrypoint.
const ENTRYPOINT: &str = "query";

/// Evaluate a query
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The query, such as `data.authz.allow` or `x := data.users[_]; x.admin`
    #[arg(required_unless_present = "stdin")]
    query: Option<String>,
    /// Read the query from standard input
    #[arg(long, conflicts_with_all = ["query", "stdin_input"])]
    stdin: bool,
    /// Policy or data file, or a folder of them; `a.b:FILE` puts data below `data.a.b`
    #[arg(short, long, value_name = "PATH")]
    data: Vec<String>,
    /// Bundle file, or a folder laid out as one
    #[arg(short, long = "bundle", value_name = "BUNDLE")]
    bundles: Vec<String>,
    #[command(flatten)]
    ignoring: Ignoring,
    #[command(flatten)]
    verifying: Verifying,
    /// Algorithm of the bundles' signatures
    #[arg(long, default_value = "RS256", value_name = "NAME")]
    signing_alg: String,
    /// File with the input document
    #[arg(short, long, value_name = "FILE", conflicts_with = "stdin_input")]
    input: Option<String>,
    /// Read the input document from standard input
    #[arg(short = 'I', long)]
    stdin_input: bool,
    /// What to print
    #[arg(short, long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Exit with 1 when the result is undefined
    #[arg(long, conflicts_with = "fail_defined")]
    fail: bool,
    /// Exit with 1 when the result is defined
    #[arg(long)]
    fail_defined: bool,
    /// Make the first failing built-in call an error
    #[arg(long)]
    strict_builtin_errors: bool,
    /// Read policies and query as Rego v0
    #[arg(long)]
    v0_compatible: bool,
    /// What policies may use: a file in OPA's format, or a version of OPA
    #[arg(long, value_name = "FILE")]
    capabilities: Option<String>,
    /// Also report unused variables and imports, shadowing and other bad style
    #[arg(short = 'S', long)]
    strict: bool,
    /// Package that names in the query are looked up in, such as `authz`
    #[arg(long, value_name = "PACKAGE")]
    package: Option<String>,
    /// Import for the query, such as `data.authz`; may be repeated
    #[arg(long = "import", value_name = "PATH")]
    imports: Vec<String>,
    /// Host that `http.send` and `net.lookup_ip_addr` may contact: a name, `*.` and a domain, or `*`; may be repeated
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    allow_net: Vec<String>,
    /// Seconds after which the evaluation is ended [default: none]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.format == Format::Source {
        return Err(Failure::usage("invalid output format for evaluation"));
    }
    let query = match &arguments.query {
        Some(query) => Ok(query.clone()),
        None => load::text_from_stdin(),
    };
    match query.map_err(Stop::from).and_then(|query| solve(arguments, &query)) {
        Ok(solutions) => {
            to_stdout(&result::render(&solutions, arguments.format))?;
            let failed = if solutions.is_empty() { arguments.fail } else { arguments.fail_defined };
            Ok(ExitCode::from(if failed { POLICY } else { 0 }))
        }
        Err(stop) => {
            let on_stdout = match arguments.format {
                Format::Json => Some(errors::as_json(&stop.errors)),
                Format::Discard => Some(errors::as_sorted_json(&stop.errors)),
                _ => None,
            };
            on_stdout.as_deref().map(to_stdout).transpose()?;
            // What is wrong with the command line or the files is said to people in any case.
            if on_stdout.is_none() || stop.code == USAGE {
                to_stderr(&errors::as_text(&stop.errors));
            }
            Err(Failure::Shown(stop.code))
        }
    }
}

/// Errors instead of solutions.
struct Stop {
    errors: Vec<Shown>,
    code: u8,
}

impl From<LoadErrors> for Stop {
    fn from(errors: LoadErrors) -> Self {
        Self { errors: errors::plain(&errors.0), code: USAGE }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Message(text, code) => Self { errors: errors::plain(&[text]), code },
            Failure::Shown(code) => Self { errors: Vec::new(), code },
        }
    }
}

impl From<EvalError> for Stop {
    fn from(error: EvalError) -> Self {
        Self { errors: vec![errors::evaluation(&error, &[])], code: POLICY }
    }
}

/// What is evaluated, ready for the host.
struct Prepared {
    wasm: Vec<u8>,
    /// All modules of the bundle, where it has several, which may call each other.
    modules: Vec<CandidateModule>,
    entrypoint: String,
    data: Value,
    /// Text and place of each expression.
    expressions: Vec<writ_compiler::Expression>,
}

fn solve(arguments: &Arguments, query: &str) -> Result<Vec<Solution>, Stop> {
    if query.trim().is_empty() {
        return Err(Stop { errors: errors::plain(&["cannot evaluate empty query".to_owned()]), code: USAGE });
    }
    let input = load::input(arguments.input.as_deref(), arguments.stdin_input)?;
    let prepared = prepare(arguments, query)?;
    // Run once: making fast code would take longer than what it saves.
    let mut config = EngineConfig::default();
    config.optimize = false;
    let engine = Engine::new(&config)?;
    let mut environment = engine.new_environment();
    environment.runtime = runtime();
    environment.network = network(arguments)?;
    environment.parse_module = Some(Arc::new(writ_compiler::parse_module_json));
    let options = EvalOptions::default().with_strict_builtin_errors(arguments.strict_builtin_errors);
    let mut outcome = Ok(Outcome::Document(None));
    let evaluate = |instance: &mut Instance, entrypoint: EntrypointId| {
        outcome = instance.evaluate(entrypoint, input.as_ref(), options);
        instance.prints().iter().for_each(|line| to_stderr(&format!("{line}\n")));
    };
    with_instance(&engine, &prepared, limits(arguments), Arc::new(environment), evaluate)?;
    let failed = |error| Stop { errors: vec![errors::evaluation(&error, &prepared.expressions)], code: POLICY };
    Ok(solutions(outcome.map_err(failed)?, &prepared.expressions))
}

/// Makes an instance of what was prepared: of the one module, or of a policy where modules may call each other.
fn with_instance(
    engine: &Engine,
    prepared: &Prepared,
    limits: Limits,
    environment: Arc<Environment>,
    evaluate: impl FnOnce(&mut Instance, EntrypointId),
) -> Result<(), EvalError> {
    let unknown = || EvalError::Artifact(writ_runtime::ArtifactError { message: "the entrypoint is gone".to_owned() });
    if prepared.modules.is_empty() {
        let module = Module::new(engine, &prepared.wasm)?;
        let mut instance = Instance::new(&module, limits)?;
        instance.set_environment(environment);
        instance.set_data(&prepared.data)?;
        evaluate(&mut instance, module.entrypoint(&prepared.entrypoint).ok_or_else(unknown)?);
        return Ok(());
    }
    let mut candidate = Candidate::default().with_data(prepared.data.clone());
    candidate.modules.clone_from(&prepared.modules);
    let mut config = PolicyConfig::default();
    (config.limits, config.environment) = (limits, Some(environment));
    let policy = Policy::new(engine, candidate, config)?;
    policy.with_instance(&prepared.entrypoint, None, |instance, entrypoint, _| {
        evaluate(instance, entrypoint);
        Ok(())
    })
}

fn prepare(arguments: &Arguments, query: &str) -> Result<Prepared, Stop> {
    let loaded = load::files(&arguments.data, Wanted::All, &arguments.ignoring.reader())?;
    // As OPA's `eval`: without a key, signatures are not looked at.
    let reader = arguments.verifying.reader(&arguments.signing_alg, &arguments.ignoring, Trust::Unchecked)?;
    let bundles = Bundles::open(&arguments.bundles, &reader)?;
    if let Some(prepared) = precompiled(arguments, query, &loaded, &bundles) {
        return Ok(prepared);
    }
    let rust = rust::of_bundles(bundles.compiled)?;
    let mut modules = loaded.modules;
    modules.extend(bundles.modules);
    load::sort(&mut modules);
    let mut documents = loaded.data;
    let merged = documents.insert(&[], bundles.data, "bundle");
    merged.map_err(|e| LoadErrors(vec![e.to_string()]))?;
    let data = documents.into_value();
    let query = Query {
        name: ENTRYPOINT.to_owned(),
        text: query.to_owned(),
        package: arguments
            .package
            .as_ref()
            .map(|p| if p.starts_with("data.") { p.clone() } else { format!("data.{p}") }),
        imports: arguments.imports.clone(),
    };
    let options = Options {
        queries: vec![query],
        rego_version: super::rego_version(arguments.v0_compatible),
        strict: arguments.strict,
        prints: true,
        data: Some(data.clone()),
        capabilities: rust::capabilities(load::capabilities(arguments.capabilities.as_deref())?, &rust)?,
        ..Options::default()
    };
    let mut output = compile(&load::sources(&modules), &options);
    let Some(wasm) = output.wasm.take() else {
        return Err(Stop { errors: errors::compile(&output), code: POLICY });
    };
    let expressions = output.queries.pop().unwrap_or_default();
    let mut modules = Vec::new();
    if !rust.is_empty() {
        // The query may call what is written in Rust.
        let name = ENTRYPOINT.to_owned();
        modules.push(CandidateModule {
            name: name.clone(),
            wasm: wasm.as_slice().into(),
            entrypoints: Some(vec![name]),
        });
        modules.extend(rust.into_iter().map(rust::Built::candidate));
    }
    Ok(Prepared { wasm, modules, entrypoint: ENTRYPOINT.to_owned(), data, expressions })
}

/// A query that is just the path of an entrypoint is answered by the bundle's own module, whoever compiled it.
fn precompiled(arguments: &Arguments, query: &str, loaded: &load::Loaded, bundles: &Bundles) -> Option<Prepared> {
    let given = loaded.modules.is_empty() && load::is_empty(&loaded.data.clone().into_value());
    let path = query.trim().strip_prefix("data.")?.replace('.', "/");
    if !given || arguments.package.is_some() || !arguments.imports.is_empty() {
        return None;
    }
    let entry = bundles.manifest.wasm.iter().find(|entry| entry.entrypoint == path)?;
    let file = bundles.wasm.iter().find(|f| f.path == entry.module.trim_start_matches('/'))?;
    let text = query.trim().to_owned();
    Some(Prepared {
        wasm: file.bytes.clone(),
        modules: if bundles.wasm.len() > 1 { candidates(bundles) } else { Vec::new() },
        entrypoint: path,
        data: bundles.data.clone(),
        expressions: vec![writ_compiler::Expression { text, row: 1, col: 1 }],
    })
}

/// The modules of a bundle with the entrypoints that the manifest gives them.
fn candidates(bundles: &Bundles) -> Vec<CandidateModule> {
    let entrypoints = |path: &str| {
        let entries = bundles.manifest.wasm.iter().filter(|entry| entry.module.trim_start_matches('/') == path);
        entries.map(|entry| entry.entrypoint.clone()).collect()
    };
    let candidate = |file: &writ_bundle::File| CandidateModule {
        name: file.path.clone(),
        wasm: file.bytes.as_slice().into(),
        entrypoints: Some(entrypoints(&file.path)),
    };
    bundles.wasm.iter().map(candidate).collect()
}

/// Joins the values with what the compiler knows about the expressions. A document is the one expression of its query.
fn solutions(outcome: Outcome, expressions: &[writ_compiler::Expression]) -> Vec<Solution> {
    let rows = match outcome {
        Outcome::Document(None) => Vec::new(),
        Outcome::Document(Some(value)) => vec![(Vec::new(), vec![value])],
        Outcome::Query(rows) => rows.into_iter().map(|row| (row.bindings, row.expressions)).collect(),
    };
    let solution = |(bindings, values): (Vec<(String, Value)>, Vec<Value>)| {
        let of = |(value, e): (Value, &writ_compiler::Expression)| Expression {
            value,
            text: e.text.clone(),
            row: e.row,
            col: e.col,
        };
        Solution { expressions: values.into_iter().zip(expressions).map(of).collect(), bindings }
    };
    rows.into_iter().map(solution).collect()
}

/// A command line is its user's own: only what protects the machine is bounded.
fn limits(arguments: &Arguments) -> Limits {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    Limits {
        time: arguments.timeout.unwrap_or(DAY),
        memory_bytes: u32::MAX as usize,
        input_bytes: 1 << 30,
        result_bytes: 1 << 30,
        depth: writ_value::MAX_DEPTH,
        fuel: None,
    }
}

/// The network that the arguments grant, if any: of the hosts named only those that the capabilities leave.
fn network(arguments: &Arguments) -> Result<Option<Arc<dyn Network>>, LoadErrors> {
    if arguments.allow_net.is_empty() {
        return Ok(None);
    }
    let mut grant = Grant::hosts(arguments.allow_net.iter().map(String::as_str));
    // A command line's policies are its user's own.
    grant.insecure_tls = true;
    let allowed = load::capabilities(arguments.capabilities.as_deref())?.and_then(|c| c.allow_net);
    grant.only = allowed.map(|hosts| hosts.iter().map(|host| HostPattern::new(host)).collect());
    Ok(Some(Arc::new(Client::new(grant))))
}

/// What `opa.runtime()` gives: this process's environment and version.
fn runtime() -> Value {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, Value::from(value.into_string().ok()?))));
    Value::object([("env", Value::object(variables)), ("version", Value::from(env!("CARGO_PKG_VERSION")))])
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.trim_end_matches('s').parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number).map_err(|e| e.to_string())
}
