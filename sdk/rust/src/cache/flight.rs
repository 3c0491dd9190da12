//! Single flight: of several threads that miss the same key at the same time one decides, the others take its answer.
//!
//! ```text
//!   join ─▶ nobody is there ─▶ Leader ──finish(answer)──▶ landed ──▶ waiters take it
//!        └▶ somebody is ────▶ wait     └─dropped (panic, error, nothing to share)─▶ landed empty ──▶ waiters decide themselves
//! ```
//!
//! A leader never waits for anything but its own decision, which is bounded in time, and whatever ends it lands the flight. A waiter that has been
//! patient for long enough decides for itself, so that nobody is ever stuck.

use std::time::Duration;

use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Locks that flights are spread over. A power of two.
const SHARDS: usize = 16;

/// All flights.
pub(crate) struct Flights<V> {
    shards: Box<[Shard<V>]>,
}

type Shard<V> = Mutex<Vec<Arc<Flight<V>>>>;

struct Flight<V> {
    key: Arc<[u8]>,
    state: Mutex<State<V>>,
    landed: Condvar,
}

enum State<V> {
    Flying,
    Landed(Option<V>),
}

/// What [`Flights::join`] makes of a caller.
pub(crate) enum Joined<'f, V> {
    /// It decides, and tells the others.
    Lead(Leader<'f, V>),
    /// Another one decided; `None`: it has nothing to share, or took too long.
    Led(Option<V>),
}

/// The one that decides. Dropping it lands the flight empty.
pub(crate) struct Leader<'f, V> {
    flights: &'f Flights<V>,
    flight: Arc<Flight<V>>,
    shard: usize,
}

impl<V: Clone> Flights<V> {
    pub(crate) fn new() -> Self {
        Flights { shards: (0..SHARDS).map(|_| Mutex::new(Vec::new())).collect() }
    }

    /// Leads the flight of the key, or waits for it, at most for `patience`.
    pub(crate) fn join(&self, hash: u64, key: &Arc<[u8]>, patience: Duration) -> Joined<'_, V> {
        let shard = hash as usize & (SHARDS - 1);
        let flight = {
            let mut flying = locked(&self.shards[shard]);
            match flying.iter().find(|flight| flight.key == *key) {
                Some(flight) => flight.clone(),
                None => {
                    let state = Mutex::new(State::Flying);
                    let flight = Arc::new(Flight { key: key.clone(), state, landed: Condvar::new() });
                    flying.push(flight.clone());
                    return Joined::Lead(Leader { flights: self, flight, shard });
                }
            }
        };
        let mut state = locked(&flight.state);
        loop {
            if let State::Landed(answer) = &*state {
                return Joined::Led(answer.clone());
            }
            let (next, waited) = flight.landed.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() {
                return Joined::Led(None);
            }
            state = next;
        }
    }
}

impl<V> Leader<'_, V> {
    /// Gives the answer to those who wait.
    pub(crate) fn finish(self, answer: V) {
        self.land(Some(answer));
        // Dropping it afterwards finds the flight landed.
    }

    fn land(&self, answer: Option<V>) {
        // First nobody can join any more, then those who joined are told.
        let mut flying = locked(&self.flights.shards[self.shard]);
        let Some(at) = flying.iter().position(|flight| Arc::ptr_eq(flight, &self.flight)) else { return };
        flying.swap_remove(at);
        drop(flying);
        *locked(&self.flight.state) = State::Landed(answer);
        self.flight.landed.notify_all();
    }
}

impl<V> Drop for Leader<'_, V> {
    fn drop(&mut self) {
        self.land(None);
    }
}

/// State is whole at every moment, so a panic of another holder changes nothing.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
