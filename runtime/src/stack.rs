//! How much of a thread's stack a decision has used when it begins another one inside.
//!
//! wasmtime gives each call into a guest [`EngineConfig::stack_bytes`](crate::EngineConfig::stack_bytes), counted from where it begins. So a guest deep in
//! its own stack that calls another module would take the thread beyond what its maker was told; only a caller near its beginning may.

use crate::error::{EvalError, LimitKind};

/// The part of a guest's stack that it may have used when it calls another module: a quarter.
const PART: usize = 4;

/// About where the stack is now.
#[inline]
pub(crate) fn here() -> usize {
    let mark = 0_u8;
    (&raw const mark).addr()
}

/// Checks that the decision that was entered at `entered` has not used more than its part.
///
/// # Errors
/// [`LimitKind::Stack`].
pub(crate) fn check(entered: usize, stack_bytes: usize) -> Result<(), EvalError> {
    // Stacks grow down on all machines that wasmtime compiles for.
    let used = entered.saturating_sub(here());
    let most = stack_bytes / PART;
    if used <= most {
        return Ok(());
    }
    Err(EvalError::limit(LimitKind::Stack, most as u64, used as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_deeper_counts() {
        assert!(check(here(), 4096 * PART).is_ok());
        let error = check(here() + 9000, 4096 * PART).unwrap_err();
        assert!(matches!(error, EvalError::Limit(limit) if limit.which == LimitKind::Stack && limit.limit == 4096));
        assert!(check(0, 64).is_ok(), "nothing was entered");
    }
}
