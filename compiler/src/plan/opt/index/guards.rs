//! The tests of a block that an index can answer: a value read from a fixed place against a constant.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::plan::ir::{Block, CompareOp, ConstId, Local, Operand, PathId, Stmt};
use crate::plan::visit;

use super::effects;

/// Where a tested value comes from. Equal sources give equal values all through a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Source {
    pub(super) base: Base,
    /// Keys on the way down from there.
    pub(super) keys: Vec<ConstId>,
}

/// What a [`Source`] begins with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Base {
    /// An argument of the function.
    Param(Local),
    /// Input at a static path.
    Input(PathId),
    /// Base data at a static path.
    Data(Vec<ConstId>),
}

impl Source {
    fn new(base: Base) -> Self {
        Source { base, keys: Vec::new() }
    }

    fn below(&self, key: ConstId) -> Self {
        let mut below = self.clone();
        below.keys.push(key);
        below
    }
}

/// How the value is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    /// It equals the constant.
    Equal,
    /// It is an element of the constant.
    OneOf,
    /// It is a string that begins with the constant.
    Prefix,
}

/// One test.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) source: Source,
    pub(super) test: Test,
    pub(super) constant: ConstId,
    /// Position in the block of the statement that names the constant.
    pub(super) at: usize,
    /// For a test by a built-in: position of the statement that wants its result to hold, and the result.
    pub(super) holds: Option<(usize, Local)>,
}

/// The tests that must hold for the block to do anything that can be seen outside.
pub(super) fn of(block: &Block, params: u32, inner: &FxHashSet<u32>) -> Vec<Guard> {
    let mut found = Vec::new();
    let mut sources: FxHashMap<Local, Source> =
        (0..params).map(|param| (Local(param), Source::new(Base::Param(Local(param))))).collect();
    // Results of tests that still have to hold.
    let mut pending: FxHashMap<Local, Guard> = FxHashMap::default();
    for (at, stmt) in block.0.iter().enumerate() {
        if effects::seen_outside(stmt, inner, 0) {
            break;
        }
        let (mut source, mut guard) = (None, None);
        match stmt {
            Stmt::InputPath { dst, path } => source = Some((*dst, Source::new(Base::Input(*path)))),
            Stmt::DataPath { dst, path } => source = Some((*dst, Source::new(Base::Data(path.clone())))),
            Stmt::Get { dst, source: Operand::Local(of), key: Operand::Const(key) } => {
                source = sources.get(of).map(|of| (*dst, of.below(*key)));
            }
            Stmt::Assign { dst, source: Operand::Local(of) } => source = sources.get(of).map(|of| (*dst, of.clone())),
            Stmt::Compare { op: CompareOp::Eq, left: Operand::Local(local), right: Operand::Const(constant) }
            | Stmt::Compare { op: CompareOp::Eq, left: Operand::Const(constant), right: Operand::Local(local) } => {
                if let Some(source) = sources.get(local) {
                    found.push(Guard {
                        source: source.clone(),
                        test: Test::Equal,
                        constant: *constant,
                        at,
                        holds: None,
                    });
                }
            }
            Stmt::Builtin { dst: Some(dst), name, args, .. } => {
                if let (Some(test), [Operand::Local(local), Operand::Const(constant)]) = (test(name), args.as_slice())
                    && let Some(source) = sources.get(local)
                {
                    guard = Some((*dst, Guard { source: source.clone(), test, constant: *constant, at, holds: None }));
                }
            }
            Stmt::Holds { value: Operand::Local(local) } => {
                let guard = pending.remove(local);
                found.extend(guard.map(|guard| Guard { holds: Some((at, *local)), ..guard }));
            }
            _ => {}
        }
        // What the statement assigns anywhere holds something else from here on.
        forget(stmt, &mut |local| {
            sources.remove(&local);
            pending.remove(&local);
        });
        sources.extend(source);
        pending.extend(guard);
    }
    found
}

fn forget(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    visit::assigns(stmt, f);
    for inner in stmt.blocks() {
        inner.0.iter().for_each(|stmt| forget(stmt, f));
    }
}

fn test(name: &str) -> Option<Test> {
    match name {
        "internal.member_2" => Some(Test::OneOf),
        "startswith" => Some(Test::Prefix),
        _ => None,
    }
}
