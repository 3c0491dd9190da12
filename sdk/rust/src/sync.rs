//! The primitives of the small concurrent state machines ([`crate::cache::flight`], [`crate::coalesce::queue`]). Tests put shuttle's in their place.

pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
