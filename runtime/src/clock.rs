//! The ticker: one thread per engine moves the epoch that ends what runs too long, and keeps a coarse time that costs a load to read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use wasmtime::EngineWeak;

use crate::error::EvalError;
use crate::stopwatch::{Measure, Stopwatch};

/// Time between two ticks of the epoch clock: the precision of [`Limits::time`](crate::Limits::time).
pub const TICK: Duration = Duration::from_millis(1);

/// Ticks that one wake-up makes up for at most, when the machine let the thread sleep for longer.
const MAX_CATCH_UP: u128 = 1000;

/// The clock of an engine.
pub(crate) struct Clock {
    engine: EngineWeak,
    time: Arc<Time>,
    running: OnceLock<Result<(), String>>,
}

struct Time {
    zero: Instant,
    /// Nanoseconds since `zero` at the last tick.
    now: AtomicU64,
    /// Length of a cycle of the processor, see [`Stopwatch`]; 0 where it is not known.
    cycle: AtomicU64,
}

impl Clock {
    /// A clock that stands still until [`Clock::start`].
    pub(crate) fn new(engine: EngineWeak) -> Self {
        let time = Arc::new(Time { zero: Instant::now(), now: AtomicU64::new(0), cycle: AtomicU64::new(0) });
        Self { engine, time, running: OnceLock::new() }
    }

    /// Starts the thread unless it runs. It ends within a tick when the engine is gone.
    pub(crate) fn start(&self) -> Result<(), EvalError> {
        let started = self.running.get_or_init(|| {
            let (engine, time) = (self.engine.clone(), self.time.clone());
            let thread = std::thread::Builder::new().name("writ-epoch".to_owned());
            time.set();
            thread.spawn(move || tick(&engine, &time)).map(drop).map_err(|e| e.to_string())
        });
        started.clone().map_err(|e| EvalError::internal(format!("no thread for the epoch clock: {e}")))
    }

    /// The time of the last tick: at most a tick (or what the machine makes of one) before now.
    #[inline]
    pub(crate) fn coarse_now(&self) -> Instant {
        self.time.zero + Duration::from_nanos(self.time.now.load(Ordering::Relaxed))
    }

    /// Begins to measure a length of time.
    #[inline]
    pub(crate) fn stopwatch(&self) -> Stopwatch {
        Stopwatch::start(self.time.cycle.load(Ordering::Relaxed))
    }
}

impl Time {
    fn set(&self) {
        let passed = u64::try_from(self.zero.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.now.store(passed, Ordering::Relaxed);
    }
}

/// The thread holds the engine weakly, so that it never keeps one alive. Ticks follow the time, not the number of wake-ups.
fn tick(engine: &EngineWeak, time: &Time) {
    let mut ticked = Instant::now();
    let mut measure = Measure::new();
    while let Some(engine) = engine.upgrade() {
        let due = (ticked.elapsed().as_nanos() / TICK.as_nanos()).min(MAX_CATCH_UP);
        for _ in 0..due {
            engine.increment_epoch();
        }
        ticked = if due == MAX_CATCH_UP { Instant::now() } else { ticked + TICK * due as u32 };
        drop(engine);
        time.set();
        time.cycle.store(measure.tick(), Ordering::Relaxed);
        std::thread::sleep(TICK);
    }
}
