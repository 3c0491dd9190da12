//! `net.cidr_*`: blocks of addresses.

use std::borrow::Cow;

use writ_value::{Set, Value, utf8};

use super::block::{Address, Block};
use super::merge;
use crate::argument;
use crate::operand;
use crate::{Answer, Arg, Builtin, BuiltinError, Context};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::of_args("net.cidr_contains", 2, cidr_contains),
    Builtin::of_args("net.cidr_overlap", 2, cidr_contains),
    Builtin::of_args("net.cidr_intersects", 2, cidr_intersects),
    Builtin::new("net.cidr_contains_matches", 2, cidr_contains_matches),
    Builtin::new("net.cidr_expand", 1, cidr_expand),
    Builtin::new("net.cidr_is_valid", 1, cidr_is_valid),
    Builtin::new("net.cidr_merge", 1, cidr_merge),
];

/// Most addresses that `net.cidr_expand` lists.
const MAX_EXPANDED: u128 = 1 << 18;

/// Errors speak of the first operand, whichever it is, as OPA's do.
fn text(arg: Arg<'_>) -> Result<Cow<'_, str>, BuiltinError> {
    argument::text(&[arg], 1).map(utf8::to_str_lossy)
}

fn block<'a>(arg: impl Into<Arg<'a>>) -> Result<Block, BuiltinError> {
    Block::parse(&text(arg.into())?).map_err(BuiltinError::new)
}

/// What a block may contain: an address or a block.
#[derive(Clone, Copy)]
enum Inner {
    Address(Address),
    Block(Block),
}

fn inner<'a>(arg: impl Into<Arg<'a>>) -> Result<Inner, BuiltinError> {
    let text = text(arg.into())?;
    if let Some(a) = Address::parse(&text) {
        return Ok(Inner::Address(a));
    }
    Block::parse(&text)
        .map(Inner::Block)
        .map_err(|_| BuiltinError::new(format!("not a valid textual representation of an IP address or CIDR: {text}")))
}

fn contains(outer: Block, inner: Inner) -> bool {
    match inner {
        Inner::Address(a) => outer.contains(a),
        Inner::Block(b) => outer.contains_block(b),
    }
}

fn cidr_contains(_: &mut Context, args: &[Arg<'_>]) -> Answer {
    let outer = block(args[0])?;
    Ok(Some(contains(outer, inner(args[1])?).into()))
}

fn cidr_intersects(_: &mut Context, args: &[Arg<'_>]) -> Answer {
    let (a, b) = (block(args[0])?, block(args[1])?);
    Ok(Some((a.contains(b.first()) || b.contains(a.first())).into()))
}

/// A candidate stands alone or first in an array.
fn first_of(position: usize, v: &Value) -> Result<&Value, BuiltinError> {
    match v {
        Value::String(_) => Ok(v),
        Value::Array(a) if !a.is_empty() => Ok(&a[0]),
        _ => Err(BuiltinError::new(format!("operand {position}: element must be string or non-empty array"))),
    }
}

/// The blocks or addresses of an operand with what the result calls them: index, element or key.
fn candidates(position: usize, v: &Value) -> Vec<(Result<&Value, BuiltinError>, Value)> {
    let first = |v| first_of(position, v);
    match v {
        Value::String(_) => vec![(Ok(v), v.clone())],
        Value::Array(a) => a.iter().enumerate().map(|(i, v)| (first(v), Value::from(i))).collect(),
        Value::Set(s) => s.iter().map(|v| (first(v), v.clone())).collect(),
        Value::Object(o) => o.iter().map(|(k, v)| (first(v), k.clone())).collect(),
        _ => Vec::new(),
    }
}

fn cidr_contains_matches(context: &mut Context, args: &[Value]) -> Answer {
    let outer = candidates(1, &args[0]);
    let inners: Vec<_> = candidates(2, &args[1]).into_iter().map(|(v, name)| (v.map(inner), name)).collect();
    let mut out = Set::new();
    for (v, outer_name) in outer {
        context.check_deadline()?;
        let v = v?;
        // An operand without candidates hides errors of the other one.
        let mut parsed = None;
        for (inner, inner_name) in &inners {
            let inner = inner.clone()?;
            let outer = match parsed {
                Some(b) => b,
                None => *parsed.insert(block(v)?),
            };
            if contains(outer, inner.clone()?) {
                out.insert(Value::from(vec![outer_name.clone(), inner_name.clone()]));
            }
        }
    }
    Ok(Some(out.into()))
}

fn cidr_expand(_: &mut Context, args: &[Value]) -> Answer {
    let s = operand::text(args, 1)?;
    let block = Block::parse(&s).map_err(BuiltinError::new)?;
    let (first, last) = (block.first(), block.last());
    if last.bits - first.bits >= MAX_EXPANDED {
        return Err(BuiltinError::halt(format!("block has more than {MAX_EXPANDED} addresses")));
    }
    let texts = (first.bits..=last.bits).map(|bits| Value::from(Address { bits, ..first }.text()));
    Ok(Some(Value::set(texts)))
}

fn cidr_is_valid(_: &mut Context, args: &[Value]) -> Answer {
    Ok(Some(operand::text(args, 1).is_ok_and(|s| Block::parse(&s).is_ok()).into()))
}

fn cidr_merge(_: &mut Context, args: &[Value]) -> Answer {
    let elements: Vec<&Value> = match &args[0] {
        Value::Array(a) => a.iter().collect(),
        Value::Set(s) => s.iter().collect(),
        _ => return Err(BuiltinError::new("operand must be an array")),
    };
    let blocks = elements.into_iter().map(merge::element).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Value::set(merge::merge(blocks).into_iter().map(|b| Value::from(b.text())))))
}
