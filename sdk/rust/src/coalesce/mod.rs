//! Asynchronous callers: a lone one decides at once, on its own thread; under load, those that find every permit taken are decided in batches by those
//! who hold one.
//!
//! A decision takes less than a task switch, so whoever can decide does, and nobody waits for company. Only when as many callers decide as may
//! (usually: one per core), the next ones queue up; the holder of a permit then takes as many as are there, up to the size of a batch, and goes on for
//! the time of a window, after which it hands the permit to the first who waits, so that no caller works for others for ever.

pub(crate) mod queue;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::decide::CallOptions;
use crate::decision::Decision;
use crate::error::Error;
use queue::{Entered, Outcome, Permit, Queue, Ticket, Waiting};

/// How asynchronous callers share the work.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// let mut batching = writ::BatchConfig::default();
/// batching.max_waiting = 1000;
/// let builder = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").batching(batching);
/// # builder.build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchConfig {
    /// Callers that decide at a time. More than there are cores helps nobody. Default: the number of cores.
    pub max_deciding: usize,
    /// Callers that wait at most; the next is refused with [`Error::Overloaded`]. Default 10,000.
    pub max_waiting: usize,
    /// Requests that are taken from the queue at a time. Default 64.
    pub max_batch: usize,
    /// How long one caller decides for others at most before it hands over. Default 200 µs.
    pub window: Duration,
}

impl Default for BatchConfig {
    fn default() -> Self {
        BatchConfig {
            max_deciding: std::thread::available_parallelism().map_or(1, usize::from),
            max_waiting: 10_000,
            max_batch: 64,
            window: Duration::from_micros(200),
        }
    }
}

/// What asynchronous callers are doing.
///
/// ```
/// # fn main() -> Result<(), writ::Error> {
/// # let writ = writ::Writ::builder().rego("p.rego", "package p\nok if input.x").entrypoint("p/ok").build()?;
/// let queue = writ.health().queue;
/// assert_eq!((queue.deciding, queue.waiting), (0, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct QueueStats {
    /// Callers that decide now.
    pub deciding: usize,
    /// Callers that wait now.
    pub waiting: usize,
    /// How many may wait.
    pub max_waiting: usize,
}

/// A request that may have to wait.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) entrypoint: Arc<str>,
    pub(crate) input: Bytes,
    pub(crate) options: CallOptions,
}

/// What a request comes to.
pub(crate) type Answer = Result<Decision, Error>;

/// Decides requests: [`Coalescer`]'s way back to the handle.
pub(crate) trait Decide {
    /// One.
    fn one(&self, request: &Request) -> Answer;
    /// Several, each answered as soon as it is decided.
    fn batch(&self, batch: &mut Vec<Waiting<Request, Answer>>);
}

/// The queue of a handle.
pub(crate) struct Coalescer {
    queue: Queue<Request, Answer>,
    config: BatchConfig,
}

impl Coalescer {
    pub(crate) fn new(config: BatchConfig) -> Self {
        Coalescer { queue: Queue::new(config.max_deciding, config.max_waiting), config }
    }

    pub(crate) fn stats(&self) -> QueueStats {
        let (deciding, waiting) = (self.queue.active(), self.queue.len());
        QueueStats { deciding, waiting, max_waiting: self.config.max_waiting }
    }

    /// Runs `work` at once if a permit is free, then decides for those who came meanwhile.
    #[inline]
    pub(crate) fn try_run<T>(&self, decide: &impl Decide, work: impl FnOnce() -> T) -> Option<T> {
        let permit = self.queue.try_run()?;
        let result = work();
        self.serve(permit, decide);
        Some(result)
    }

    /// Decides the request, or waits until somebody did.
    pub(crate) async fn run(&self, decide: &impl Decide, request: Request) -> Answer {
        loop {
            let ticket = match self.queue.enter(request.clone()) {
                Entered::Run(permit) => return self.lead(permit, decide, &request),
                Entered::Overloaded(waiting) => {
                    return Err(Error::Overloaded { waiting, limit: self.config.max_waiting });
                }
                Entered::Wait(ticket) => ticket,
            };
            match (Waits { ticket }).await {
                Outcome::Done(answer) => return answer,
                Outcome::Lead(permit) => return self.lead(permit, decide, &request),
                // Whoever was to decide panicked; the panic is its caller's, the request is asked again.
                Outcome::Abandoned => {}
            }
        }
    }

    fn lead(&self, permit: Permit<'_, Request, Answer>, decide: &impl Decide, request: &Request) -> Answer {
        let answer = decide.one(request);
        self.serve(permit, decide);
        answer
    }

    /// Decides for those who wait until nobody does, or the window is over. Dropping the permit hands it on.
    #[inline]
    fn serve(&self, mut permit: Permit<'_, Request, Answer>, decide: &impl Decide) {
        let mut batch = Vec::new();
        if !permit.next(self.config.max_batch, &mut batch) {
            return;
        }
        let began = Instant::now();
        loop {
            decide.batch(&mut batch);
            if began.elapsed() >= self.config.window || !permit.next(self.config.max_batch, &mut batch) {
                return;
            }
        }
    }
}

/// Waits for a ticket.
struct Waits<'q> {
    ticket: Ticket<'q, Request, Answer>,
}

impl<'q> Future for Waits<'q> {
    type Output = Outcome<'q, Request, Answer>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.ticket.poll(context.waker()) {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }
    }
}
