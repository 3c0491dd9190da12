//! `semver.*`: semantic versions 2.0, with an optional leading `v`.

use std::cmp::Ordering;

use writ_value::{Value, rego};

use crate::operand;
use crate::{Answer, Builtin, BuiltinError, Context};

/// The namespace's built-ins.
pub(crate) const BUILTINS: &[Builtin] =
    &[Builtin::new("semver.compare", 2, compare), Builtin::new("semver.is_valid", 1, is_valid)];

struct Version<'a> {
    numbers: [i64; 3],
    pre_release: &'a str,
}

fn compare(_: &mut Context, args: &[Value]) -> Answer {
    let texts = [operand::text(args, 1)?, operand::text(args, 2)?];
    let version = |i: usize| {
        parse(&texts[i]).ok_or_else(|| {
            let text = rego::to_string(&args[i]);
            BuiltinError::new(format!("operand {}: string {text} is not a valid SemVer", i + 1))
        })
    };
    let (a, b) = (version(0)?, version(1)?);
    let order = a.numbers.cmp(&b.numbers).then_with(|| compare_pre_release(a.pre_release, b.pre_release));
    Ok(Some(Value::from(order as i32)))
}

fn is_valid(_: &mut Context, args: &[Value]) -> Answer {
    Ok(Some(operand::text(args, 1).is_ok_and(|t| parse(&t).is_some()).into()))
}

fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, metadata) = cut(text, '+');
    if metadata.is_some_and(|m| !identifiers(m)) {
        return None;
    }
    let (text, pre_release) = cut(text, '-');
    if pre_release.is_some_and(|p| !identifiers(p) || p.split('.').any(|id| is_number(id) && has_leading_zero(id))) {
        return None;
    }
    let mut parts = text.split('.');
    let mut next = || parts.next().filter(|n| is_number(n) && !has_leading_zero(n)).and_then(|n| n.parse().ok());
    let numbers = [next()?, next()?, next()?];
    if parts.next().is_some() {
        return None;
    }
    Some(Version { numbers, pre_release: pre_release.unwrap_or_default() })
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(a, b)| (a, Some(b)))
}

fn identifiers(text: &str) -> bool {
    text.split('.').all(|id| !id.is_empty() && id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'))
}

fn is_number(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|c| c.is_ascii_digit())
}

fn has_leading_zero(id: &str) -> bool {
    id.len() > 1 && id.starts_with('0')
}

/// None is greater than any; else identifier by identifier, numbers before words, and the longer list last.
fn compare_pre_release(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let identifier = |x: &str, y: &str| match (is_number(x), is_number(y)) {
        (true, true) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => x.cmp(y),
    };
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (Some(x), Some(y)) => match identifier(x, y) {
                Ordering::Equal => {}
                order => return order,
            },
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}
