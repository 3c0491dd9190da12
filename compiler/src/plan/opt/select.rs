//! Selections: a scan that a loop around does again and again, for the elements with a certain value, becomes a selection.
//!
//! ```text
//!   scan l0 as _, l1                          scan l0 as _, l1
//!     l2 = get l1 "id"                          l2 = get l1 "id"
//!     scan l3 as _, l4                ⇒         select l3 as _, l4 where value["user"] == l2
//!       l5 = get l4 "user"                        …
//!       compare l5 == l2
//!       …
//! ```
//!
//! The collection may be anything that is the same in several rounds, or in several calls of the function. Whether it really is, and whether an
//! index pays, shows when it is asked (`guest/src/select.rs`): collections are told apart by their words. That is sound because a collection
//! does not change once it is read, which [`is_orderly`] makes sure of.

use writ_value::Value;

use super::equals::{self, Test};
use super::facts::Facts;
use super::{Note, Stays, is_deep};
use crate::plan::ir::{Block, ConstId, Func, FuncId, Local, Operand, Part, Plan, Stmt};
use crate::plan::visit;

/// Constant collections up to this length stay scans: the guest would go through them anyway.
const FEW: usize = 16;
/// The built-in that `in` calls.
const MEMBER: &str = "internal.member_2";

/// Runs the pass. Comes last: what other passes look for are scans.
pub(super) fn run(plan: &mut Plan, notes: &mut Vec<Note>) {
    if !plan.funcs.iter().all(is_orderly) {
        return;
    }
    let repeated = repeated(plan);
    for (n, func) in plan.funcs.iter_mut().enumerate().filter(|(_, func)| !is_deep(func)) {
        let facts = Facts::of(func);
        let mut body = std::mem::take(&mut func.body);
        let mut pass = Pass {
            facts,
            levels: (0..func.locals).map(|local| u32::from(local >= func.params)).collect(),
            is_repeated: repeated.get(n).copied().unwrap_or(false),
            consts: &plan.constants,
            slots: &mut plan.selects,
            func: n as u32,
            notes,
        };
        pass.block(&mut body, 0, 0);
        func.body = body;
    }
}

struct Pass<'a> {
    facts: Facts,
    /// Of each local, how often it may be another value: 0 for the same in every call, 1 by call, then by loop from the outermost on.
    levels: Vec<u32>,
    /// The function may run several times in an evaluation.
    is_repeated: bool,
    consts: &'a [Value],
    slots: &'a mut u32,
    func: u32,
    notes: &'a mut Vec<Note>,
}

impl Pass<'_> {
    /// `loops` are around the block, `scope` of them around the innermost `with` that is.
    fn block(&mut self, block: &mut Block, loops: u32, scope: u32) {
        for stmt in &mut block.0 {
            self.levels_of(stmt, loops, scope);
            let inside = loops + u32::from(matches!(stmt, Stmt::Scan { .. }));
            let scope = if matches!(stmt, Stmt::With { .. }) { loops + 1 } else { scope };
            stmt.blocks_mut().for_each(|inner| self.block(inner, inside, scope));
            self.scan(stmt, loops);
        }
        self.memberships(block, loops);
    }

    /// `x in collection`, where only the answer yes goes on.
    fn memberships(&mut self, block: &mut Block, loops: u32) {
        let mut at = 0;
        while let [test, holds, ..] = &block.0[at.min(block.0.len())..] {
            if let (Stmt::Builtin { dst: Some(dst), name, args, .. }, Stmt::Holds { value: Operand::Local(value) }) =
                (test, holds)
                && name == MEMBER
                && let [equals, source] = args[..]
                && dst == value
                && self.facts.is_fixed(*dst)
                && self.facts.reads(*dst) == 1
                && !matches!(equals, Operand::Cell(_))
                && self.is_settled(source)
                && self.is_same(source, loops)
            {
                self.notes.push(Note::Select { func: self.func, source, part: Some(String::new()) });
                block.0.splice(at..at + 2, [Stmt::Has { slot: *self.slots, source, equals }]);
                *self.slots += 1;
            }
            at += 1;
        }
    }

    /// Whether it is a finished collection, and not one so short that an index is useless.
    fn is_settled(&self, source: Operand) -> bool {
        match source {
            Operand::Local(local) => self.facts.is_fixed(local),
            Operand::Const(id) => length(self.constant(id)) > FEW,
            Operand::Cell(_) => false,
        }
    }

    /// Whether a loop around, or the next call, may meet the same collection.
    fn is_same(&self, source: Operand, loops: u32) -> bool {
        let level = self.level(source);
        if loops > 0 { level <= loops } else { self.is_repeated && level == 0 }
    }

    fn levels_of(&mut self, stmt: &Stmt, loops: u32, scope: u32) {
        let here = loops + 1;
        match stmt {
            Stmt::Scan { key, value, .. } => {
                key.iter().chain(value).for_each(|local| self.put(*local, here + 1));
            }
            Stmt::InputPath { dst, .. } | Stmt::DataPath { dst, .. } | Stmt::Document { dst, .. } => {
                self.put(*dst, scope);
            }
            Stmt::Call { dst, args, .. } if args.is_empty() => self.put(*dst, scope),
            Stmt::Get { dst, source: source @ Operand::Local(_), key } => {
                let level = self.level(*source).max(self.level(*key));
                self.put(*dst, level);
            }
            Stmt::Assign { dst, source } => {
                let level = self.level(*source);
                self.put(*dst, level);
            }
            _ => visit::writes(stmt, &mut |local| self.put(local, here)),
        }
    }

    fn put(&mut self, local: Local, level: u32) {
        if let Some(known) = self.levels.get_mut(local.0 as usize) {
            *known = level;
        }
    }

    fn level(&self, operand: Operand) -> u32 {
        match operand {
            Operand::Local(local) => self.levels.get(local.0 as usize).copied().unwrap_or(u32::MAX),
            Operand::Const(_) | Operand::Cell(_) => 0,
        }
    }

    fn scan(&mut self, stmt: &mut Stmt, loops: u32) {
        let Stmt::Scan { source, key, value, body } = stmt else { return };
        let (source, func) = (*source, self.func);
        if !self.is_settled(source) || !self.is_same(source, loops) {
            if loops > 0 && matches!(source, Operand::Local(_)) {
                self.notes.push(Note::Scan { func, source, why: Stays::OtherCollection });
            }
            return;
        }
        // Of several tests the one whose value changes most often; of those the first.
        let mut best: Option<(u32, Test)> = None;
        for test in equals::tests(body, *key, *value, &self.facts) {
            let level = match test.equals {
                Operand::Local(_) => self.level(test.equals) + 1,
                Operand::Const(_) | Operand::Cell(_) => 0,
            };
            if best.as_ref().is_none_or(|(most, _)| level > *most) {
                best = Some((level, test));
            }
        }
        let Some((_, test)) = best else {
            if loops > 0 {
                self.notes.push(Note::Scan { func, source, why: Stays::NoTest });
            }
            return;
        };
        self.notes.push(Note::Select { func, source, part: self.show(&test.part) });
        let mut body = std::mem::take(body);
        test.take_out(&mut body);
        let (slot, equals) = (*self.slots, test.equals);
        *self.slots += 1;
        *stmt = Stmt::Select { slot, source, part: test.part, equals, key: *key, value: *value, body };
    }

    fn constant(&self, id: ConstId) -> &Value {
        self.consts.get(id.0 as usize).unwrap_or(&Value::Null)
    }

    fn show(&self, part: &Part) -> Option<String> {
        let Part::Path(path) = part else { return None };
        let mut text = String::new();
        path.iter().for_each(|key| crate::plan::print::step(&mut text, self.constant(*key)));
        Some(text)
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        Value::Set(elements) => elements.len(),
        _ => 0,
    }
}

/// Functions that may run more than once in an evaluation. One with a memo slot does only where a `with` starts over.
fn repeated(plan: &Plan) -> Vec<bool> {
    /// A place from which a function is called.
    struct Site {
        caller: FuncId,
        in_loop: bool,
        in_with: bool,
    }
    fn collect(block: &Block, caller: FuncId, in_loop: bool, in_with: bool, sites: &mut [Vec<Site>]) {
        for stmt in &block.0 {
            if let Stmt::Call { func, .. } = stmt
                && let Some(sites) = sites.get_mut(func.0 as usize)
            {
                sites.push(Site { caller, in_loop, in_with });
            }
            let in_loop = in_loop || matches!(stmt, Stmt::Scan { .. });
            let in_with = in_with || matches!(stmt, Stmt::With { .. });
            stmt.blocks().for_each(|inner| collect(inner, caller, in_loop, in_with, sites));
        }
    }
    let mut sites: Vec<Vec<Site>> = plan.funcs.iter().map(|_| Vec::new()).collect();
    for (n, func) in plan.funcs.iter().enumerate() {
        collect(&func.body, FuncId(n as u32), false, false, &mut sites);
    }
    let mut callees: Vec<Vec<u32>> = plan.funcs.iter().map(|_| Vec::new()).collect();
    for (callee, sites) in sites.iter().enumerate() {
        for site in sites {
            callees[site.caller.0 as usize].push(callee as u32);
        }
    }
    // Spreads from the functions that a `with` calls, and then from those that run more than once, to what they call.
    let spread = |own: &dyn Fn(usize) -> bool, passes: &dyn Fn(usize) -> bool| {
        let mut found: Vec<bool> = (0..sites.len()).map(own).collect();
        let mut todo: Vec<usize> = (0..found.len()).filter(|func| found[*func]).collect();
        while let Some(func) = todo.pop() {
            for callee in &callees[func] {
                let callee = *callee as usize;
                if passes(callee) && !std::mem::replace(&mut found[callee], true) {
                    todo.push(callee);
                }
            }
        }
        found
    };
    let scoped = spread(&|func| sites[func].iter().any(|site| site.in_with), &|_| true);
    let counts = |func: usize| plan.funcs[func].memo.is_none() || scoped[func];
    let own = |func: usize| counts(func) && (sites[func].len() > 1 || sites[func].iter().any(|site| site.in_loop));
    spread(&own, &counts)
}

/// Whether each collection that the function makes is read only when nobody adds to it any more: all that mentions it from where it is made to
/// its last change are changes, in one block and the blocks inside that.
fn is_orderly(func: &Func) -> bool {
    let mut changed = vec![0u32; func.locals as usize];
    let mut any = false;
    visit::each(&func.body, &mut |stmt| {
        visit::changes(stmt, &mut |local| {
            any = true;
            if let Some(count) = changed.get_mut(local.0 as usize) {
                *count += 1;
            }
        });
    });
    if !any {
        return true;
    }
    let mut order = Order { changed, made: vec![0; func.locals as usize], is_kept: true };
    order.block(&func.body);
    order.is_kept && order.made.iter().zip(&order.changed).all(|(made, changed)| *changed == 0 || *made == 1)
}

struct Order {
    /// Changes of each local.
    changed: Vec<u32>,
    /// Statements that assign a changed local.
    made: Vec<u32>,
    is_kept: bool,
}

impl Order {
    fn block(&mut self, block: &Block) {
        for (at, stmt) in block.0.iter().enumerate() {
            visit::assigns(stmt, &mut |local| {
                if self.changed.get(local.0 as usize).is_some_and(|changes| *changes > 0) {
                    self.made[local.0 as usize] += 1;
                    let is_new =
                        matches!(stmt, Stmt::MakeArray { .. } | Stmt::MakeSet { .. } | Stmt::MakeObject { .. });
                    self.is_kept &= is_new && self.changed_in_order(&block.0[at + 1..], local);
                }
            });
            stmt.blocks().for_each(|inner| self.block(inner));
        }
    }

    /// Whether all changes stand in the statements behind the one that makes it, and nobody reads it before the last of them is over.
    fn changed_in_order(&self, behind: &[Stmt], local: Local) -> bool {
        let mut left = self.changed[local.0 as usize];
        for stmt in behind {
            let (mut changes, mut mentions) = (0, 0);
            visit::mentions(stmt, &mut |named| mentions += u32::from(named == local));
            if mentions == 0 {
                continue;
            }
            count_changes(stmt, local, &mut changes);
            if mentions != changes {
                return false;
            }
            left -= changes;
            if left == 0 {
                return true;
            }
        }
        false
    }
}

fn count_changes(stmt: &Stmt, local: Local, changes: &mut u32) {
    visit::changes(stmt, &mut |named| *changes += u32::from(named == local));
    for inner in stmt.blocks() {
        inner.0.iter().for_each(|stmt| count_changes(stmt, local, changes));
    }
}

#[cfg(test)]
mod tests;
