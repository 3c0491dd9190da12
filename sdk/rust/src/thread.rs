//! What a thread keeps for itself about each handle that it uses: where entrypoints are, a buffer for frames, its front of the cache, its counters.
//!
//! A thread *takes* its seat for the time of a call. Calls inside of the call (a `Serialize` or a built-in that asks again) find it taken and get a seat
//! for themselves, so nothing is ever borrowed twice; a panic loses the seat, which costs making a new one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use writ_runtime::{EvalError, FrameBuffer, Preparer, Resolved, Varies};

use crate::cache::key::{HEAD, Scope};
use crate::cache::{Front, Learner, Meter, Mode};
use crate::error::Error;
use crate::scope;
use crate::writ::Shared;

/// Handles that a thread keeps seats for.
const MAX_SEATS: usize = 8;

/// What a thread keeps about one handle.
pub(crate) struct Seat {
    owner: Weak<Shared>,
    pub(crate) buffer: FrameBuffer,
    pub(crate) front: Front,
    pub(crate) meter: Arc<Meter>,
    known: Vec<Known>,
    by_name: BTreeMap<Arc<str>, usize>,
    /// Which of `known` was asked last.
    last: usize,
    /// Another call of this thread is under way.
    pub(crate) is_inner: bool,
}

/// What is known about an entrypoint of the live revision.
pub(crate) struct Known {
    pub(crate) name: Arc<str>,
    pub(crate) resolved: Resolved,
    /// `None` for modules whose inputs have no projection.
    pub(crate) preparer: Option<Preparer>,
    /// Where its decisions are kept, and for how long at most; `None`: they are not.
    pub(crate) kept: Option<(Scope, Duration)>,
    pub(crate) learner: Arc<Learner>,
    pub(crate) mode: Mode,
}

thread_local! {
    /// The seat that was used last.
    static CURRENT: Cell<Option<Box<Seat>>> = const { Cell::new(None) };
    static OTHERS: RefCell<Vec<Box<Seat>>> = const { RefCell::new(Vec::new()) };
    /// Calls of this thread that are under way.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// A seat that is taken; it goes back when this is dropped.
pub(crate) struct Taken(Option<Box<Seat>>);

impl Taken {
    /// This thread's seat.
    #[inline]
    pub(crate) fn of(shared: &Arc<Shared>) -> Self {
        let depth = DEPTH.try_with(|depth| {
            depth.set(depth.get() + 1);
            depth.get()
        });
        let is_inner = depth.is_ok_and(|depth| depth > 1);
        // A thread that is ending has no seats any more.
        let current = CURRENT.try_with(Cell::take).ok().flatten();
        let mut seat = match current {
            Some(seat) if std::ptr::eq(seat.owner.as_ptr(), Arc::as_ptr(shared)) => seat,
            other => find(shared, other),
        };
        seat.is_inner = is_inner;
        Taken(Some(seat))
    }
}

#[cold]
fn find(shared: &Arc<Shared>, current: Option<Box<Seat>>) -> Box<Seat> {
    let found = OTHERS.try_with(|others| {
        // Borrowed only here and in `put_back`, which call nothing of the caller's.
        let mut others = others.try_borrow_mut().ok()?;
        others.extend(current);
        others.retain(|seat| seat.owner.strong_count() > 0);
        let at = others.iter().position(|seat| std::ptr::eq(seat.owner.as_ptr(), Arc::as_ptr(shared)));
        if at.is_none() && others.len() >= MAX_SEATS {
            others.remove(0);
        }
        at.map(|at| others.remove(at))
    });
    found.ok().flatten().unwrap_or_else(|| Box::new(Seat::new(shared)))
}

impl std::ops::Deref for Taken {
    type Target = Seat;

    #[inline]
    fn deref(&self) -> &Seat {
        match &self.0 {
            Some(seat) => seat,
            None => unreachable!("a seat is taken until it is dropped"),
        }
    }
}

impl std::ops::DerefMut for Taken {
    #[inline]
    fn deref_mut(&mut self) -> &mut Seat {
        match &mut self.0 {
            Some(seat) => seat,
            None => unreachable!("a seat is taken until it is dropped"),
        }
    }
}

impl Drop for Taken {
    #[inline]
    fn drop(&mut self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() - 1));
        if std::thread::panicking() {
            return;
        }
        let seat = self.0.take();
        if let Ok(Some(before)) = CURRENT.try_with(|current| current.replace(seat)) {
            put_back(before);
        }
    }
}

/// An inner call has come back before the outer one.
#[cold]
fn put_back(seat: Box<Seat>) {
    let _ = OTHERS.try_with(|others| {
        if let Ok(mut others) = others.try_borrow_mut()
            && others.len() < MAX_SEATS
        {
            others.push(seat);
        }
    });
}

impl Seat {
    fn new(shared: &Arc<Shared>) -> Self {
        let front = shared.store.as_ref().map_or(0, |store| store.config.front_entries);
        Seat {
            owner: Arc::downgrade(shared),
            buffer: FrameBuffer::new(HEAD),
            front: Front::new(front),
            meter: shared.meters.register(),
            known: Vec::new(),
            by_name: BTreeMap::new(),
            last: 0,
            is_inner: false,
        }
    }

    /// What is known about an entrypoint of the revision that is live now: its place in [`Seat::known`].
    ///
    /// # Errors
    /// The live revision has no such entrypoint, or no instance can be had.
    #[inline]
    pub(crate) fn find(&mut self, shared: &Shared, name: &str) -> Result<usize, Error> {
        let at = match self.known.get(self.last) {
            Some(known) if *known.name == *name => self.last,
            _ => self.by_name.get(name).copied().unwrap_or(usize::MAX),
        };
        match self.known.get(at) {
            Some(known) if Some(known.resolved.revision()) == shared.policy.live_id() => {
                self.last = at;
                Ok(at)
            }
            _ => self.resolve(shared, name),
        }
    }

    /// Asks the live revision. What it does not have is not kept, so that callers' names cannot fill the memory.
    #[cold]
    pub(crate) fn resolve(&mut self, shared: &Shared, name: &str) -> Result<usize, Error> {
        let known = Known::resolve(shared, name)?;
        let at = match self.by_name.get(name) {
            Some(&at) => {
                self.known[at] = known;
                at
            }
            None => {
                self.by_name.insert(known.name.clone(), self.known.len());
                self.known.push(known);
                self.known.len() - 1
            }
        };
        self.last = at;
        Ok(at)
    }

    /// What [`Seat::find`] found, the buffer and the rest apart.
    #[inline]
    pub(crate) fn parts(&mut self, at: usize) -> (&mut Known, &mut FrameBuffer, &mut Front, &Meter) {
        (&mut self.known[at], &mut self.buffer, &mut self.front, &self.meter)
    }
}

impl Known {
    fn resolve(shared: &Shared, name: &str) -> Result<Self, Error> {
        loop {
            let resolved = shared.policy.resolve(name)?;
            let found = shared.policy.with_resolved(&resolved, |instance, id| {
                let info = instance.entrypoint_info(id);
                let info = info.ok_or_else(|| EvalError::internal("an entrypoint that nothing is known about"))?;
                Ok::<_, EvalError>((instance.preparer(id), info, instance.digest()))
            })?;
            // `None`: the revision went between the two calls.
            let Some(found) = found else { continue };
            let (preparer, info, digest) = found?;
            let ttl = shared.store.as_ref().map(|store| match info.varies {
                Varies::Never => Duration::MAX,
                Varies::Clock => store.config.clock_ttl,
                Varies::World => Duration::ZERO,
            });
            let kept = match (&preparer, ttl) {
                (Some(preparer), Some(ttl)) if !ttl.is_zero() => {
                    let Some(scope) = scope::of(shared, name, &resolved, preparer.base(), &info, digest)? else {
                        continue;
                    };
                    Some((scope, ttl))
                }
                _ => None,
            };
            let learner = shared.learner(name);
            return Ok(Known { name: name.into(), resolved, preparer, kept, learner, mode: Mode::default() });
        }
    }
}
