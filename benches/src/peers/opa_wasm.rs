//! What `opa build -t wasm` makes, run by the crate opa-wasm with an engine as fast as wasmtime allows: no fuel, no epochs.

use std::process::Command;
use std::time::Duration;

use opa_wasm::{DefaultContext, Policy, Runtime};
use serde_json::Value;
use wasmtime::{Config, Module, OptLevel, Store};

use super::{Answer, Engine, Folder, Mode, Peer, find, output, parse, say};
use crate::case::Case;
use crate::measure::{Samples, sample};
use crate::types::Typed;

/// Larger modules take wasmtime minutes to compile.
const LARGEST: usize = 4 << 20;

pub(super) struct WasmPeer {
    /// The crate has only asynchronous calls.
    tokio: tokio::runtime::Runtime,
    store: Store<()>,
    policy: Policy<DefaultContext>,
    entrypoint: String,
    text: Vec<u8>,
    value: Value,
    typed: Option<Typed>,
}

impl WasmPeer {
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        let entrypoint = case.entrypoint();
        let wasm = build(case, &entrypoint)?;
        if wasm.len() > LARGEST {
            return Err(format!("its module has {} bytes, which takes minutes to compile", wasm.len()));
        }
        let mut config = Config::new();
        config.cranelift_opt_level(OptLevel::Speed);
        let engine = wasmtime::Engine::new(&config).map_err(say)?;
        let module = Module::new(&engine, &wasm).map_err(say)?;
        let mut store = Store::new(&engine, ());
        let tokio = tokio::runtime::Builder::new_current_thread().build().map_err(say)?;
        let data = case.data.as_ref().map(|data| serde_json::from_slice(data)).transpose().map_err(say)?;
        let data = data.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let policy = tokio.block_on(async {
            let runtime = Runtime::new(&mut store, &module).await.map_err(say)?;
            runtime.with_data(&mut store, &data).await.map_err(say)
        })?;
        let value = serde_json::from_slice(&case.input).map_err(say)?;
        Ok(WasmPeer { tokio, store, policy, entrypoint, text: case.input.clone(), value, typed: case.typed.clone() })
    }

    fn decide(&mut self, mode: Mode) -> Result<Value, String> {
        let parsed;
        let (store, entrypoint, policy) = (&mut self.store, self.entrypoint.as_str(), &self.policy);
        let result = match (mode, &self.typed) {
            (Mode::Struct, Some(typed)) => self.tokio.block_on(policy.evaluate(store, entrypoint, typed)),
            (Mode::Native, _) => self.tokio.block_on(policy.evaluate(store, entrypoint, &self.value)),
            _ => {
                parsed = serde_json::from_slice::<Value>(&self.text).map_err(say)?;
                self.tokio.block_on(policy.evaluate(store, entrypoint, &parsed))
            }
        };
        result.map_err(say)
    }
}

fn build(case: &Case, entrypoint: &str) -> Result<Vec<u8>, String> {
    let opa = find("opa").ok_or("`opa`, which compiles its modules, is not installed")?;
    let files = Folder::new()?;
    let bundle = files.path("bundle.tar.gz");
    let mut command = Command::new(opa);
    command.args(["build", "-t", "wasm", "-e", entrypoint, "-o"]).arg(&bundle);
    for (n, (_, text)) in case.policy.iter().enumerate() {
        command.arg(files.write(&format!("policy{n}.rego"), text.as_bytes())?);
    }
    output(&mut command)?;
    let bundle = writ_bundle::Bundle::open(&bundle, &writ_bundle::Limits::default()).map_err(say)?;
    bundle.wasm.first().map(|file| file.bytes.to_vec()).ok_or_else(|| "its bundle has no module".to_owned())
}

impl Peer for WasmPeer {
    fn engine(&self) -> Engine {
        Engine::OpaWasm
    }

    fn modes(&self) -> Vec<Mode> {
        let mut modes = vec![Mode::Json, Mode::Native];
        modes.extend(self.typed.as_ref().map(|_| Mode::Struct));
        modes
    }

    fn answer(&mut self, mode: Mode) -> Result<Option<Answer>, String> {
        let rows = self.decide(mode)?;
        let row = rows.as_array().and_then(|rows| rows.first());
        match row.map(|row| &row["result"]) {
            Some(value) => parse(&value.to_string()).map(|value| Some(Some(value))),
            None => Ok(Some(None)),
        }
    }

    fn run(&mut self, mode: Mode, slice: Duration) -> Result<Samples, String> {
        Ok(sample(slice, || self.decide(mode)))
    }
}
