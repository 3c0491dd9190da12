//! Bounds of one evaluation. Each has its own [`LimitKind`](crate::LimitKind).

use std::time::Duration;

/// What one evaluation may use. Plain data; copy and change what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall time, checked at every tick of the engine (1 ms). A decision that reaches it is ended after another eighth of it in which its thread ran
    /// half of the time, and at twice the limit at the latest: on an overloaded machine waiting for a core is not held against it. Built-ins of the
    /// host see the plain limit. Default 50 ms.
    pub time: Duration,
    /// Linear memory that one evaluation may use, beyond what module and data take. Default 64 MiB.
    pub memory_bytes: usize,
    /// Memory that the input takes once it is laid out. Default 16 MiB.
    pub input_bytes: usize,
    /// Memory that the result takes; what is shared inside it counts each time. Default 16 MiB.
    pub result_bytes: usize,
    /// Levels of nesting of a document that crosses the border. Default 512.
    pub depth: usize,
    /// Steps of Wasm code, for bounds that are the same on every machine and every run. Needs an engine that
    /// [counts](crate::EngineConfig::fuel). Default: none.
    pub fuel: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_millis(50),
            memory_bytes: 64 << 20,
            input_bytes: 16 << 20,
            result_bytes: 16 << 20,
            depth: 512,
            fuel: None,
        }
    }
}
