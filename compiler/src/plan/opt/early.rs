//! Early exit: a function ends as soon as its value is known.
//!
//! ```text
//!   reset l0                        l1 = input.role
//!   block                           return l1
//!     l1 = input.role       ⇒
//!     l0 = once l1
//!   return_if_defined l0
//! ```
//!
//! A value that only one statement outside of loops can give needs no agreement with others. And a block at the end of a function is no
//! different from its statements standing there.

use super::Note;
use super::facts;
use crate::plan::ir::{Block, Local, Plan, Stmt};
use crate::plan::visit;

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    for func in &mut plan.funcs {
        return_at_once(&mut func.body);
        open_last_block(&mut func.body);
    }
}

fn return_at_once(body: &mut Block) {
    let Some(at) = body.0.iter().position(|stmt| matches!(stmt, Stmt::ReturnIfDefined { .. })) else { return };
    let Stmt::ReturnIfDefined { local } = body.0[at] else { return };
    // Reset, looked at and assigned by the one statement, and returned: four mentions.
    let mut mentions = 0;
    body.0.iter().for_each(|stmt| visit::mentions(stmt, &mut |l| mentions += u32::from(l == local)));
    let Some(reset) = body.0.iter().position(|stmt| matches!(stmt, Stmt::Reset { dst } if *dst == local)) else {
        return;
    };
    if mentions != 4 || reset > at || at == 0 {
        return;
    }
    let Stmt::Block(block) = &mut body.0[at - 1] else { return };
    if replace_last(block, local) {
        body.0.remove(at);
        body.0.remove(reset);
    }
}

/// Replaces the assignment if it is what the block ends with.
fn replace_last(block: &mut Block, local: Local) -> bool {
    match block.0.last_mut() {
        Some(Stmt::Block(inner)) => replace_last(inner, local),
        Some(last) => {
            let Stmt::AssignOnce { dst, source, .. } = last else { return false };
            if *dst != local {
                return false;
            }
            *last = Stmt::Return { value: *source };
            true
        }
        None => false,
    }
}

/// Puts the statements of a block at the end of a function in its place.
fn open_last_block(body: &mut Block) {
    while let Some(Stmt::Block(last)) = body.0.last() {
        // A function's own block cannot be left by a break that counts one block less.
        if visit::breaks_out(last, 0) {
            return;
        }
        let Some(Stmt::Block(last)) = body.0.pop() else { return };
        body.0.extend(last.0);
    }
}

/// Whether the function only computes, step by step, and ends with its value: no blocks, and nothing that is seen elsewhere.
pub(super) fn is_straight(body: &Block) -> bool {
    let Some((last, steps)) = body.0.split_last() else { return false };
    matches!(last, Stmt::Return { .. })
        && facts::size(body) == body.0.len()
        && steps.iter().all(|stmt| {
            !matches!(stmt, Stmt::Return { .. } | Stmt::ReturnIfDefined { .. } | Stmt::Break { .. } | Stmt::Fail)
        })
}
