//! Passes over a finished plan. Each is a function from plan to plan that keeps every answer.

mod memo;

use super::ir::Plan;

/// Runs all passes.
pub fn optimise(plan: &mut Plan) {
    memo::drop_needless(plan);
}
