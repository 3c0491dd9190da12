//! Asks a policy in Rust what the last step of its build has to know (see `compiler/src/finish`).

use wasmtime::Store;
use writ_abi::names;

use crate::abi::Lookup;
use crate::engine;
use crate::error::EvalError;
use crate::host::{self, Host};
use crate::limits::Limits;
use crate::module::Module;
use crate::trap::{self, Allowance};

impl Module {
    /// What the module says about itself: the text that its export `writ_describe` gives, `None` when it has none. Guest code runs, within the default limits.
    ///
    /// # Errors
    /// As [`Instance::new`](crate::Instance::new).
    pub fn description(&self) -> Result<Option<String>, EvalError> {
        let inner = &self.inner;
        let limits = Limits { time: std::time::Duration::from_secs(5), ..Limits::default() };
        inner.engine.clock().start()?;
        let mut store = Store::new(inner.engine.wasm(), Host::new(limits, inner));
        store.limiter(|host| host);
        store.set_epoch_deadline(engine::ticks(limits.time));
        let config = inner.engine.config();
        if config.fuel {
            store.set_fuel(u64::MAX).map_err(|e| EvalError::internal(e.to_string()))?;
        }
        let started = inner.engine.clock().coarse_now();
        let allowed = Allowance {
            time: limits.time,
            started,
            stack_bytes: config.stack_bytes,
            fuel: None,
            max_instances: config.max_instances,
        };
        let failed = |store: &mut Store<Host>, error: &wasmtime::Error| {
            let failure = store.data_mut().failure.take();
            trap::classify(error, failure, allowed)
        };
        let instance = inner.code.instantiate(&mut store).map_err(|error| failed(&mut store, &error))?;
        let Some(describe) = Lookup { instance, store: &mut store }.optional::<(), i32>(names::DESCRIBE)? else {
            return Ok(None);
        };
        let address = describe.call(&mut store, ()).map_err(|error| failed(&mut store, &error))?;
        let memory = instance.get_memory(&mut store, names::MEMORY);
        let memory = memory.ok_or_else(|| EvalError::artifact("it exports no memory"))?;
        let text = host::text_at(memory.data(&store), address, limits.result_bytes);
        text.map(Some).ok_or_else(|| EvalError::artifact("its description is no text"))
    }
}
