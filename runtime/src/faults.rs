//! Failures on purpose, for tests: the n-th allocation, host call or file write from now on fails. Without the feature `testing` nothing ever does.

use crate::error::EvalError;

/// Where something can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Point {
    /// An instance and its memory are made, or an instance's memory grows.
    Allocation,
    /// A module calls the host.
    HostCall,
    /// A file of the code cache is written.
    FileWrite,
}

#[cfg(any(test, feature = "testing"))]
mod armed {
    use std::cell::Cell;

    use super::Point;

    thread_local! {
        static NEXT: Cell<Option<(Point, u32)>> = const { Cell::new(None) };
    }

    /// Makes the `n`-th (from 1) use of `point` in this thread fail, once. `None` takes it back.
    pub fn arm(fault: Option<(Point, u32)>) {
        NEXT.set(fault);
    }

    /// True when the fault was hit.
    pub fn is_spent() -> bool {
        NEXT.get().is_none()
    }

    pub(super) fn due(point: Point) -> bool {
        match NEXT.get() {
            Some((armed, n)) if armed == point => {
                NEXT.set((n > 1).then(|| (armed, n - 1)));
                n <= 1
            }
            _ => false,
        }
    }
}

#[cfg(any(test, feature = "testing"))]
pub use armed::{arm, is_spent};

/// Passes `point`.
#[inline]
pub(crate) fn hit(point: Point) -> Result<(), EvalError> {
    #[cfg(any(test, feature = "testing"))]
    if armed::due(point) {
        return Err(EvalError::internal(format!("fault injected: {point:?}")));
    }
    let _ = point;
    Ok(())
}
