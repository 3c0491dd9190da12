//! `&`, `|`, set difference, `intersection`, `union`.

use core::cmp::Ordering;

use writ_abi::{Tag, Word};

use super::operand;
use crate::compare::cmp;
use crate::error::Answer;
use crate::{table, value};

/// Elements of `a` that `b` lacks.
pub fn difference(a: Word, b: Word) -> Word {
    let rest = table::set(value::len(a));
    for element in table::keys(a) {
        if !table::contains(b, element) {
            table::add(rest, element);
        }
    }
    rest
}

/// Elements of both; the smaller set gives them.
fn intersect(a: Word, b: Word) -> Word {
    let (small, large) = if value::len(b) < value::len(a) { (b, a) } else { (a, b) };
    let common = table::set(value::len(small));
    for element in table::keys(small) {
        if table::contains(large, element) {
            table::add(common, element);
        }
    }
    common
}

/// Elements of either, in one pass over both; of equal ones that of `a`.
fn unite(a: Word, b: Word) -> Word {
    if value::len(a) == 0 {
        return b;
    }
    if value::len(b) == 0 {
        return a;
    }
    let both = table::set(value::len(a).max(value::len(b)));
    let (mut left, mut right) = (table::keys(a).peekable(), table::keys(b).peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return both,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(&x), Some(&y)) => cmp(x, y),
        };
        let first = if order == Ordering::Greater { right.next() } else { left.next() };
        if order == Ordering::Equal {
            right.next();
        }
        if let Some(element) = first {
            table::add(both, element);
        }
    }
}

/// `and`.
pub fn and(a: Word, b: Word) -> Answer {
    let a = operand::set("and", 1, a)?;
    let b = operand::set("and", 2, b)?;
    Some(intersect(a, b))
}

/// `or`.
pub fn or(a: Word, b: Word) -> Answer {
    let a = operand::set("or", 1, a)?;
    let b = operand::set("or", 2, b)?;
    Some(unite(a, b))
}

/// `set_diff`.
pub fn set_diff(a: Word, b: Word) -> Answer {
    let a = operand::set("set_diff", 1, a)?;
    let b = operand::set("set_diff", 2, b)?;
    Some(difference(a, b))
}

/// `intersection` of a set of sets; empty for none.
pub fn intersection(a: Word) -> Answer {
    let mut common = None;
    for element in table::keys(operand::set("intersection", 1, a)?) {
        let set = operand::set("intersection", 1, element)?;
        common = Some(common.map_or(set, |so_far| intersect(so_far, set)));
    }
    Some(common.unwrap_or_else(|| table::set(0)))
}

/// `union` of a set of sets.
pub fn union(a: Word) -> Answer {
    let mut total = table::set(0);
    let mut sets = table::keys(operand::set("union", 1, a)?);
    if let Some(bad) = sets.find(|element| element.tag() != Tag::Set) {
        operand::set("union", 1, bad)?;
    }
    for set in table::keys(a) {
        total = unite(total, set);
    }
    Some(total)
}
