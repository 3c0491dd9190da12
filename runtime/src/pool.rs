//! Warm instances of one module with one set of data.
//!
//! ```text
//!   thread ─▶ its home slot ─▶ any full slot ─▶ a new instance, up to the limit ─▶ waiting for one that is returned
//!             one swap          a look at each    microseconds                      until the time limit
//! ```
//!
//! A slot holds at most one instance; taking one and putting it back are one atomic swap each. A thread comes back to the slot it used last, so
//! that threads do not meet and an instance's memory stays in the cache of one core.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;
use crossbeam_utils::atomic::AtomicCell;

use crate::data::ModuleData;
use crate::environment::Environment;
use crate::error::{EvalError, LimitKind};
use crate::instance::Instance;
use crate::limits::Limits;
use crate::module::Module;
use crate::siblings::Siblings;
use crate::stats::PoolStats;
use crate::thread_number;

/// How long one sleep of a waiting thread lasts at most. It may miss a signal, since returning an instance takes no lock; then it looks again.
const NAP: Duration = Duration::from_micros(500);

/// Makes the instances of a pool.
pub(crate) struct Maker {
    pub(crate) module: Module,
    pub(crate) data: ModuleData,
    pub(crate) limits: Limits,
    pub(crate) environment: Option<Arc<Environment>>,
    /// What the module calls.
    pub(crate) siblings: Option<Arc<Siblings>>,
}

impl Maker {
    fn make(&self, tenant: Option<&str>) -> Result<Box<Pooled>, EvalError> {
        let _span = tracing::debug_span!("make instance").entered();
        crate::faults::hit(crate::faults::Point::Allocation)?;
        let mut instance = Instance::bare(&self.module, self.limits)?;
        if let Some(environment) = &self.environment {
            instance.set_environment(environment.clone());
        }
        if let Some(siblings) = &self.siblings {
            instance.link(siblings.clone());
        }
        instance.attach(&self.data)?;
        Ok(Box::new(Pooled { instance, tenant: tenant.map(Into::into), counted: 0 }))
    }
}

struct Pooled {
    instance: Instance,
    /// Whose inputs a module that is not ours has seen.
    tenant: Option<Box<str>>,
    /// Bytes of linear memory that the pool counts for it.
    counted: usize,
}

#[derive(Default)]
struct Slot {
    instance: AtomicCell<Option<Box<Pooled>>>,
    /// A hint: false is certain to become true when an instance stays; true may be out of date.
    full: AtomicBool,
}

impl Slot {
    #[inline]
    fn take(&self) -> Option<Box<Pooled>> {
        // Before the swap: a hint that is written after it could hide an instance that was put in between.
        self.full.store(false, Ordering::Release);
        self.instance.swap(None)
    }

    /// Gives back what was there.
    #[inline]
    fn put(&self, pooled: Box<Pooled>) -> Option<Box<Pooled>> {
        let before = self.instance.swap(Some(pooled));
        self.full.store(true, Ordering::Release);
        before
    }
}

/// A pool.
pub(crate) struct Pool {
    /// `None` once nobody [holds](Held) the pool: whoever still knows it keeps neither code nor data alive.
    maker: Mutex<Option<Arc<Maker>>>,
    /// Of the maker: its module is one of ours; how long a decision may take.
    is_ours: bool,
    time: Duration,
    /// Those who may need another instance.
    holders: AtomicUsize,
    /// A power of two, at least `max`.
    slots: Box<[CachePadded<Slot>]>,
    max: usize,
    /// Instances that exist, idle or in use.
    live: AtomicUsize,
    waiting: AtomicUsize,
    gate: Mutex<()>,
    freed: Condvar,
    /// Nobody comes for instances any more: those that return are dropped.
    retired: AtomicBool,
    /// Linear memory of all instances, as of their last return.
    memory: AtomicUsize,
    created: AtomicU64,
    discarded: AtomicU64,
    waits: AtomicU64,
}

impl Pool {
    pub(crate) fn new(maker: Maker, max: usize) -> Self {
        let max = max.max(1);
        Self {
            is_ours: maker.module.is_ours(),
            time: maker.limits.time,
            maker: Mutex::new(Some(Arc::new(maker))),
            holders: AtomicUsize::new(0),
            slots: (0..max.next_power_of_two()).map(|_| CachePadded::default()).collect(),
            max,
            live: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            gate: Mutex::new(()),
            freed: Condvar::new(),
            retired: AtomicBool::new(false),
            memory: AtomicUsize::new(0),
            created: AtomicU64::new(0),
            discarded: AtomicU64::new(0),
            waits: AtomicU64::new(0),
        }
    }

    /// Lends a warm instance to `work`. `tenant` says whose input a module that is not ours will see.
    ///
    /// # Errors
    /// [`LimitKind::Instances`] when all are in use for as long as a decision may take; what making one gives.
    #[inline]
    pub(crate) fn lend<R>(
        &self,
        tenant: Option<&str>,
        work: impl FnOnce(&mut Instance) -> R,
    ) -> Result<R, Box<EvalError>> {
        let home = self.home();
        match self.slots.get(home).and_then(|slot| slot.take()) {
            // Nearly every call goes this way, and nothing of it goes through memory.
            Some(pooled) if self.suits(&pooled, tenant) => {
                let mut lease = Lease { pool: self, home, pooled: Some(pooled) };
                Ok(work(lease.instance()?))
            }
            pooled => self.lend_slowly(home, pooled, tenant, work),
        }
    }

    #[cold]
    #[inline(never)]
    fn lend_slowly<R>(
        &self,
        home: usize,
        pooled: Option<Box<Pooled>>,
        tenant: Option<&str>,
        work: impl FnOnce(&mut Instance) -> R,
    ) -> Result<R, Box<EvalError>> {
        let mut lease = match pooled {
            Some(pooled) => self.lease(home, pooled, tenant)?,
            None => self.acquire_elsewhere(home, tenant, self.time)?,
        };
        Ok(work(lease.instance()?))
    }

    /// A warm instance for nobody in particular, waiting for one no longer than `time`.
    ///
    /// # Errors
    /// As [`Self::lend`].
    pub(crate) fn acquire_within(&self, time: Duration) -> Result<Lease<'_>, EvalError> {
        let home = self.home();
        match self.slots.get(home).and_then(|slot| slot.take()) {
            Some(pooled) => self.lease(home, pooled, None),
            None => self.acquire_elsewhere(home, None, time),
        }
    }

    #[inline]
    fn home(&self) -> usize {
        thread_number::get() & (self.slots.len() - 1)
    }

    /// Whether the tenant may have the instance as it is.
    #[inline]
    fn suits(&self, pooled: &Pooled, tenant: Option<&str>) -> bool {
        self.is_ours || pooled.tenant.as_deref() == tenant
    }

    fn lease(&self, home: usize, pooled: Box<Pooled>, tenant: Option<&str>) -> Result<Lease<'_>, EvalError> {
        let suits = self.suits(&pooled, tenant);
        let lease = Lease { pool: self, home, pooled: Some(pooled) };
        if suits { Ok(lease) } else { lease.replace(tenant) }
    }

    #[cold]
    fn acquire_elsewhere(&self, home: usize, tenant: Option<&str>, time: Duration) -> Result<Lease<'_>, EvalError> {
        if let Some(pooled) = self.scan(home) {
            return self.lease(home, pooled, tenant);
        }
        if let Some(lease) = self.grow(home, tenant)? {
            return Ok(lease);
        }
        self.waits.fetch_add(1, Ordering::Relaxed);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let found = self.wait(home, tenant, time);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        found
    }

    fn wait(&self, home: usize, tenant: Option<&str>, time: Duration) -> Result<Lease<'_>, EvalError> {
        let deadline = Instant::now() + time;
        loop {
            if let Some(pooled) = self.scan(home) {
                return self.lease(home, pooled, tenant);
            }
            if let Some(lease) = self.grow(home, tenant)? {
                return Ok(lease);
            }
            if Instant::now() >= deadline {
                return Err(EvalError::limit(LimitKind::Instances, self.max as u64, self.max as u64));
            }
            let gate = self.gate.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            drop(self.freed.wait_timeout(gate, NAP));
        }
    }

    /// Any idle instance, the nearest slots first.
    fn scan(&self, home: usize) -> Option<Box<Pooled>> {
        let (before, after) = self.slots.split_at(home);
        after.iter().chain(before).find_map(|slot| slot.full.load(Ordering::Acquire).then(|| slot.take()).flatten())
    }

    /// A new instance, if there may be one more.
    fn grow(&self, home: usize, tenant: Option<&str>) -> Result<Option<Lease<'_>>, EvalError> {
        let more = |live: usize| (live < self.max).then_some(live + 1);
        if self.live.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_err() {
            return Ok(None);
        }
        // From here on the lease counts the instance, whether it is there or not.
        let lease = Lease { pool: self, home, pooled: None };
        lease.replace(tenant).map(Some)
    }

    #[inline]
    fn give_back(&self, home: usize, mut pooled: Box<Pooled>) {
        if pooled.instance.take_grown() {
            self.recount(&mut pooled);
        }
        let rest = match self.slots.get(home) {
            Some(slot) => slot.put(pooled),
            None => Some(pooled),
        };
        if let Some(rest) = rest {
            self.put_elsewhere(home, rest);
        }
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.freed.notify_one();
        }
        if self.retired.load(Ordering::Relaxed) {
            self.drop_idle();
        }
    }

    /// There are no more instances than slots, but a slot that is free may be filled under our hands.
    #[cold]
    fn put_elsewhere(&self, home: usize, mut pooled: Box<Pooled>) {
        for _ in 0..4 {
            for slot in self.slots.iter().cycle().skip(home + 1).take(self.slots.len()) {
                if slot.full.load(Ordering::Acquire) {
                    continue;
                }
                match slot.put(pooled) {
                    None => return,
                    Some(other) => pooled = other,
                }
            }
        }
        self.discard(pooled);
    }

    /// Counts the memory of an instance anew.
    #[cold]
    fn recount(&self, pooled: &mut Pooled) {
        let bytes = pooled.instance.memory_bytes();
        self.memory.fetch_add(bytes, Ordering::Relaxed);
        self.memory.fetch_sub(std::mem::replace(&mut pooled.counted, bytes), Ordering::Relaxed);
    }

    /// Drops an instance for good.
    #[cold]
    fn discard(&self, pooled: Box<Pooled>) {
        self.memory.fetch_sub(pooled.counted, Ordering::Relaxed);
        drop(pooled);
        self.gone();
    }

    /// An instance is no more.
    fn gone(&self) {
        self.live.fetch_sub(1, Ordering::AcqRel);
        self.discarded.fetch_add(1, Ordering::Relaxed);
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.freed.notify_one();
        }
    }

    /// Makes instances until `wanted` exist, so that the first decisions need not.
    pub(crate) fn warm_up(&self, wanted: usize) -> Result<(), EvalError> {
        let mut made = Vec::new();
        while self.live.load(Ordering::Acquire) < wanted.min(self.max) {
            match self.grow(self.home(), None)? {
                Some(lease) => made.push(lease),
                None => break,
            }
        }
        // Each returns to a slot of its own.
        drop(made);
        Ok(())
    }

    /// What makes instances.
    #[cold]
    fn maker(&self) -> Result<Arc<Maker>, EvalError> {
        let maker = self.maker.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        maker.clone().ok_or_else(|| EvalError::internal("a pool whose revision is gone"))
    }

    /// Nobody holds it any more.
    fn close(&self) {
        let maker = self.maker.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        // Without the lock: it may be the last one to have the data.
        drop(maker);
        self.retire();
    }

    /// Drops idle instances now and the others when they return.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::SeqCst);
        self.drop_idle();
    }

    /// Takes [`Pool::retire`] back.
    pub(crate) fn revive(&self) {
        self.retired.store(false, Ordering::SeqCst);
    }

    #[cold]
    fn drop_idle(&self) {
        for slot in &self.slots {
            if let Some(pooled) = slot.take() {
                self.discard(pooled);
            }
        }
    }

    /// Shows the memory of every idle instance.
    #[cfg(feature = "testing")]
    pub(crate) fn inspect(&self, look: &mut dyn FnMut(&[u8])) {
        let taken: Vec<_> = self.slots.iter().filter_map(|slot| slot.take()).collect();
        for pooled in taken {
            look(pooled.instance.memory());
            self.give_back(self.home(), pooled);
        }
    }

    pub(crate) fn stats(&self) -> PoolStats {
        let idle = self.slots.iter().filter(|slot| slot.full.load(Ordering::Relaxed)).count();
        let live = self.live.load(Ordering::Relaxed);
        PoolStats {
            size: live,
            max: self.max,
            in_use: live.saturating_sub(idle),
            memory_bytes: self.memory.load(Ordering::Relaxed),
            waits: self.waits.load(Ordering::Relaxed),
            created: self.created.load(Ordering::Relaxed),
            discarded: self.discarded.load(Ordering::Relaxed),
        }
    }
}

/// A pool that can make instances as long as this is there. Others who know the pool find it empty afterwards.
pub(crate) struct Held(Arc<Pool>);

impl Held {
    pub(crate) fn new(pool: Pool) -> Self {
        Self::of(Arc::new(pool))
    }

    fn of(pool: Arc<Pool>) -> Self {
        pool.holders.fetch_add(1, Ordering::AcqRel);
        Held(pool)
    }

    /// The pool, without a hold on it.
    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.0
    }
}

impl Clone for Held {
    fn clone(&self) -> Self {
        Self::of(self.0.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.0.holders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.close();
        }
    }
}

impl std::ops::Deref for Held {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.0
    }
}

/// An instance that is taken out of its pool until this is dropped.
pub(crate) struct Lease<'p> {
    pool: &'p Pool,
    /// Where it goes back to: the slot of the thread that took it.
    home: usize,
    /// `None` only when making one failed.
    pooled: Option<Box<Pooled>>,
}

impl Lease<'_> {
    /// Drops the instance, if any, and makes a fresh one in its place.
    #[cold]
    fn replace(mut self, tenant: Option<&str>) -> Result<Self, EvalError> {
        if let Some(pooled) = self.pooled.take() {
            self.pool.memory.fetch_sub(pooled.counted, Ordering::Relaxed);
            self.pool.discarded.fetch_add(1, Ordering::Relaxed);
        }
        let mut made = self.pool.maker()?.make(tenant)?;
        self.pool.recount(&mut made);
        self.pooled = Some(made);
        self.pool.created.fetch_add(1, Ordering::Relaxed);
        Ok(self)
    }

    /// The instance.
    #[inline]
    pub(crate) fn instance(&mut self) -> Result<&mut Instance, EvalError> {
        match &mut self.pooled {
            Some(pooled) => Ok(&mut pooled.instance),
            None => Err(EvalError::internal("a lease without an instance")),
        }
    }
}

impl Drop for Lease<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some(mut pooled) = self.pooled.take() else { return self.pool.gone() };
        let renewed = pooled.instance.take_renewed();
        if renewed > 0 {
            self.pool.created.fetch_add(renewed, Ordering::Relaxed);
            self.pool.discarded.fetch_add(renewed, Ordering::Relaxed);
        }
        if pooled.instance.is_usable() {
            self.pool.give_back(self.home, pooled);
        } else {
            self.pool.discard(pooled);
        }
    }
}
