//! Who decides now and who waits: permits, a bounded queue, and the hand-over between callers. Knows nothing of policies.
//!
//! ```text
//!   enter ─▶ a permit is free ─▶ Permit: decides at once, then for those who came meanwhile, a batch at a time
//!         ├▶ queue has room ───▶ Ticket: Pending ─▶ Done(answer)   by the holder of a permit
//!         │                                      ├▶ Lead           the permit itself, handed over
//!         │                                      └▶ Abandoned      the holder panicked
//!         └▶ Overloaded
//! ```
//!
//! INVARIANT: while the queue has somebody in it, `active` permits are out, each held by a running caller or handed to a ticket whose owner was woken.
//! A ticket that is dropped with a permit in it passes the permit on, so nobody in the queue is forgotten.

use std::collections::VecDeque;
use std::task::Waker;

use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The queue, for requests `Q` with answers `A`.
pub(crate) struct Queue<Q, A> {
    state: Mutex<State<Q, A>>,
    permits: usize,
    capacity: usize,
}

struct State<Q, A> {
    /// Permits that are out.
    active: usize,
    waiting: VecDeque<Waiting<Q, A>>,
    /// Of those, the ones whose callers are gone.
    cancelled: usize,
}

/// A request in the queue, or in a batch. Dropped without an answer it is abandoned.
pub(crate) struct Waiting<Q, A> {
    /// What is asked.
    pub(crate) request: Q,
    slot: Arc<Slot<A>>,
}

struct Slot<A>(Mutex<Stage<A>>);

enum Stage<A> {
    /// In the queue; who is to be woken.
    Queued(Option<Waker>),
    /// In a batch.
    Taken(Option<Waker>),
    Done(A),
    Lead,
    Abandoned,
    /// The answer was taken, or the caller is gone.
    Over,
}

/// What becomes of a caller.
pub(crate) enum Entered<'q, Q, A> {
    /// It decides itself, and for others afterwards.
    Run(Permit<'q, Q, A>),
    /// It waits.
    Wait(Ticket<'q, Q, A>),
    /// The queue is full: the number of those who wait.
    Overloaded(usize),
}

/// The right to decide.
pub(crate) struct Permit<'q, Q, A> {
    queue: &'q Queue<Q, A>,
    released: bool,
}

/// A place in the queue.
pub(crate) struct Ticket<'q, Q, A> {
    queue: &'q Queue<Q, A>,
    slot: Arc<Slot<A>>,
}

/// What came of a ticket.
pub(crate) enum Outcome<'q, Q, A> {
    /// The answer.
    Done(A),
    /// Decide yourself, with this permit.
    Lead(Permit<'q, Q, A>),
    /// Whoever was to decide could not: ask again.
    Abandoned,
}

impl<Q, A> Queue<Q, A> {
    /// At most `permits` callers decide at a time, at most `capacity` wait.
    pub(crate) fn new(permits: usize, capacity: usize) -> Self {
        let state = State { active: 0, waiting: VecDeque::new(), cancelled: 0 };
        Queue { state: Mutex::new(state), permits: permits.max(1), capacity }
    }

    /// Takes a permit, if one is free and nobody waits for it. Cost: one lock that is held for nanoseconds.
    #[inline]
    pub(crate) fn try_run(&self) -> Option<Permit<'_, Q, A>> {
        let mut state = locked(&self.state);
        if state.active >= self.permits {
            return None;
        }
        state.active += 1;
        Some(Permit { queue: self, released: false })
    }

    /// Takes a permit, or a place in the queue.
    pub(crate) fn enter(&self, request: Q) -> Entered<'_, Q, A> {
        let mut state = locked(&self.state);
        if state.active < self.permits {
            state.active += 1;
            return Entered::Run(Permit { queue: self, released: false });
        }
        let waiting = state.waiting.len() - state.cancelled;
        if waiting >= self.capacity {
            return Entered::Overloaded(waiting);
        }
        if state.cancelled > self.capacity {
            state.waiting.retain(|waiting| !waiting.slot.is_over());
            state.cancelled = 0;
        }
        let slot = Arc::new(Slot(Mutex::new(Stage::Queued(None))));
        state.waiting.push_back(Waiting { request, slot: slot.clone() });
        Entered::Wait(Ticket { queue: self, slot })
    }

    /// Callers that wait.
    pub(crate) fn len(&self) -> usize {
        let state = locked(&self.state);
        state.waiting.len() - state.cancelled
    }

    /// Callers that decide.
    pub(crate) fn active(&self) -> usize {
        locked(&self.state).active
    }
}

impl<Q, A> State<Q, A> {
    /// The next request whose caller is still there.
    fn pop(&mut self) -> Option<Waiting<Q, A>> {
        while let Some(waiting) = self.waiting.pop_front() {
            if waiting.slot.take() {
                return Some(waiting);
            }
            self.cancelled = self.cancelled.saturating_sub(1);
        }
        None
    }
}

impl<'q, Q, A> Permit<'q, Q, A> {
    /// Moves up to `most` requests into `batch`. None: nobody waits, and the permit is given back.
    pub(crate) fn next(&mut self, most: usize, batch: &mut Vec<Waiting<Q, A>>) -> bool {
        let mut state = locked(&self.queue.state);
        while batch.len() < most
            && let Some(waiting) = state.pop()
        {
            batch.push(waiting);
        }
        if batch.is_empty() {
            self.released = true;
            state.active -= 1;
        }
        !batch.is_empty()
    }
}

impl<Q, A> Drop for Permit<'_, Q, A> {
    /// Hands the permit to the first who waits, or gives it back.
    fn drop(&mut self) {
        if self.released {
            return;
        }
        let mut state = locked(&self.queue.state);
        loop {
            let Some(next) = state.waiting.pop_front() else {
                state.active -= 1;
                return;
            };
            if let Some(waker) = next.slot.lead() {
                // Its caller has the request as well.
                drop(state);
                if let Some(waker) = waker {
                    waker.wake();
                }
                return;
            }
            state.cancelled = state.cancelled.saturating_sub(1);
        }
    }
}

impl<Q, A> Waiting<Q, A> {
    /// False when the caller is gone.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.slot.is_over()
    }

    /// Gives the answer and wakes the caller.
    pub(crate) fn answer(self, answer: A) {
        self.slot.end(Stage::Done(answer));
    }
}

impl<Q, A> Drop for Waiting<Q, A> {
    fn drop(&mut self) {
        self.slot.end(Stage::Abandoned);
    }
}

impl<'q, Q, A> Ticket<'q, Q, A> {
    /// What came of it; `None`: not yet, `waker` will be woken.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Option<Outcome<'q, Q, A>> {
        let mut stage = locked(&self.slot.0);
        match &mut *stage {
            Stage::Queued(before) | Stage::Taken(before) => {
                if !before.as_ref().is_some_and(|before| before.will_wake(waker)) {
                    *before = Some(waker.clone());
                }
                None
            }
            ended => Some(match std::mem::replace(ended, Stage::Over) {
                Stage::Done(answer) => Outcome::Done(answer),
                Stage::Lead => Outcome::Lead(Permit { queue: self.queue, released: false }),
                Stage::Abandoned | Stage::Over | Stage::Queued(_) | Stage::Taken(_) => Outcome::Abandoned,
            }),
        }
    }
}

impl<Q, A> Drop for Ticket<'_, Q, A> {
    fn drop(&mut self) {
        // The queue's lock first, as everywhere, so that a request is counted as cancelled only while it is in the queue.
        let mut state = locked(&self.queue.state);
        let before = std::mem::replace(&mut *locked(&self.slot.0), Stage::Over);
        match before {
            Stage::Queued(_) => state.cancelled += 1,
            Stage::Lead => {
                drop(state);
                drop(Permit { queue: self.queue, released: false });
            }
            Stage::Taken(_) | Stage::Done(_) | Stage::Abandoned | Stage::Over => {}
        }
    }
}

impl<A> Slot<A> {
    /// Out of the queue, into a batch; false when the caller is gone.
    fn take(&self) -> bool {
        let mut stage = locked(&self.0);
        match &mut *stage {
            Stage::Queued(waker) => {
                *stage = Stage::Taken(waker.take());
                true
            }
            _ => false,
        }
    }

    /// Out of the queue, with a permit: who is to be woken. `None` when the caller is gone.
    fn lead(&self) -> Option<Option<Waker>> {
        let mut stage = locked(&self.0);
        match &mut *stage {
            Stage::Queued(waker) => {
                let waker = waker.take();
                *stage = Stage::Lead;
                Some(waker)
            }
            _ => None,
        }
    }

    /// Ends a request that is in a batch. One that has ended, or has become the leader, stays as it is.
    fn end(&self, how: Stage<A>) {
        let waker = {
            let mut stage = locked(&self.0);
            match &mut *stage {
                Stage::Taken(waker) => {
                    let waker = waker.take();
                    *stage = how;
                    waker
                }
                _ => None,
            }
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_over(&self) -> bool {
        matches!(&*locked(&self.0), Stage::Over)
    }
}

/// State is whole at every moment, so a panic of another holder changes nothing.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
