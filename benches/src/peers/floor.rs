//! The floor: the least that any engine in Wasm must do. JSON text is scanned once and nothing of it kept; a Wasm function that does nothing is called.

use std::time::Duration;

use serde::de::IgnoredAny;
use wasmtime::{Config, Instance, Module, Store, TypedFunc};

use super::{Answer, Engine, Mode, Peer, say};
use crate::case::Case;
use crate::measure::{Samples, sample};

/// The arguments and the result of Writ's own entry.
const NOTHING: &str = r#"(module (func (export "decide") (param i32 i32 i32) (result i64) (i64.const 5)))"#;

pub(super) struct FloorPeer {
    store: Store<()>,
    call: TypedFunc<(i32, i32, i32), i64>,
    text: Vec<u8>,
}

impl FloorPeer {
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        let mut config = Config::new();
        config.epoch_interruption(true);
        let engine = wasmtime::Engine::new(&config).map_err(say)?;
        let module = wat::parse_str(NOTHING).map_err(say)?;
        let module = Module::new(&engine, module).map_err(say)?;
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(1);
        let instance = Instance::new(&mut store, &module, &[]).map_err(say)?;
        let call = instance.get_typed_func(&mut store, "decide").map_err(say)?;
        Ok(FloorPeer { store, call, text: case.input.clone() })
    }
}

impl Peer for FloorPeer {
    fn engine(&self) -> Engine {
        Engine::Floor
    }

    fn modes(&self) -> Vec<Mode> {
        vec![Mode::Json, Mode::Native]
    }

    fn answer(&mut self, _: Mode) -> Result<Option<Answer>, String> {
        Ok(None)
    }

    fn run(&mut self, mode: Mode, slice: Duration) -> Result<Samples, String> {
        let FloorPeer { store, call, text } = self;
        Ok(match mode {
            Mode::Json => sample(slice, || {
                let scanned = serde_json::from_slice::<IgnoredAny>(std::hint::black_box(text)).is_ok();
                (scanned, call.call(&mut *store, (0, 8, 16)).ok())
            }),
            _ => sample(slice, || call.call(&mut *store, (0, 8, 16)).ok()),
        })
    }
}
