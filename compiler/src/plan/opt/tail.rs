//! Tails: a function that is called once, and whose result is the caller's, goes on in the caller's place.
//!
//! ```text
//!   func a()                            func a()
//!     l1 = call b()                       block
//!     l2 = object.union({…}, l1)            l1 = input.x
//!     return l2                   ⇒         l3 = object {"x": l1}
//!   func b()                                l2 = object.union({…}, l3)
//!     block                                 return l2
//!       l1 = input.x                      l4 = object.union({…}, {"x": null})
//!       l2 = object {"x": l1}             return l4
//!       return l2
//!     return {"x": null}
//! ```
//!
//! The union with a constant moves along if everything that the function returns is an object, for then it cannot fail. [`unite`](super::unite) makes
//! one object of the two.

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::{self, UNION};
use super::{Note, is_deep};
use crate::plan::ir::{Block, Func, FuncId, Local, Operand, Plan, Stmt};
use crate::plan::visit;

/// A function does not grow beyond this many statements, for the code generator's time grows faster than they do.
const LARGE: usize = 500;
/// Nor beyond this many locals.
const LOCALS: u32 = 10_000;

/// Runs the pass. Functions that went elsewhere stay, empty; [`super::prune`] takes them.
pub(super) fn run(plan: &mut Plan, notes: &mut Vec<Note>) {
    let mut calls = facts::calls(plan);
    // What is said of a function is said under its own name.
    notes.iter().for_each(|note| _ = calls.remove(&FuncId(note.func())));
    for n in 0..plan.funcs.len() {
        while let Some(tail) = tail_of(plan, n, &calls) {
            go_on(plan, n, tail);
        }
    }
}

/// How a function ends.
struct Tail {
    callee: FuncId,
    /// Where the call stands in the body.
    at: usize,
    /// What is done with the result before it is returned.
    union: Option<Union>,
}

/// A call of `object.union` with a constant object on one side.
struct Union {
    stmt: Stmt,
    /// The side on which the result of the callee stands.
    side: usize,
}

/// The end of the function with that number, if it can go on with what it calls there.
fn tail_of(plan: &Plan, n: usize, calls: &FxHashMap<FuncId, u32>) -> Option<Tail> {
    let func = plan.funcs.get(n)?;
    let (last, rest) = func.body.0.split_last()?;
    let &Stmt::Return { value: Operand::Local(mut wanted) } = last else { return None };
    let mut at = rest.len().checked_sub(1)?;
    let union = union_of(rest.get(at)?, wanted, plan);
    if let Some((_, from)) = &union {
        wanted = *from;
        at = at.checked_sub(1)?;
    }
    let Stmt::Call { dst, func: callee, .. } = rest.get(at)? else { return None };
    let found = plan.funcs.get(callee.0 as usize)?;
    let is_alone = *dst == wanted && callee.0 as usize != n && calls.get(callee) == Some(&1);
    // A slot keeps the result for other calls of the caller.
    let runs_once = found.memo.is_none() || func.memo.is_some();
    let fits = facts::size(&func.body) + facts::size(&found.body) < LARGE && func.locals + found.locals < LOCALS;
    let tail = Tail { callee: *callee, at, union: union.map(|(union, _)| union) };
    let may_move = tail.union.is_none() || gives_objects(found, plan);
    (is_alone && runs_once && fits && !is_deep(found) && may_move).then_some(tail)
}

/// The union that gives `wanted`, and the local that it takes.
fn union_of(stmt: &Stmt, wanted: Local, plan: &Plan) -> Option<(Union, Local)> {
    let Stmt::Builtin { dst, name, args, .. } = stmt else { return None };
    if name != UNION || *dst != Some(wanted) {
        return None;
    }
    let (side, from, other) = match args.as_slice() {
        [Operand::Const(other), Operand::Local(from)] => (1, *from, other),
        [Operand::Local(from), Operand::Const(other)] => (0, *from, other),
        _ => return None,
    };
    plan.constants.get(other.0 as usize)?.as_object()?;
    Some((Union { stmt: stmt.clone(), side }, from))
}

/// Whether everything that the function may return is an object.
fn gives_objects(func: &Func, plan: &Plan) -> bool {
    let (mut objects, mut others) = (FxHashSet::default(), FxHashSet::default());
    visit::each(&func.body, &mut |stmt| match stmt {
        Stmt::MakeObject { dst, .. } => _ = objects.insert(*dst),
        Stmt::Builtin { dst: Some(dst), name, .. } if name == UNION => _ = objects.insert(*dst),
        // Only looked at.
        Stmt::Reset { .. } => {}
        stmt => visit::assigns(stmt, &mut |local| _ = others.insert(local)),
    });
    let is_object = |value: &Operand| match value {
        Operand::Local(local) => local.0 >= func.params && objects.contains(local) && !others.contains(local),
        Operand::Const(id) => plan.constants.get(id.0 as usize).is_some_and(|value| value.as_object().is_some()),
        Operand::Cell(_) => false,
    };
    let mut all = true;
    visit::each(&func.body, &mut |stmt| match stmt {
        Stmt::Return { value } => all &= is_object(value),
        Stmt::ReturnIfDefined { .. } => all = false,
        _ => {}
    });
    all
}

/// Puts the callee's statements in the place of the call and of what follows it.
fn go_on(plan: &mut Plan, n: usize, tail: Tail) {
    let Some(callee) = plan.funcs.get_mut(tail.callee.0 as usize) else { return };
    let mut body = std::mem::take(&mut callee.body);
    let locals = callee.locals;
    let Some(func) = plan.funcs.get_mut(n) else { return };
    let first = func.locals;
    func.locals += locals;
    let mut end = func.body.0.split_off(tail.at).into_iter();
    if let Some(Stmt::Call { args, .. }) = end.next() {
        let assign = |(n, arg)| Stmt::Assign { dst: Local(first + n as u32), source: arg };
        func.body.0.extend(args.into_iter().enumerate().map(assign));
    }
    move_locals(&mut body, first);
    if let Some(union) = &tail.union {
        unite_returns(&mut body, union, &mut func.locals);
    }
    func.body.0.append(&mut body.0);
}

fn move_locals(block: &mut Block, first: u32) {
    for stmt in &mut block.0 {
        visit::operands_mut(stmt, &mut |operand| {
            if let Operand::Local(local) = operand {
                local.0 += first;
            }
        });
        visit::targets_mut(stmt, &mut |local| local.0 += first);
        stmt.blocks_mut().for_each(|inner| move_locals(inner, first));
    }
}

/// Puts the union in front of each return.
fn unite_returns(block: &mut Block, union: &Union, locals: &mut u32) {
    let mut out = Vec::with_capacity(block.0.len() + 1);
    for mut stmt in std::mem::take(&mut block.0) {
        stmt.blocks_mut().for_each(|inner| unite_returns(inner, union, locals));
        if let Stmt::Return { value } = &mut stmt {
            let mut copy = union.stmt.clone();
            if let Stmt::Builtin { dst, args, .. } = &mut copy
                && let Some(arg) = args.get_mut(union.side)
            {
                *arg = *value;
                *dst = Some(Local(*locals));
                *value = Operand::Local(Local(*locals));
                *locals += 1;
            }
            out.push(copy);
        }
        out.push(stmt);
    }
    block.0 = out;
}
