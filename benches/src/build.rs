//! What policies cost before the first decision: time to compile, size, time to load.

use std::time::{Duration, Instant};

use writ_compiler::plan::OptLevel;
use writ_compiler::{Options, Source, compile};
use writ_runtime::{Engine, EngineConfig, Instance, Limits, Module};

use crate::case::Case;
use crate::peers::say;

/// One policy's cost.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "what it says")]
pub struct Build {
    pub case: String,
    /// Rego to Wasm.
    pub compile_ms: f64,
    pub wasm_bytes: usize,
    /// Wasm to an instance that decides, base data included, without a code cache.
    pub load_ms: f64,
}

/// Compiles and loads a case `runs` times: medians.
///
/// # Errors
/// Why it cannot be done.
pub fn measure(case: &Case, runs: usize) -> Result<Build, String> {
    let mut compiled = Vec::new();
    let mut loaded = Vec::new();
    let mut wasm_bytes = 0;
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let wasm = wasm(case, OptLevel::default())?;
        compiled.push(start.elapsed().as_secs_f64() * 1e3);
        wasm_bytes = wasm.len();
        let data = case.data.as_ref().map(|data| writ_value::json::parse(data)).transpose().map_err(say)?;
        let engine = Engine::new(&EngineConfig::default()).map_err(say)?;
        let start = Instant::now();
        let module = Module::new(&engine, &wasm).map_err(say)?;
        // The limit of a decision holds for the indexing of data, too.
        let limits = Limits { time: Duration::from_secs(10), ..Limits::default() };
        let mut instance = Instance::new(&module, limits).map_err(say)?;
        if let Some(data) = &data {
            instance.set_data(data).map_err(say)?;
        }
        loaded.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let median = |values: &mut Vec<f64>| crate::measure::quantile(values, 0.5);
    Ok(Build { case: case.name.clone(), compile_ms: median(&mut compiled), wasm_bytes, load_ms: median(&mut loaded) })
}

/// The module of a case.
///
/// # Errors
/// What the compiler says.
pub fn wasm(case: &Case, opt_level: OptLevel) -> Result<Vec<u8>, String> {
    let source = |(name, text): &(String, String)| Source {
        name: name.clone(),
        text: text.as_bytes().to_vec(),
        rego_version: None,
    };
    let sources: Vec<Source> = case.policy.iter().map(source).collect();
    let options = Options { entrypoints: vec![case.entrypoint()], opt_level, ..Options::default() };
    let output = compile(&sources, &options);
    output.wasm.ok_or_else(|| output.diagnostics.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("; "))
}
