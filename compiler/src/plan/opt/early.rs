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
//! A value that only one statement outside of loops can give needs no agreement with others, and of the branches of an `else` chain one gives it. And a
//! block at the end of a function is no different from its statements standing there.

use super::Note;
use super::facts;
use crate::plan::ir::{Block, Local, Operand, Plan, Stmt};
use crate::plan::visit;

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    for func in &mut plan.funcs {
        return_at_once(&mut func.body);
        open_last_block(&mut func.body);
        if let Some(chain) = chain_of(&func.body) {
            return_from_branches(&mut func.body, &chain);
            open_last_block(&mut func.body);
        }
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

/// An `else` chain at the end of a function.
struct Chain {
    /// Where its local is reset; its branches follow.
    reset: usize,
    local: Local,
}

/// The chain, if nothing else looks at its local.
///
/// ```text
///   reset l0                            block
///   block                                 …
///     …                                   return l1
///     l0 = once l1                ⇒     …
///   block                               return l2
///     is_undefined l0
///     …
///     l0 = once l2
///   is_defined l0
///   return l0
/// ```
fn chain_of(body: &Block) -> Option<Chain> {
    let [before @ .., Stmt::IsDefined { local: seen }, Stmt::Return { value: Operand::Local(local) }] =
        body.0.as_slice()
    else {
        return None;
    };
    let reset = before.iter().rposition(|stmt| !matches!(stmt, Stmt::Block(_)))?;
    let branches = &before[reset + 1..];
    let is_branch = |(n, stmt): (usize, &Stmt)| match stmt {
        Stmt::Block(block) => {
            let waits = matches!(block.0.first(), Some(Stmt::IsUndefined { local: seen }) if seen == local);
            waits == (n > 0) && ends_with(block, *local)
        }
        _ => false,
    };
    // The reset, what stands behind the branches, two for each assignment, and one for the look in front of all branches but the first.
    let expected = 1 + 2 + 2 * branches.len() + branches.len().checked_sub(1)?;
    let mut mentions = 0;
    body.0.iter().for_each(|stmt| visit::mentions(stmt, &mut |l| mentions += usize::from(l == *local)));
    let is_chain = seen == local
        && matches!(body.0[reset], Stmt::Reset { dst } if dst == *local)
        && branches.iter().enumerate().all(is_branch)
        && mentions == expected;
    is_chain.then_some(Chain { reset, local: *local })
}

/// Whether the block ends with an assignment of the local, and so with a return if that becomes one.
fn ends_with(block: &Block, local: Local) -> bool {
    match block.0.last() {
        Some(Stmt::Block(inner)) => ends_with(inner, local),
        Some(Stmt::AssignOnce { dst, .. }) => *dst == local,
        _ => false,
    }
}

fn return_from_branches(body: &mut Block, chain: &Chain) {
    // Behind the last branch there is no value.
    body.0.truncate(body.0.len().saturating_sub(2));
    for stmt in body.0.iter_mut().skip(chain.reset + 1) {
        let Stmt::Block(branch) = stmt else { continue };
        replace_last(branch, chain.local);
        branch.0.retain(|stmt| !matches!(stmt, Stmt::IsUndefined { local } if *local == chain.local));
        open_only_block(branch);
    }
    body.0.remove(chain.reset);
}

/// Puts the statements of a block in place of the block around it that has nothing else.
fn open_only_block(around: &mut Block) {
    while let [Stmt::Block(inner)] = around.0.as_mut_slice() {
        if visit::breaks_out(inner, 0) {
            return;
        }
        around.0 = std::mem::take(&mut inner.0);
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
