//! What the world gives to policies: the time, randomness, the network. Nothing by default but the system's clock.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use writ_builtins::{Caches, Clock, Context, Network, ParseModule};
use writ_value::Value;

/// Capabilities of the built-ins that need more than their arguments. Shared by instances; set with
/// [`Instance::set_environment`](crate::Instance::set_environment).
#[derive(Clone)]
#[non_exhaustive]
pub struct Environment {
    /// The time at which every decision is made, in nanoseconds since 1970; `None` is the system's clock.
    pub fixed_time_ns: Option<i64>,
    /// What `opa.runtime` gives. Default: an empty object.
    pub runtime: Value,
    /// The network. Default: none.
    pub network: Option<Arc<dyn Network>>,
    /// For `rego.parse_module`, which needs a compiler. Default: none.
    pub parse_module: Option<ParseModule>,
    /// Makes random built-ins repeatable.
    pub seed: Option<u64>,
    caches: Arc<Caches>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            fixed_time_ns: None,
            runtime: Value::empty_object(),
            network: None,
            parse_module: None,
            seed: None,
            caches: Arc::default(),
        }
    }
}

impl Environment {
    /// A context for decisions in this environment.
    pub(crate) fn context(&self) -> Context {
        let clock = self.fixed_time_ns.map_or(Clock::Reading(system_time_ns), Clock::Fixed);
        let mut context = Context::with_clock(self.caches.clone(), clock);
        context.runtime = self.runtime.clone();
        context.network.clone_from(&self.network);
        context.parse_module.clone_from(&self.parse_module);
        context.seed = self.seed;
        context
    }
}

/// Before 1970 and after 2262 the clock reads as the nearest time that fits.
fn system_time_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("fixed_time_ns", &self.fixed_time_ns)
            .field("network", &self.network.is_some())
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
