//! Checks that a plan keeps the rules of [`ir`](super::ir): numbers in range, blocks to leave, locals assigned before they are read.

use std::fmt;

use super::ir::{Block, Func, Local, Operand, Part, Plan, Stmt};
use super::visit;

/// Deepest nesting of blocks in a function. Passes over a plan recurse this deep.
pub const MAX_NESTING: usize = 512;

/// A rule of the plan that is broken: a defect of the lowering, except [`PlanError::TooDeep`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// Blocks are nested deeper than [`MAX_NESTING`].
    TooDeep {
        /// Name of the function.
        func: String,
    },
    /// Something is named by a number that nothing has.
    OutOfRange {
        /// Name of the function or entrypoint.
        func: String,
        /// What is named.
        what: &'static str,
        /// Its number.
        number: u32,
    },
    /// A function is called with another number of arguments, or must have no parameters.
    Arity {
        /// Name of the function or entrypoint that calls.
        func: String,
        /// Number of parameters.
        params: u32,
        /// Number of arguments.
        args: u32,
    },
    /// A local may be read before it is assigned.
    Unassigned {
        /// Name of the function.
        func: String,
        /// The local.
        local: u32,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanError::TooDeep { func } => write!(f, "`{func}`: blocks are nested more than {MAX_NESTING} deep"),
            PlanError::OutOfRange { func, what, number } => write!(f, "`{func}`: no {what} has the number {number}"),
            PlanError::Arity { func, params, args } => {
                write!(f, "`{func}`: {args} arguments for {params} parameters")
            }
            PlanError::Unassigned { func, local } => write!(f, "`{func}`: l{local} may be read before it is assigned"),
        }
    }
}

impl std::error::Error for PlanError {}

/// Checks everything. Cost: statements, plus locals for each block.
///
/// # Errors
/// The first rule that is broken.
pub fn verify(plan: &Plan) -> Result<(), PlanError> {
    verify_structure(plan)?;
    plan.funcs.iter().try_for_each(verify_assignments)
}

/// Checks nesting and numbers, not assignments. Cost: linear.
///
/// # Errors
/// The first rule that is broken.
pub fn verify_structure(plan: &Plan) -> Result<(), PlanError> {
    for func in &plan.funcs {
        let check = Structure { plan, func };
        check.range("memo slot", func.memo.unwrap_or(0), plan.memo_slots.max(u32::from(func.memo.is_none())))?;
        check.range("parameter", func.params, func.locals + 1)?;
        if func.memo.is_some() {
            check.arity(func.params, 0)?;
        }
        check.block(&func.body, 1)?;
    }
    for join in &plan.joins {
        let out_of_range = |what, number| Err(PlanError::OutOfRange { func: "join".to_owned(), what, number });
        if let Some(id) = join.source.iter().chain(&join.key).find(|id| id.0 as usize >= plan.constants.len()) {
            return out_of_range("constant", id.0);
        }
        if join.slot >= plan.memo_slots {
            return out_of_range("memo slot", join.slot);
        }
    }
    for entrypoint in &plan.entrypoints {
        let out_of_range =
            || PlanError::OutOfRange { func: entrypoint.name.clone(), what: "function", number: entrypoint.func.0 };
        let func = plan.funcs.get(entrypoint.func.0 as usize).ok_or_else(out_of_range)?;
        Structure { plan, func }.arity(func.params, 0)?;
    }
    Ok(())
}

struct Structure<'a> {
    plan: &'a Plan,
    func: &'a Func,
}

impl Structure<'_> {
    fn range(&self, what: &'static str, number: u32, count: u32) -> Result<(), PlanError> {
        if number < count {
            return Ok(());
        }
        Err(PlanError::OutOfRange { func: self.func.name.clone(), what, number })
    }

    fn arity(&self, params: u32, args: u32) -> Result<(), PlanError> {
        if params == args {
            return Ok(());
        }
        Err(PlanError::Arity { func: self.func.name.clone(), params, args })
    }

    /// `depth` is the number of blocks around the statements, this one included.
    fn block(&self, block: &Block, depth: usize) -> Result<(), PlanError> {
        if depth > MAX_NESTING {
            return Err(PlanError::TooDeep { func: self.func.name.clone() });
        }
        block.0.iter().try_for_each(|stmt| self.stmt(stmt, depth))
    }

    fn stmt(&self, stmt: &Stmt, depth: usize) -> Result<(), PlanError> {
        let mut result = Ok(());
        let mut check = |outcome: Result<(), PlanError>| {
            if result.is_ok() {
                result = outcome;
            }
        };
        let (constants, locals) = (self.plan.constants.len() as u32, self.func.locals);
        visit::operands(stmt, &mut |operand| {
            check(match operand {
                Operand::Local(local) => self.range("local", local.0, locals),
                Operand::Const(id) => self.range("constant", id.0, constants),
                Operand::Cell(cell) => self.range("cell", cell, self.plan.cells),
            });
        });
        visit::reads(stmt, &mut |local| check(self.range("local", local.0, locals)));
        visit::writes(stmt, &mut |local| check(self.range("local", local.0, locals)));
        match stmt {
            Stmt::InputPath { path, .. } => {
                check(self.range("input path", path.0, self.plan.input_paths.len() as u32));
            }
            Stmt::DataPath { path, .. } => path.iter().for_each(|id| check(self.range("constant", id.0, constants))),
            Stmt::Call { func, args, .. } => {
                let callee = self.plan.funcs.get(func.0 as usize);
                check(callee.map_or_else(
                    || self.range("function", func.0, self.plan.funcs.len() as u32),
                    |callee| self.arity(callee.params, args.len() as u32),
                ));
            }
            Stmt::IndexLookup { join, .. } => check(self.range("join", join.0, self.plan.joins.len() as u32)),
            Stmt::Break { levels } => check(self.range("enclosing block", *levels, depth as u32)),
            Stmt::Select { slot, part, key, value, .. } => {
                check(self.range("selection", *slot, self.plan.selects));
                if let Part::Path(path) = part {
                    path.iter().for_each(|id| check(self.range("constant", id.0, constants)));
                }
                key.iter().chain(value).for_each(|local| check(self.range("local", local.0, locals)));
            }
            Stmt::Has { slot, .. } => check(self.range("selection", *slot, self.plan.selects)),
            Stmt::Scan { key, value, .. } => {
                key.iter().chain(value).for_each(|local| check(self.range("local", local.0, locals)));
            }
            Stmt::Switch { cases, .. } => {
                cases.iter().for_each(|(id, _)| check(self.range("constant", id.0, constants)));
            }
            Stmt::With { replace, cells, .. } => {
                for id in replace.iter().flat_map(|r| &r.path) {
                    check(self.range("constant", id.0, constants));
                }
                cells.iter().for_each(|(cell, _)| check(self.range("cell", *cell, self.plan.cells)));
            }
            _ => {}
        }
        stmt.blocks().for_each(|block| check(self.block(block, depth + 1)));
        result
    }
}

/// Checks that locals are assigned before they are read, on every path.
fn verify_assignments(func: &Func) -> Result<(), PlanError> {
    let mut entry = Known::none(func.locals);
    (0..func.params).for_each(|param| entry.assign(Local(param)));
    let mut check = Assignments { func, frames: Vec::new() };
    check.block(&func.body, entry).map(|_| ())
}

/// What is known about each local at one point.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    /// It was assigned or reset.
    touched: Vec<u64>,
    /// It is defined.
    defined: Vec<u64>,
}

impl Known {
    fn none(locals: u32) -> Self {
        let words = vec![0; locals.div_ceil(64) as usize];
        Known { touched: words.clone(), defined: words }
    }

    fn has(words: &[u64], local: Local) -> bool {
        words[local.0 as usize / 64] >> (local.0 % 64) & 1 == 1
    }

    fn put(words: &mut [u64], local: Local, on: bool) {
        let (word, bit) = (&mut words[local.0 as usize / 64], 1 << (local.0 % 64));
        *word = if on { *word | bit } else { *word & !bit };
    }

    fn assign(&mut self, local: Local) {
        Self::put(&mut self.touched, local, true);
        Self::put(&mut self.defined, local, true);
    }

    fn undefine(&mut self, local: Local) {
        Self::put(&mut self.touched, local, true);
        Self::put(&mut self.defined, local, false);
    }

    fn meet(&mut self, other: &Known) {
        self.touched.iter_mut().zip(&other.touched).for_each(|(a, b)| *a &= b);
        self.defined.iter_mut().zip(&other.defined).for_each(|(a, b)| *a &= b);
    }
}

struct Assignments<'a> {
    func: &'a Func,
    /// For each open block, what is known behind its statement by the branches that go there; `None` while there are none.
    frames: Vec<Option<Known>>,
}

impl Assignments<'_> {
    /// Goes through a block. Gives what is known at its end (`None`: never reached), and what branches out of it know.
    fn block(&mut self, block: &Block, entry: Known) -> Result<(Option<Known>, Option<Known>), PlanError> {
        self.frames.push(None);
        let mut now = Some(entry);
        for stmt in &block.0 {
            let Some(known) = now else { break };
            now = self.stmt(stmt, known)?;
        }
        Ok((now, self.frames.pop().flatten()))
    }

    fn leave(&mut self, levels: usize, known: &Known) {
        let Some(frame) = self.frames.len().checked_sub(levels + 1).and_then(|i| self.frames.get_mut(i)) else {
            return;
        };
        match frame {
            Some(other) => other.meet(known),
            None => *frame = Some(known.clone()),
        }
    }

    /// What is known behind a statement, if control gets there.
    fn stmt(&mut self, stmt: &Stmt, mut known: Known) -> Result<Option<Known>, PlanError> {
        self.check_reads(stmt, &known)?;
        if may_fail(stmt) {
            self.leave(0, &known);
        }
        match stmt {
            Stmt::Reset { dst } => known.undefine(*dst),
            Stmt::IsUndefined { local } | Stmt::ReturnIfDefined { local } => known.undefine(*local),
            Stmt::IsDefined { local } => known.assign(*local),
            Stmt::Merge { dst, over, base } => {
                let either = [over, base].iter().any(|l| Known::has(&known.defined, **l));
                known.undefine(*dst);
                if either {
                    known.assign(*dst);
                }
            }
            Stmt::Fail | Stmt::Return { .. } => return Ok(None),
            Stmt::Break { levels } => {
                self.leave(*levels as usize, &known);
                return Ok(None);
            }
            Stmt::Block(body) | Stmt::With { body, .. } => {
                let (end, left) = self.block(body, known)?;
                return Ok(join(end, left));
            }
            Stmt::Not(body) => {
                let (end, left) = self.block(body, known)?;
                if let Some(end) = end {
                    self.leave(0, &end);
                }
                return Ok(left);
            }
            Stmt::Scan { key, value, body, .. } | Stmt::Select { key, value, body, .. } => {
                // A later round begins with what an earlier one may have reset.
                undefined_in(body, &mut |local| Known::put(&mut known.defined, local, false));
                let mut entry = known.clone();
                key.iter().chain(value).for_each(|local| entry.assign(*local));
                let (_, left) = self.block(body, entry)?;
                return Ok(join(Some(known), left));
            }
            Stmt::Switch { cases, default, .. } => {
                let mut after = None;
                for body in cases.iter().map(|(_, block)| block).chain([default]) {
                    let (end, left) = self.block(body, known.clone())?;
                    after = join(after, join(end, left));
                }
                return Ok(after);
            }
            _ => visit::writes(stmt, &mut |local| known.assign(local)),
        }
        Ok(Some(known))
    }

    fn check_reads(&self, stmt: &Stmt, known: &Known) -> Result<(), PlanError> {
        let mut bad = None;
        visit::looks_at(stmt, &mut |local| {
            if !Known::has(&known.touched, local) {
                bad = bad.or(Some(local));
            }
        });
        let mut needs = |local| {
            if !Known::has(&known.defined, local) {
                bad = bad.or(Some(local));
            }
        };
        visit::operands(stmt, &mut |operand| {
            if let Operand::Local(local) = operand {
                needs(local);
            }
        });
        visit::changes(stmt, &mut needs);
        match bad {
            Some(local) => Err(PlanError::Unassigned { func: self.func.name.clone(), local: local.0 }),
            None => Ok(()),
        }
    }
}

fn join(a: Option<Known>, b: Option<Known>) -> Option<Known> {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            a.meet(&b);
            Some(a)
        }
        (a, b) => a.or(b),
    }
}

fn may_fail(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Document { .. }
        | Stmt::InputPath { .. }
        | Stmt::DataPath { .. }
        | Stmt::Get { .. }
        | Stmt::IndexLookup { .. }
        | Stmt::IsDefined { .. }
        | Stmt::IsUndefined { .. }
        | Stmt::Holds { .. }
        | Stmt::Compare { .. }
        | Stmt::IsType { .. }
        | Stmt::LenIs { .. }
        | Stmt::Has { .. }
        | Stmt::Call { .. }
        | Stmt::Builtin { dst: Some(_), .. }
        | Stmt::Fail => true,
        Stmt::Assign { .. }
        | Stmt::Reset { .. }
        | Stmt::AssignOnce { .. }
        | Stmt::Builtin { dst: None, .. }
        | Stmt::MakeArray { .. }
        | Stmt::MakeSet { .. }
        | Stmt::MakeObject { .. }
        | Stmt::Push { .. }
        | Stmt::Add { .. }
        | Stmt::Insert { .. }
        | Stmt::InsertOnce { .. }
        | Stmt::InsertPath { .. }
        | Stmt::Merge { .. }
        | Stmt::Scan { .. }
        | Stmt::Select { .. }
        | Stmt::Block(_)
        | Stmt::Not(_)
        | Stmt::Break { .. }
        | Stmt::With { .. }
        | Stmt::Return { .. }
        | Stmt::ReturnIfDefined { .. }
        | Stmt::Switch { .. } => false,
    }
}

/// Calls `f` for each local that the block may leave undefined.
fn undefined_in(block: &Block, f: &mut impl FnMut(Local)) {
    let mut blocks = vec![block];
    while let Some(block) = blocks.pop() {
        for stmt in &block.0 {
            if let Stmt::Reset { dst } | Stmt::Merge { dst, .. } = stmt {
                f(*dst);
            }
            blocks.extend(stmt.blocks());
        }
    }
}

#[cfg(test)]
mod tests;
