//! What a statement reads, writes and contains; for passes that treat most statements alike.

use super::ir::{Block, Local, Operand, Stmt};

/// Calls `f` for each operand that the statement itself reads, in order. Blocks inside it are not entered.
pub fn operands(stmt: &Stmt, f: &mut impl FnMut(Operand)) {
    match stmt {
        Stmt::Get { source, key, .. } | Stmt::IndexLookup { source, key, .. } => {
            f(*source);
            f(*key);
        }
        Stmt::Select { source, equals, .. } | Stmt::Has { source, equals, .. } => {
            f(*source);
            f(*equals);
        }
        Stmt::Compare { left, right, .. } => {
            f(*left);
            f(*right);
        }
        Stmt::Assign { source, .. } | Stmt::AssignOnce { source, .. } | Stmt::Scan { source, .. } => f(*source),
        Stmt::Holds { value }
        | Stmt::IsType { value, .. }
        | Stmt::LenIs { value, .. }
        | Stmt::Push { value, .. }
        | Stmt::Add { value, .. }
        | Stmt::Return { value } => f(*value),
        Stmt::Call { args, .. } | Stmt::Builtin { args, .. } => args.iter().for_each(|a| f(*a)),
        Stmt::MakeArray { items, .. } | Stmt::MakeSet { items, .. } => items.iter().for_each(|i| f(*i)),
        Stmt::MakeObject { pairs, .. } => {
            for (key, value) in pairs {
                f(*key);
                f(*value);
            }
        }
        Stmt::Insert { key, value, .. } | Stmt::InsertOnce { key, value, .. } => {
            f(*key);
            f(*value);
        }
        Stmt::InsertPath { path, value, .. } => {
            path.iter().for_each(|key| f(*key));
            f(*value);
        }
        Stmt::With { replace, cells, .. } => {
            replace.iter().for_each(|r| f(r.value));
            cells.iter().for_each(|(_, value)| f(*value));
        }
        Stmt::Switch { on, .. } => f(*on),
        Stmt::Document { .. }
        | Stmt::InputPath { .. }
        | Stmt::DataPath { .. }
        | Stmt::Reset { .. }
        | Stmt::IsDefined { .. }
        | Stmt::IsUndefined { .. }
        | Stmt::Merge { .. }
        | Stmt::Block(_)
        | Stmt::Not(_)
        | Stmt::Break { .. }
        | Stmt::ReturnIfDefined { .. }
        | Stmt::Fail => {}
    }
}

/// Calls `f` for each local that the statement reads other than as an operand, and that may be undefined then.
pub fn looks_at(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    match stmt {
        Stmt::IsDefined { local } | Stmt::IsUndefined { local } | Stmt::ReturnIfDefined { local } => f(*local),
        Stmt::AssignOnce { dst, .. } => f(*dst),
        Stmt::Merge { over, base, .. } => {
            f(*over);
            f(*base);
        }
        _ => {}
    }
}

/// Calls `f` for each collection under construction that the statement changes.
pub fn changes(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    match stmt {
        Stmt::Push { array: local, .. }
        | Stmt::Add { set: local, .. }
        | Stmt::Insert { object: local, .. }
        | Stmt::InsertOnce { object: local, .. }
        | Stmt::InsertPath { object: local, .. } => f(*local),
        _ => {}
    }
}

/// Calls `f` for each local that the statement reads in any way.
pub fn reads(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    operands(stmt, &mut |operand| {
        if let Operand::Local(local) = operand {
            f(local);
        }
    });
    looks_at(stmt, f);
    changes(stmt, f);
}

/// Calls `f` for each local that the statement assigns. A loop's key and value are assigned in its body, and are not told.
pub fn writes(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    match stmt {
        Stmt::Document { dst, .. }
        | Stmt::InputPath { dst, .. }
        | Stmt::DataPath { dst, .. }
        | Stmt::Get { dst, .. }
        | Stmt::IndexLookup { dst, .. }
        | Stmt::Assign { dst, .. }
        | Stmt::Reset { dst }
        | Stmt::AssignOnce { dst, .. }
        | Stmt::Call { dst, .. }
        | Stmt::Builtin { dst: Some(dst), .. }
        | Stmt::MakeArray { dst, .. }
        | Stmt::MakeSet { dst, .. }
        | Stmt::MakeObject { dst, .. }
        | Stmt::Merge { dst, .. } => f(*dst),
        _ => {}
    }
}

/// Calls `f` for each operand that the statement itself reads, to be changed. Blocks inside it are not entered.
pub fn operands_mut(stmt: &mut Stmt, f: &mut impl FnMut(&mut Operand)) {
    match stmt {
        Stmt::Get { source, key, .. } | Stmt::IndexLookup { source, key, .. } => {
            f(source);
            f(key);
        }
        Stmt::Select { source, equals, .. } | Stmt::Has { source, equals, .. } => {
            f(source);
            f(equals);
        }
        Stmt::Compare { left, right, .. } => {
            f(left);
            f(right);
        }
        Stmt::Assign { source, .. } | Stmt::AssignOnce { source, .. } | Stmt::Scan { source, .. } => f(source),
        Stmt::Holds { value }
        | Stmt::IsType { value, .. }
        | Stmt::LenIs { value, .. }
        | Stmt::Push { value, .. }
        | Stmt::Add { value, .. }
        | Stmt::Return { value } => f(value),
        Stmt::Call { args, .. } | Stmt::Builtin { args, .. } => args.iter_mut().for_each(f),
        Stmt::MakeArray { items, .. } | Stmt::MakeSet { items, .. } => items.iter_mut().for_each(f),
        Stmt::MakeObject { pairs, .. } => {
            for (key, value) in pairs {
                f(key);
                f(value);
            }
        }
        Stmt::Insert { key, value, .. } | Stmt::InsertOnce { key, value, .. } => {
            f(key);
            f(value);
        }
        Stmt::InsertPath { path, value, .. } => {
            path.iter_mut().for_each(&mut *f);
            f(value);
        }
        Stmt::With { replace, cells, .. } => {
            replace.iter_mut().for_each(|r| f(&mut r.value));
            cells.iter_mut().for_each(|(_, value)| f(value));
        }
        Stmt::Switch { on, .. } => f(on),
        Stmt::Document { .. }
        | Stmt::InputPath { .. }
        | Stmt::DataPath { .. }
        | Stmt::Reset { .. }
        | Stmt::IsDefined { .. }
        | Stmt::IsUndefined { .. }
        | Stmt::Merge { .. }
        | Stmt::Block(_)
        | Stmt::Not(_)
        | Stmt::Break { .. }
        | Stmt::ReturnIfDefined { .. }
        | Stmt::Fail => {}
    }
}

/// Calls `f` for each local that the statement itself names other than as an operand, to be changed: what it assigns, looks at or fills,
/// and a loop's key and value.
pub fn targets_mut(stmt: &mut Stmt, f: &mut impl FnMut(&mut Local)) {
    match stmt {
        Stmt::Document { dst, .. }
        | Stmt::InputPath { dst, .. }
        | Stmt::DataPath { dst, .. }
        | Stmt::Get { dst, .. }
        | Stmt::IndexLookup { dst, .. }
        | Stmt::Assign { dst, .. }
        | Stmt::Reset { dst }
        | Stmt::AssignOnce { dst, .. }
        | Stmt::Call { dst, .. }
        | Stmt::Builtin { dst: Some(dst), .. }
        | Stmt::MakeArray { dst, .. }
        | Stmt::MakeSet { dst, .. }
        | Stmt::MakeObject { dst, .. } => f(dst),
        Stmt::Merge { dst, over, base } => {
            f(over);
            f(base);
            f(dst);
        }
        Stmt::IsDefined { local } | Stmt::IsUndefined { local } | Stmt::ReturnIfDefined { local } => f(local),
        Stmt::Push { array: local, .. }
        | Stmt::Add { set: local, .. }
        | Stmt::Insert { object: local, .. }
        | Stmt::InsertOnce { object: local, .. }
        | Stmt::InsertPath { object: local, .. } => f(local),
        Stmt::Scan { key, value, .. } | Stmt::Select { key, value, .. } => key.iter_mut().chain(value).for_each(f),
        Stmt::Builtin { dst: None, .. }
        | Stmt::Holds { .. }
        | Stmt::Compare { .. }
        | Stmt::IsType { .. }
        | Stmt::LenIs { .. }
        | Stmt::Has { .. }
        | Stmt::Block(_)
        | Stmt::Not(_)
        | Stmt::Break { .. }
        | Stmt::With { .. }
        | Stmt::Return { .. }
        | Stmt::Switch { .. }
        | Stmt::Fail => {}
    }
}

/// Calls `f` for every statement of the block and the blocks inside it, outer ones first.
pub fn each<'b>(block: &'b Block, f: &mut impl FnMut(&'b Stmt)) {
    for stmt in &block.0 {
        f(stmt);
        stmt.blocks().for_each(|inner| each(inner, f));
    }
}

/// Calls `f` for every local that the statement or a block inside it names in any way.
pub fn mentions(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    reads(stmt, f);
    assigns(stmt, f);
    for inner in stmt.blocks() {
        inner.0.iter().for_each(|stmt| mentions(stmt, f));
    }
}

/// As [`writes`], with a loop's key and value.
pub fn assigns(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    writes(stmt, f);
    if let Stmt::Scan { key, value, .. } | Stmt::Select { key, value, .. } = stmt {
        key.iter().chain(value).for_each(|local| f(*local));
    }
}

/// Whether a break in the block leaves a block around it: `depth` blocks around the statement belong to the part that is looked at.
pub fn breaks_out(block: &Block, depth: u32) -> bool {
    block.0.iter().any(|stmt| match stmt {
        Stmt::Break { levels } => *levels >= depth,
        _ => stmt.blocks().any(|inner| breaks_out(inner, depth + 1)),
    })
}
