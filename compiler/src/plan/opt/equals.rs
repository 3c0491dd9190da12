//! Tests of a loop's elements that an index can answer: a part of the element against something that stays the same through the loop.
//!
//! ```text
//!   scan l0 as l1, l2
//!     l3 = get l2 "user"          step
//!     compare l3 == l4            test: path ["user"], equals l4
//!     compare l1 == l5            test: the key, equals l5
//! ```

use super::facts::{Facts, is_quiet};
use crate::plan::ir::{Block, CompareOp, ConstId, Local, Operand, Part, Stmt};
use crate::plan::visit;

/// A test.
pub(super) struct Test {
    /// Positions in the body of the steps that only this test needs, and of its comparison.
    gone: Vec<usize>,
    pub(super) part: Part,
    pub(super) equals: Operand,
}

/// The tests at the beginning of a loop's body: before each stands only what fails or computes, so elements for which it does not hold leave
/// no trace. None where somebody may look at the last element behind the loop.
pub(super) fn tests(body: &Block, key: Option<Local>, value: Option<Local>, facts: &Facts) -> Vec<Test> {
    let mut tests = Vec::new();
    if !key.iter().chain(&value).all(|local| facts.is_value(*local)) {
        return tests;
    }
    let mut assigned: Vec<Local> = key.into_iter().chain(value).collect();
    visit::each(body, &mut |stmt| visit::assigns(stmt, &mut |local| assigned.push(local)));
    // Parts of the element, with the steps that lead to them.
    let mut parts: Vec<(Local, Part, Vec<usize>)> = Vec::new();
    parts.extend(key.map(|key| (key, Part::Key, Vec::new())));
    parts.extend(value.map(|value| (value, Part::Path(Vec::new()), Vec::new())));
    for (at, stmt) in body.0.iter().enumerate() {
        let mut fixed = true;
        visit::writes(stmt, &mut |local| fixed &= facts.is_fixed(local));
        if !fixed || !is_quiet(stmt) {
            break;
        }
        match stmt {
            Stmt::Get { dst, source: Operand::Local(of), key: Operand::Const(key) } if facts.is_value(*dst) => {
                let part = parts.iter().find(|(local, ..)| local == of);
                if let Some((_, Part::Path(path), steps)) = part {
                    let path = path.iter().copied().chain([*key]).collect();
                    let steps = steps.iter().copied().chain([at]).collect();
                    parts.push((*dst, Part::Path(path), steps));
                }
            }
            Stmt::Compare { op: CompareOp::Eq, left, right } => {
                for (part, equals) in [(left, right), (right, left)] {
                    let Operand::Local(part) = part else { continue };
                    let Some((_, part, steps)) = parts.iter().find(|(local, ..)| local == part) else { continue };
                    let stays = match equals {
                        Operand::Local(local) => !assigned.contains(local) && facts.is_value(*local),
                        Operand::Const(_) => true,
                        Operand::Cell(_) => false,
                    };
                    if stays {
                        let gone = needless(body, steps, at);
                        tests.push(Test { gone, part: part.clone(), equals: *equals });
                    }
                }
            }
            _ => {}
        }
    }
    tests
}

impl Test {
    /// The path of a test of something inside of the element.
    pub(super) fn path(&self) -> Option<&[ConstId]> {
        match &self.part {
            Part::Path(path) if !path.is_empty() => Some(path),
            _ => None,
        }
    }

    /// Takes the test out of the body.
    pub(super) fn take_out(&self, body: &mut Block) {
        let mut at = 0;
        body.0.retain(|_| {
            at += 1;
            !self.gone.contains(&(at - 1))
        });
    }
}

/// The comparison, and the steps whose values only the later steps and the comparison read.
fn needless(body: &Block, steps: &[usize], compare: usize) -> Vec<usize> {
    let mut gone = vec![compare];
    for at in steps.iter().rev() {
        let Some(Stmt::Get { dst, .. }) = body.0.get(*at) else { break };
        let mut other = false;
        for (_, stmt) in body.0.iter().enumerate().filter(|(n, _)| n != at && !gone.contains(n)) {
            visit::mentions(stmt, &mut |local| other |= local == *dst);
        }
        if other {
            break;
        }
        gone.push(*at);
    }
    gone
}
