//! Rule documents under test: a plain evaluator, random documents with inputs, and the ways to run them.

pub mod generate;
pub mod random;
pub mod reference;

use writ_compiler::rules::{self, document::Document};
use writ_compiler::source::SourceMap;
use writ_compiler::{Options, Source};
use writ_runtime::{EvalOptions, Instance, Limits, Module, Outcome};
use writ_value::Value;

use crate::suite_host::engine;

/// A document, loaded and ready to decide.
#[derive(Debug)]
pub struct Loaded {
    instance: Instance,
    id: String,
}

/// Reads a document, or gives its findings as text.
///
/// # Errors
/// What is wrong with the document.
pub fn parse(name: &str, text: &str) -> Result<Document, String> {
    let mut sources = SourceMap::default();
    let (document, found) = rules::parse(&mut sources, name, text.as_bytes());
    document.ok_or_else(|| writ_compiler::diag::render::render_all(&sources, &found))
}

impl Loaded {
    /// Compiles the text, which is a rule document or Rego by its `name`, and instantiates the module. `id` is the document's.
    ///
    /// # Errors
    /// Findings of the compiler, or why the module does not run.
    pub fn new(name: &str, text: &str, id: &str) -> Result<Loaded, String> {
        let source = Source { name: name.to_owned(), text: text.as_bytes().to_vec(), rego_version: None };
        let output = writ_compiler::compile(&[source], &Options { strict: true, ..Options::default() });
        let Some(wasm) = output.wasm else {
            return Err(writ_compiler::diag::render::render_all(&output.sources, &output.diagnostics));
        };
        let module = Module::new(engine().map_err(|e| e.to_string())?, &wasm).map_err(|e| e.to_string())?;
        // Long enough for a machine that is busy with other tests.
        let limits = Limits { time: std::time::Duration::from_secs(10), ..Limits::default() };
        let instance = Instance::new(&module, limits).map_err(|e| e.to_string())?;
        Ok(Loaded { instance, id: id.to_owned() })
    }

    /// One of the document's entrypoints: `decision` or `valid`.
    ///
    /// # Errors
    /// The evaluation failed, or was undefined.
    pub fn ask(&mut self, what: &str, input: &Value) -> Result<Value, String> {
        let name = format!("rules/{}/{what}", self.id);
        let entrypoint = self.instance.module().entrypoint(&name).ok_or_else(|| format!("no entrypoint {name}"))?;
        // Errors of built-ins must not occur at all: documents guard what they call.
        let options = EvalOptions::default().with_strict_builtin_errors(true);
        match self.instance.evaluate(entrypoint, Some(input), options).map_err(|e| e.to_string())? {
            Outcome::Document(Some(value)) => Ok(value),
            other => Err(format!("{name} gives {other:?}")),
        }
    }
}
