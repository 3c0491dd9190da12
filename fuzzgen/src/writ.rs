//! Writ as an evaluator: the compiler, then the runtime.

use std::time::Duration;

use writ_compiler::diag::Diagnostic;
use writ_compiler::plan::OptLevel;
use writ_compiler::syntax::RegoVersion;
use writ_compiler::{Options, Output, Query, Source};
use writ_runtime::{Engine, EngineConfig, EntrypointId, EvalError, EvalOptions, Instance, Limits, Module};

use writ_value::{Object, Value, json};

use crate::evaluator::{Answer, Evaluator, Failure, Outcome, Rejection};
use crate::print;
use crate::program::Program;

/// One engine; a module and an instance for each program.
pub struct Writ {
    engine: Engine,
    level: OptLevel,
}

impl std::fmt::Debug for Writ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writ").finish_non_exhaustive()
    }
}

impl Writ {
    /// Starts an engine that compiles quickly, as each module runs only a few times. Policies are optimised to `level`.
    ///
    /// # Errors
    /// The machine is not supported.
    pub fn start(level: OptLevel) -> Result<Writ, Failure> {
        let mut config = EngineConfig::default();
        config.optimize = false;
        let engine = Engine::new(&config).map_err(|e| Failure::new(e.to_string()))?;
        Ok(Writ { engine, level })
    }

    fn run(&self, wasm: &[u8], asked: &[String], program: &Program) -> Result<Vec<Outcome>, EvalError> {
        let module = Module::new(&self.engine, wasm)?;
        let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
        let mut instance: Option<Instance> = None;
        let mut outcomes = Vec::new();
        for entrypoint in asked {
            let mut ready = match instance.take() {
                Some(instance) => instance,
                None => {
                    let mut fresh = Instance::new(&module, limits)?;
                    fresh.set_data(&program.data)?;
                    fresh
                }
            };
            let Some(id) = module.entrypoint(entrypoint) else {
                return Err(EvalError::artifact(format!("no entrypoint {entrypoint}")));
            };
            let outcome = ready.evaluate(id, program.input.as_ref(), EvalOptions::default());
            agrees_with_projection(&mut ready, id, program, &outcome)?;
            outcomes.push(match outcome {
                Ok(writ_runtime::Outcome::Document(Some(value))) => Outcome::Value(value),
                Ok(writ_runtime::Outcome::Document(None)) => Outcome::Undefined,
                Ok(writ_runtime::Outcome::Query(rows)) => Outcome::solutions(rows.into_iter().map(|row| {
                    let bindings = row.bindings.into_iter().map(|(name, value)| (Value::from(name), value));
                    Value::from(bindings.collect::<Object>())
                })),
                Err(EvalError::Policy(e)) => Outcome::Error(e.code),
                Err(other) => return Err(other),
            });
            // An error of the policy stops the guest in the middle of something.
            instance = Some(ready).filter(Instance::is_usable);
        }
        Ok(outcomes)
    }
}

/// The fast path sees only the projection of the input's text, and must give what the document gave. An instance that an error stopped is not
/// asked again.
fn agrees_with_projection(
    instance: &mut Instance,
    entrypoint: EntrypointId,
    program: &Program,
    outcome: &Result<writ_runtime::Outcome, EvalError>,
) -> Result<(), EvalError> {
    let (Ok(outcome), Some(input)) = (outcome, &program.input) else { return Ok(()) };
    let fast = instance.evaluate_json(entrypoint, json::to_string(input).as_bytes(), EvalOptions::default())?;
    if fast == *outcome {
        return Ok(());
    }
    Err(EvalError::internal(format!("with the projection {fast:?}, without it {outcome:?}")))
}

fn compile(program: &Program, queries: &[String], level: OptLevel) -> Output {
    let version = if program.v0 { RegoVersion::V0 } else { RegoVersion::V1 };
    let source = |(i, text): (usize, String)| Source {
        name: format!("module{i}.rego"),
        text: text.into_bytes(),
        rego_version: Some(version),
    };
    let sources: Vec<Source> = print::modules(program).into_iter().enumerate().map(source).collect();
    let imports = if program.v0 { vec![print::V0_QUERY_IMPORT.to_owned()] } else { Vec::new() };
    let query = |(i, text): (usize, &String)| Query {
        name: query_name(i),
        text: text.clone(),
        imports: imports.clone(),
        ..Query::default()
    };
    let options = Options {
        entrypoints: program.documents(),
        queries: queries.iter().enumerate().map(query).collect(),
        rego_version: version,
        strict: program.strict,
        opt_level: level,
        ..Options::default()
    };
    writ_compiler::compile(&sources, &options)
}

fn query_name(n: usize) -> String {
    format!("query{n}")
}

fn rejections(output: &Output) -> Vec<Rejection> {
    let rejection = |d: &Diagnostic| {
        let position = d.span.map(|span| output.sources.position(span));
        Rejection {
            code: d.code.to_string(),
            message: d.full_message(),
            row: position.map_or(0, |p| p.row),
            col: position.map_or(0, |p| p.col),
        }
    };
    output.diagnostics.iter().filter(|d| d.is_error()).map(rejection).collect()
}

impl Evaluator for Writ {
    fn name(&self) -> &str {
        "writ"
    }

    fn evaluate(&mut self, program: &Program) -> Result<Answer, Failure> {
        let queries = print::queries(program);
        let mut asked = program.documents();
        let mut output = compile(program, &queries, self.level);
        let mut rejected = Vec::new();
        if output.wasm.is_some() {
            asked.extend((0..queries.len()).map(query_name));
        } else if !queries.is_empty() {
            // Is it the queries that do not compile?
            let found = rejections(&output);
            rejected = vec![vec![Outcome::rejected(found.iter().map(|r| r.code.as_str()))]; queries.len()];
            output = compile(program, &[], self.level);
        }
        let Some(wasm) = &output.wasm else {
            return Ok(Answer::Rejected(rejections(&output)));
        };
        let outcomes = self.run(wasm, &asked, program).map_err(|e| Failure::new(e.to_string()))?;
        Ok(Answer::Evaluated(outcomes.into_iter().map(|outcome| vec![outcome]).chain(rejected).collect()))
    }
}
