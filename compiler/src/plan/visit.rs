//! What a statement reads, writes and contains; for passes that treat most statements alike.

use super::ir::{Local, Operand, Stmt};

/// Calls `f` for each operand that the statement itself reads, in order. Blocks inside it are not entered.
pub fn operands(stmt: &Stmt, f: &mut impl FnMut(Operand)) {
    match stmt {
        Stmt::Get { source, key, .. } => {
            f(*source);
            f(*key);
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

/// Calls `f` for each local that the statement assigns. A scan's key and value are assigned in its body, and are not told.
pub fn writes(stmt: &Stmt, f: &mut impl FnMut(Local)) {
    match stmt {
        Stmt::Document { dst, .. }
        | Stmt::InputPath { dst, .. }
        | Stmt::DataPath { dst, .. }
        | Stmt::Get { dst, .. }
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
