//! Passes over a finished plan. Each is a function from plan to plan that keeps every answer.

mod consts;
mod early;
mod equals;
mod exists;
mod factor;
mod facts;
mod fuse;
mod hoist;
mod index;
mod inline;
mod join;
mod made;
mod memo;
mod prune;
mod select;
mod simplify;
mod tail;
#[cfg(test)]
mod tests;
mod unite;

use super::ir::{Block, Func, Operand, Plan};

pub(super) use made::{is_index, is_made};

/// How much work goes into the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum OptLevel {
    /// The plan as it was lowered.
    O0,
    /// What makes each function simpler.
    O1,
    /// Everything, the rule index with it. The default.
    #[default]
    O2,
}

/// What a pass did to a function, for `--explain-plan`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Rules of one shape became a table.
    Table {
        /// Number of the function.
        func: u32,
        /// How many rules.
        rules: usize,
        /// The values by which a row is found; none: all rows are tried.
        by: Vec<String>,
        /// `equality`, `membership` or `prefix`.
        how: &'static str,
    },
    /// Rules became the cases of a switch.
    Switch {
        /// Number of the function.
        func: u32,
        /// How many rules.
        rules: usize,
        /// The value that decides.
        by: String,
        /// How many constants it is compared with.
        cases: usize,
    },
    /// A scan of base data became a lookup in an index.
    Join {
        /// Number of the function.
        func: u32,
        /// The collection.
        source: String,
        /// Where in an element the value stands by which it is found.
        key: String,
    },
    /// A scan that is done again and again became a selection, with an index when it pays.
    Select {
        /// Number of the function.
        func: u32,
        /// The collection.
        source: Operand,
        /// Where in an element the value stands by which it is found; none: its key.
        part: Option<String>,
    },
    /// A loop within another one is a scan.
    Scan {
        /// Number of the function.
        func: u32,
        /// The collection.
        source: Operand,
        /// Why.
        why: Stays,
    },
}

/// Why a loop within another one stays a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// The outer loop has another collection in each round.
    OtherCollection,
    /// No test at its beginning is one for equality with something from outside of the loop.
    NoTest,
}

impl Note {
    /// Number of the function that it is about.
    fn func_mut(&mut self) -> &mut u32 {
        match self {
            Note::Table { func, .. }
            | Note::Switch { func, .. }
            | Note::Join { func, .. }
            | Note::Select { func, .. }
            | Note::Scan { func, .. } => func,
        }
    }
}

/// Deepest nesting of blocks in a function that passes change: they add a few levels, and `verify` allows
/// [`MAX_NESTING`](super::verify::MAX_NESTING).
const DEEP: usize = 300;

type Pass = fn(&mut Plan, &mut Vec<Note>);

/// Each with the level from which on it runs, in order: what makes tests visible comes before the index, what tidies up behind it.
const PASSES: &[(OptLevel, Pass)] = &[
    (OptLevel::O1, early::run),
    (OptLevel::O2, exists::run),
    (OptLevel::O2, inline::run),
    (OptLevel::O1, prune::run),
    (OptLevel::O1, simplify::run),
    (OptLevel::O2, hoist::run),
    (OptLevel::O2, index::run),
    (OptLevel::O2, memo::drop_needless),
    (OptLevel::O2, tail::run),
    (OptLevel::O2, prune::run),
    (OptLevel::O1, simplify::run),
    (OptLevel::O2, unite::run),
    (OptLevel::O2, fuse::run),
    (OptLevel::O2, factor::run),
    (OptLevel::O2, early::run),
    (OptLevel::O1, memo::drop_needless),
    (OptLevel::O2, join::run),
    (OptLevel::O2, select::run),
];

/// Runs the passes of a level and says what they did, function by function.
pub fn optimise(plan: &mut Plan, level: OptLevel) -> Vec<Note> {
    let mut notes = Vec::new();
    for (needed, pass) in PASSES {
        if level >= *needed {
            pass(plan, &mut notes);
        }
    }
    notes
}

/// Whether a function is nested too deep for passes that nest deeper.
fn is_deep(func: &Func) -> bool {
    is_deeper(&func.body, DEEP)
}

/// Whether a block is nested at least so deep.
fn is_deeper(block: &Block, levels: usize) -> bool {
    levels == 0 || block.0.iter().any(|stmt| stmt.blocks().any(|inner| is_deeper(inner, levels - 1)))
}
