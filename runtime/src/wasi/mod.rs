//! WASI (`wasi_snapshot_preview1`) for policies that were built for it: what they may ask of a system, and do not get unless the host grants it.
//!
//! | a policy asks for | without a grant | with |
//! | --- | --- | --- |
//! | files, folders, sockets, arguments, variables of the environment | there are none; every descriptor but output is unknown | never granted |
//! | output and error | a line each to `tracing` (target `writ::policy`) and to the decision's prints | |
//! | the clock | ends the decision with [`EvalError::Builtin`] | the decision's time, and the time since it began |
//! | randomness | ends the decision with [`EvalError::Builtin`] | the system's |
//! | to sleep or wait | ends the decision with [`EvalError::Builtin`] | never granted |
//! | to end the process | ends the decision with [`EvalError::Policy`], code `policy_exit` | |
//!
//! Clock and chance end the decision, since an error number can be swallowed and a constant in their place would be taken for them. An entrypoint of a
//! module that imports what is granted counts as one whose answers vary. What is left comes from wasmtime-wasi, with a context that holds nothing; of
//! it, whatever waits for a runtime of tokio's is replaced, since a decision may be made by a thread that drives one and must not wait there.

#[cfg(feature = "wasi")]
mod functions;

use crate::error::EvalError;

#[cfg(feature = "wasi")]
pub(crate) use functions::{Context, add_to};

/// Name of the module that policies for WASI import from.
pub(crate) const IMPORT_MODULE: &str = "wasi_snapshot_preview1";

/// What the host grants to policies that were built for WASI. Default: nothing. It has no effect on others, nor without the feature `wasi`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WasiGrants {
    /// The clock.
    pub clock: bool,
    /// Randomness. `HashMap` of Rust's standard library asks for it as well.
    pub random: bool,
}

/// Functions of the clock.
const CLOCK: [&str; 2] = ["clock_time_get", "clock_res_get"];
/// Functions of chance.
const RANDOM: [&str; 1] = ["random_get"];

impl WasiGrants {
    /// Names of what the module imports and gets, for [`EntrypointInfo::varying_builtins`](crate::EntrypointInfo::varying_builtins).
    pub(crate) fn given_to(self, module: &wasmtime::Module) -> Vec<String> {
        let imports = |names: &[&str]| {
            module.imports().any(|import| import.module() == IMPORT_MODULE && names.contains(&import.name()))
        };
        let parts = [("wasi.clock", self.clock && imports(&CLOCK)), ("wasi.random", self.random && imports(&RANDOM))];
        parts.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned()).collect()
    }
}

/// Whether this build has WASI at all.
pub(crate) const fn is_there() -> bool {
    cfg!(feature = "wasi")
}

/// Why a module that needs WASI is refused by a build without it.
pub(crate) fn missing() -> EvalError {
    EvalError::artifact("it was built for WASI, which this host has only with the feature `wasi` of writ-runtime")
}
