//! `regex.globs_match`: whether two simple patterns (`.`, `[a-z]`, `\x`, each with `*` or `+`) have a common text.
//!
//! Remembers every pair of positions, so the cost is the two lengths multiplied.

use writ_value::Value;

use crate::operand;
use crate::{Answer, BuiltinError, Context};

/// Longest pattern in characters, so that the pairs stay few.
const MAX_PATTERN: usize = 1000;

#[derive(Debug, PartialEq)]
enum Item {
    Any,
    /// Sorted, disjoint ranges.
    OneOf(Vec<(u32, u32)>),
}

#[derive(Debug)]
struct Token {
    item: Item,
    many: bool,
    optional: bool,
}

pub(super) fn globs_match(_: &mut Context, args: &[Value]) -> Answer {
    let (a, b) = (operand::text(args, 1)?, operand::text(args, 2)?);
    let a = tokenize(&a).map_err(BuiltinError::new)?;
    let b = tokenize(&b).map_err(BuiltinError::new)?;
    Ok(Some(intersects(&a, &b).into()))
}

/// Whether OPA's walk over the two patterns meets: tokens without a flag pair up, a starred one takes what it can.
///
/// The walk is greedy in places, so it misses some common texts (`b*` and `c*` share the empty one); decisions must not
/// differ from OPA's, so those are missed here, too.
struct Walk<'a> {
    globs: [&'a [Token]; 2],
    /// Results of [`Walk::normal`] and [`Walk::star`] by side, kind and positions.
    known: Vec<Option<bool>>,
}

fn intersects(a: &[Token], b: &[Token]) -> bool {
    let Some((a, b)) = trim(a, b) else { return false };
    let known = vec![None; 4 * (a.len() + 1) * (b.len() + 1)];
    Walk { globs: [a, b], known }.normal(0, [0, 0])
}

/// Without the ends in which both have tokens without flags (but for one token); `None` if those differ.
fn trim<'a>(a: &'a [Token], b: &'a [Token]) -> Option<(&'a [Token], &'a [Token])> {
    let plain = |x: &Token, y: &Token| !x.many && !y.many;
    let mut start = 0;
    while start < a.len() && start < b.len() && plain(&a[start], &b[start]) {
        if !overlap(&a[start].item, &b[start].item) {
            return None;
        }
        start += 1;
    }
    start = start.saturating_sub(1);
    let (mut i, mut j) = (a.len(), b.len());
    while i > start && j > start && plain(&a[i - 1], &b[j - 1]) {
        if !overlap(&a[i - 1].item, &b[j - 1].item) {
            return None;
        }
        (i, j) = (i - 1, j - 1);
    }
    if i < a.len() {
        (i, j) = (i + 1, j + 1);
    }
    Some((&a[start..i], &b[start..j]))
}

impl Walk<'_> {
    /// The token at the position on one side.
    fn at(&self, side: usize, pos: [usize; 2]) -> Option<&Token> {
        self.globs[side].get(pos[side])
    }

    fn memo(&mut self, kind: usize, side: usize, pos: [usize; 2], run: impl FnOnce(&mut Self) -> bool) -> bool {
        let place = ((2 * kind + side) * (self.globs[0].len() + 1) + pos[0]) * (self.globs[1].len() + 1) + pos[1];
        if let Some(known) = self.known[place] {
            return known;
        }
        let result = run(self);
        self.known[place] = Some(result);
        result
    }

    /// Pairs tokens until one has a flag; `side` is asked first for it.
    fn normal(&mut self, side: usize, pos: [usize; 2]) -> bool {
        self.memo(0, side, pos, |w| {
            let mut pos = pos;
            loop {
                let (x, y) = match (w.at(side, pos), w.at(1 - side, pos)) {
                    (Some(x), Some(y)) => (x, y),
                    (x, y) => return x.is_none() && y.is_none(),
                };
                if x.many || y.many {
                    let flagged = if x.many { side } else { 1 - side };
                    let plus = if x.many { !x.optional } else { !y.optional };
                    return if plus { w.plus(flagged, pos) } else { w.star(flagged, pos) };
                }
                if !overlap(&x.item, &y.item) {
                    return false;
                }
                pos = [pos[0] + 1, pos[1] + 1];
            }
        })
    }

    /// The token with `+` on `side` takes at least one token of the other side.
    fn plus(&mut self, side: usize, pos: [usize; 2]) -> bool {
        let (Some(x), Some(y)) = (self.at(side, pos), self.at(1 - side, pos)) else { return false };
        if !overlap(&x.item, &y.item) {
            return false;
        }
        let other_many = y.many;
        self.star(side, step(pos, 1 - side)) || (other_many && self.normal(side, step(pos, side)))
    }

    /// The token with `*` on `side` takes tokens of the other side until the rest fits.
    fn star(&mut self, side: usize, pos: [usize; 2]) -> bool {
        self.memo(1, side, pos, |w| {
            let mut pos = pos;
            let after = step(pos, side);
            let has_next = w.at(side, after).is_some();
            while let Some(t) = w.at(1 - side, pos) {
                let fits_next = w.at(side, after).is_some_and(|n| overlap(&t.item, &n.item));
                let taken = w.at(side, pos).is_some_and(|s| overlap(&t.item, &s.item));
                if fits_next && w.normal(side, step(pos, side)) {
                    return true;
                }
                if !taken {
                    return false;
                }
                pos = step(pos, 1 - side);
            }
            !has_next
        })
    }
}

fn step(mut pos: [usize; 2], side: usize) -> [usize; 2] {
    pos[side] += 1;
    pos
}

fn overlap(a: &Item, b: &Item) -> bool {
    match (a, b) {
        (Item::Any, _) | (_, Item::Any) => true,
        (Item::OneOf(a), Item::OneOf(b)) => {
            let (mut i, mut j) = (0, 0);
            while i < a.len() && j < b.len() {
                if a[i].1 < b[j].0 {
                    i += 1;
                } else if b[j].1 < a[i].0 {
                    j += 1;
                } else {
                    return true;
                }
            }
            false
        }
    }
}

struct Scanner<'a> {
    whole: &'a str,
    chars: Vec<char>,
    at: usize,
}

impl Scanner<'_> {
    fn error<T>(&self, at: usize, message: &str) -> Result<T, String> {
        Err(format!("input:{}, pos:{at}, {message}: the input provided is invalid", self.whole))
    }

    /// The next character and whether it was escaped.
    fn next(&mut self) -> Result<Option<(char, bool)>, String> {
        let Some(&c) = self.chars.get(self.at) else { return Ok(None) };
        if c != '\\' {
            self.at += 1;
            return Ok(Some((c, false)));
        }
        match self.chars.get(self.at + 1) {
            Some(&c) => {
                self.at += 2;
                Ok(Some((c, true)))
            }
            None => self.error(self.at, "input ends with a \\ (escape) character"),
        }
    }
}

fn tokenize(text: &str) -> Result<Vec<Token>, String> {
    let mut s = Scanner { whole: text, chars: text.chars().collect(), at: 0 };
    if s.chars.len() > MAX_PATTERN {
        return Err(format!("pattern exceeds {MAX_PATTERN} characters"));
    }
    let mut tokens: Vec<Token> = Vec::new();
    while let Some((c, escaped)) = s.next()? {
        let item = match (c, escaped) {
            ('.', false) => Item::Any,
            ('[', false) => set(&mut s)?,
            (']', false) => return s.error(s.at, "set-close ']' with no preceding '['"),
            ('+' | '*', false) => {
                return s.error(s.at, &format!("flag '{c}' must be preceded by a non-flag"));
            }
            _ => Item::OneOf(vec![(c.into(), c.into())]),
        };
        let flag = s.chars.get(s.at).copied().filter(|c| matches!(c, '+' | '*'));
        if flag.is_some() {
            s.at += 1;
        } else if s.chars.get(s.at) == Some(&'\\') && s.at + 1 == s.chars.len() {
            return s.error(s.at, "input ends with a \\ (escape) character");
        }
        let token = Token { item, many: flag.is_some(), optional: flag == Some('*') };
        // x*x+ is x+: of neighbours with flags that are equal, one is enough.
        match tokens.last_mut() {
            Some(Token { item, many: true, optional }) if token.many && *item == token.item => {
                *optional &= token.optional;
            }
            _ => tokens.push(token),
        }
    }
    Ok(tokens)
}

fn set(s: &mut Scanner<'_>) -> Result<Item, String> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut previous = None;
    loop {
        match s.next()? {
            None => return s.error(s.at, "found [ without matching ]"),
            Some((']', false)) => break,
            Some(('-', false)) => {
                let Some(lo) = previous.take() else {
                    return s.error(s.at, "range character '-' must be preceded by a Unicode character");
                };
                if s.at + 1 >= s.chars.len() {
                    return s.error(s.at, "range character '-' must be followed by a Unicode character");
                }
                match s.next()? {
                    Some((']' | '-', false)) | None => {
                        return s.error(s.at, "range character '-' cannot be followed by a special symbol");
                    }
                    Some((hi, _)) if hi < lo => {
                        return s.error(s.at, &format!("range is out of order: '{hi}' comes before '{lo}' in Unicode"));
                    }
                    Some((hi, _)) => ranges.push((lo.into(), hi.into())),
                }
            }
            Some((c, _)) => {
                ranges.push((c.into(), c.into()));
                previous = Some(c);
            }
        }
    }
    ranges.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (lo, hi) in ranges {
        match merged.last_mut() {
            Some(last) if lo <= last.1.saturating_add(1) => last.1 = last.1.max(hi),
            _ => merged.push((lo, hi)),
        }
    }
    Ok(Item::OneOf(merged))
}
