//! Writ as an evaluator: the compiler, then the runtime.

use std::time::Duration;

use writ_compiler::{Options, Source};
use writ_runtime::{Engine, EngineConfig, EvalError, EvalOptions, Instance, Limits, Module};

use crate::evaluator::{Answer, Evaluator, Failure, Outcome, Rejection};
use crate::print;
use crate::program::Program;

/// One engine; a module and an instance for each program.
pub struct Writ {
    engine: Engine,
}

impl std::fmt::Debug for Writ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writ").finish_non_exhaustive()
    }
}

impl Writ {
    /// Starts an engine that compiles quickly, as each module runs only a few times.
    ///
    /// # Errors
    /// The machine is not supported.
    pub fn start() -> Result<Writ, Failure> {
        let mut config = EngineConfig::default();
        config.optimize = false;
        let engine = Engine::new(&config).map_err(|e| Failure::new(e.to_string()))?;
        Ok(Writ { engine })
    }

    fn run(&self, wasm: &[u8], program: &Program) -> Result<Vec<Outcome>, EvalError> {
        let module = Module::new(&self.engine, wasm)?;
        let limits = Limits { time: Duration::from_secs(5), ..Limits::default() };
        let mut instance: Option<Instance> = None;
        let mut outcomes = Vec::new();
        for name in program.documents() {
            let mut ready = match instance.take() {
                Some(instance) => instance,
                None => {
                    let mut fresh = Instance::new(&module, limits)?;
                    fresh.set_data(&program.data)?;
                    fresh
                }
            };
            let entrypoint = format!("fuzz/{name}");
            let id = module.entrypoint(&entrypoint);
            let result = match id {
                Some(id) => ready.evaluate(id, program.input.as_ref(), EvalOptions::default()),
                None => return Ok(vec![Outcome::Error(format!("no entrypoint {entrypoint}"))]),
            };
            outcomes.push(match result {
                Ok(writ_runtime::Outcome::Document(Some(value))) => Outcome::Value(value),
                Ok(writ_runtime::Outcome::Document(None)) => Outcome::Undefined,
                Ok(writ_runtime::Outcome::Query(_)) => Outcome::Error("a query".to_owned()),
                Err(EvalError::Policy(e)) => Outcome::Error(e.code),
                Err(other) => return Err(other),
            });
            // An error of the policy stops the guest in the middle of something.
            instance = Some(ready).filter(Instance::is_usable);
        }
        Ok(outcomes)
    }
}

impl Evaluator for Writ {
    fn name(&self) -> &str {
        "writ"
    }

    fn evaluate(&mut self, program: &Program) -> Result<Answer, Failure> {
        let source =
            Source { name: "module0.rego".to_owned(), text: print::module(program).into_bytes(), rego_version: None };
        let entrypoints = program.documents().iter().map(|name| format!("fuzz/{name}")).collect();
        let output = writ_compiler::compile(&[source], &Options { entrypoints, ..Options::default() });
        let Some(wasm) = output.wasm else {
            let rejection = |d: &writ_compiler::diag::Diagnostic| {
                let position = d.span.map(|span| output.sources.position(span));
                Rejection {
                    code: d.code.to_string(),
                    message: d.full_message(),
                    row: position.map_or(0, |p| p.row),
                    col: position.map_or(0, |p| p.col),
                }
            };
            return Ok(Answer::Rejected(output.diagnostics.iter().filter(|d| d.is_error()).map(rejection).collect()));
        };
        self.run(&wasm, program).map(Answer::Evaluated).map_err(|e| Failure::new(e.to_string()))
    }
}
