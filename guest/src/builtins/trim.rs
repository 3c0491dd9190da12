//! The `trim` family: by cut set, by prefix or suffix, by white space.

use writ_abi::Word;

use super::operand;
use crate::error::Answer;
use crate::{table, unicode, value};

/// The part as a value: the original word when nothing was cut.
fn part(s: Word, rest: &[u8]) -> Answer {
    Some(if rest.len() == value::text(s).len() { s } else { value::string(rest) })
}

fn left(mut s: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    while let Some((c, width)) = unicode::next(s) {
        if !cut(c) {
            break;
        }
        s = &s[width..];
    }
    s
}

fn right(mut s: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    while let Some((c, width)) = unicode::last(s) {
        if !cut(c) {
            break;
        }
        s = &s[..s.len() - width];
    }
    s
}

/// Longest cut set that is searched from end to end for each character.
const SHORT: usize = 64;

/// Membership in a cut set; a long one becomes a table, so that long sets and long texts do not multiply.
fn among(set: &[u8]) -> impl Fn(char) -> bool {
    let code = |c: char| value::int(i64::from(u32::from(c)));
    let members = (set.len() > SHORT).then(|| {
        let members = table::set(set.len() as u32);
        unicode::chars(set).for_each(|c| table::add(members, code(c)));
        members
    });
    move |c| match members {
        Some(members) => table::contains(members, code(c)),
        None => unicode::chars(set).any(|member| member == c),
    }
}

/// `trim`.
pub fn trim(s: Word, cutset: Word) -> Answer {
    let bytes = operand::string("trim", 1, s)?;
    let cutset = operand::string("trim", 2, cutset)?;
    part(s, right(left(bytes, among(cutset)), among(cutset)))
}

/// `trim_left`.
pub fn trim_left(s: Word, cutset: Word) -> Answer {
    let bytes = operand::string("trim_left", 1, s)?;
    let cutset = operand::string("trim_left", 2, cutset)?;
    part(s, left(bytes, among(cutset)))
}

/// `trim_right`.
pub fn trim_right(s: Word, cutset: Word) -> Answer {
    let bytes = operand::string("trim_right", 1, s)?;
    let cutset = operand::string("trim_right", 2, cutset)?;
    part(s, right(bytes, among(cutset)))
}

/// `trim_prefix`.
pub fn trim_prefix(s: Word, prefix: Word) -> Answer {
    let bytes = operand::string("trim_prefix", 1, s)?;
    let prefix = operand::string("trim_prefix", 2, prefix)?;
    part(s, bytes.strip_prefix(prefix).unwrap_or(bytes))
}

/// `trim_suffix`.
pub fn trim_suffix(s: Word, suffix: Word) -> Answer {
    let bytes = operand::string("trim_suffix", 1, s)?;
    let suffix = operand::string("trim_suffix", 2, suffix)?;
    part(s, bytes.strip_suffix(suffix).unwrap_or(bytes))
}

/// `trim_space`.
pub fn trim_space(s: Word) -> Answer {
    let bytes = operand::string("trim_space", 1, s)?;
    part(s, right(left(bytes, unicode::is_space), unicode::is_space))
}
