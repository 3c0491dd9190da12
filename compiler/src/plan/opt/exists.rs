//! Partial sets that are only asked a question are not made.
//!
//! ```text
//!   l0 = call data.p.deny()               l2 = call data.p.deny has(l1)      returns at the first rule that adds l1
//!   l2 = get l0 l1
//!
//!   l0 = call data.p.deny()               not
//!   l1 = builtin count(l0)         ⇒        l1 = call data.p.deny any()      returns at the first rule that adds something
//!   compare l1 == 0
//! ```
//!
//! Only where nobody else wants the set and the question is asked once; otherwise one set answers all.

use rustc_hash::FxHashMap;
use writ_value::Value;

use super::Note;
use super::consts::Consts;
use super::facts::{Facts, calls};
use crate::plan::ir::{Block, CompareOp, Func, FuncId, Local, Operand, Plan, Stmt};
use crate::plan::visit;

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    let calls = calls(plan);
    let mut consts = Consts::new(std::mem::take(&mut plan.constants));
    let yes = consts.operand(Value::Bool(true));
    // The sets that have one caller, with the local that holds the set.
    let sets: FxHashMap<FuncId, Local> = plan
        .funcs
        .iter()
        .enumerate()
        .map(|(n, func)| (FuncId(n as u32), func))
        .filter(|(id, _)| calls.get(id) == Some(&1))
        .filter_map(|(id, func)| Some((id, set_of(func)?)))
        .collect();
    let asked: Vec<Asked> = plan
        .funcs
        .iter_mut()
        .filter(|func| func.params == 0)
        .flat_map(|func| {
            let facts = Facts::of(func);
            let mut asked = Vec::new();
            rewrite(&mut func.body, &facts, &sets, &consts, &mut asked);
            asked
        })
        .collect();
    for question in asked {
        if let (Some(func), Some(set)) = (plan.funcs.get_mut(question.func.0 as usize), sets.get(&question.func)) {
            answer(func, *set, question.has, yes);
        }
    }
    plan.constants = consts.into_values();
}

/// A function whose set is replaced by the answer to a question.
struct Asked {
    func: FuncId,
    /// For one element; otherwise for any.
    has: bool,
}

/// The set that a function makes, fills and returns, if that is all it does with it.
fn set_of(func: &Func) -> Option<Local> {
    let (Some(Stmt::MakeSet { dst, items }), Some(Stmt::Return { value: Operand::Local(set) })) =
        (func.body.0.first(), func.body.0.last())
    else {
        return None;
    };
    if !items.is_empty() || dst != set || func.params != 0 {
        return None;
    }
    let (mut mentions, mut adds, mut returns) = (0, 0, 0);
    func.body.0.iter().for_each(|stmt| visit::mentions(stmt, &mut |local| mentions += u32::from(local == *set)));
    visit::each(&func.body, &mut |stmt| match stmt {
        Stmt::Add { set: to, value } if to == set && *value != Operand::Local(*set) => adds += 1,
        Stmt::Return { .. } | Stmt::ReturnIfDefined { .. } => returns += 1,
        _ => {}
    });
    (mentions == adds + 2 && returns == 1).then_some(*set)
}

/// Replaces calls whose sets are asked one question.
fn rewrite(block: &mut Block, facts: &Facts, sets: &FxHashMap<FuncId, Local>, consts: &Consts, asked: &mut Vec<Asked>) {
    let mut at = 0;
    // Each round takes a call away or goes on.
    while at < block.0.len() {
        if let Some(Stmt::Call { dst, func, args }) = block.0.get(at)
            && args.is_empty()
            && sets.contains_key(func)
            && facts.is_value(*dst)
            && facts.reads(*dst) == 1
        {
            let (set, func) = (*dst, *func);
            // What is asked for may be computed in between.
            let get = block.0.iter_mut().enumerate().skip(at + 1).find_map(|(n, stmt)| match stmt {
                Stmt::Get { dst, source: Operand::Local(of), key } if *of == set => {
                    Some((n, Stmt::Call { dst: *dst, func, args: vec![*key] }))
                }
                _ => None,
            });
            if let Some((n, call)) = get {
                asked.push(Asked { func, has: true });
                block.0.splice(n..=n, [call]);
                block.0.remove(at);
                continue;
            }
            match (block.0.get(at + 1).cloned(), block.0.get(at + 2).cloned()) {
                (
                    Some(Stmt::Builtin { dst: Some(n), name, args, .. }),
                    Some(Stmt::Compare { op, left: Operand::Local(left), right: Operand::Const(right) }),
                ) if name == "count"
                    && args == [Operand::Local(set)]
                    && left == n
                    && facts.is_value(n)
                    && facts.reads(n) == 1 =>
                {
                    if let Some(any) = asks_for_any(op, consts.value(right)) {
                        asked.push(Asked { func, has: false });
                        let call = Stmt::Call { dst: n, func, args: Vec::new() };
                        let test = if any { call } else { Stmt::Not(Block(vec![call])) };
                        block.0.splice(at..at + 3, [test]);
                    }
                }
                _ => {}
            }
        }
        if let Some(stmt) = block.0.get_mut(at) {
            stmt.blocks_mut().for_each(|inner| rewrite(inner, facts, sets, consts, asked));
        }
        at += 1;
    }
}

/// Whether a comparison of a length asks for some elements (true) or none (false).
fn asks_for_any(op: CompareOp, with: &Value) -> Option<bool> {
    let (zero, one) = (*with == Value::from(0), *with == Value::from(1));
    match op {
        CompareOp::Eq | CompareOp::Le if zero => Some(false),
        CompareOp::Lt if one => Some(false),
        CompareOp::Ne | CompareOp::Gt if zero => Some(true),
        CompareOp::Ge if one => Some(true),
        _ => None,
    }
}

/// Turns a function that makes a set into one that says whether it has its argument (and returns it), or anything.
fn answer(func: &mut Func, set: Local, has: bool, yes: Operand) {
    func.body.0.remove(0);
    func.body.0.pop();
    func.memo = None;
    if has {
        func.name.push_str(" has");
        // The argument comes first, so every local moves up by one.
        func.params = 1;
        func.locals += 1;
        shift(&mut func.body);
        replace(&mut func.body, Local(set.0 + 1), Some(Operand::Local(Local(0))), yes);
    } else {
        func.name.push_str(" any");
        replace(&mut func.body, set, None, yes);
    }
}

fn shift(block: &mut Block) {
    for stmt in &mut block.0 {
        visit::operands_mut(stmt, &mut |operand| {
            if let Operand::Local(local) = operand {
                local.0 += 1;
            }
        });
        visit::targets_mut(stmt, &mut |local| local.0 += 1);
        stmt.blocks_mut().for_each(shift);
    }
}

fn replace(block: &mut Block, set: Local, wanted: Option<Operand>, yes: Operand) {
    let mut out = Vec::with_capacity(block.0.len());
    for mut stmt in std::mem::take(&mut block.0) {
        match (&stmt, wanted) {
            (Stmt::Add { set: to, value }, Some(wanted)) if *to == set => {
                out.push(Stmt::Compare { op: CompareOp::Eq, left: *value, right: wanted });
                out.push(Stmt::Return { value: wanted });
                continue;
            }
            (Stmt::Add { set: to, .. }, None) if *to == set => {
                out.push(Stmt::Return { value: yes });
                continue;
            }
            _ => {}
        }
        stmt.blocks_mut().for_each(|inner| replace(inner, set, wanted, yes));
        out.push(stmt);
    }
    block.0 = out;
}
