//! Changes of data by path: put, replace, remove, or a list of such, all or none.
//!
//! Plain functions over values. What a change does not touch stays shared with the value before it, so a change costs what the collections
//! on its path cost, not what the document costs.

use std::fmt;
use std::sync::Arc;

use writ_value::{MAX_DEPTH, Value, json};

/// A change at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Keys from the root; positions in arrays as decimal numbers, `-` for the one behind the last.
    pub path: Vec<String>,
    /// What is done there.
    pub op: Op,
}

/// What is done at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Sets a key, or inserts into an array. Everything above must exist.
    Add(Value),
    /// As [`Op::Add`], but makes objects where the path leads through nothing.
    Upsert(Value),
    /// Sets what must exist.
    Replace(Value),
    /// Takes away what must exist.
    Remove,
}

/// A change that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchError {
    /// The path of the change, with `/` in front of each part.
    pub path: String,
    /// Why not.
    pub problem: PatchProblem,
}

/// Why a change cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatchProblem {
    /// Nothing is there, or nothing above it.
    NotFound,
    /// A part of the path is no position of the array that it leads into.
    Index,
    /// A position behind the array's end.
    OutOfRange,
    /// The path leads through a value that is no collection.
    WriteConflict,
    /// The path is no path.
    Path,
    /// The root can only be replaced, and only by an object.
    Root,
    /// The result would be nested deeper than values may be.
    Depth,
}

/// The keys of a path such as `/a/b~1c/0`. `~0` and `~1` stand for `~` and `/`, `%41` for `A`, as in OPA; `/` at the ends counts for nothing.
///
/// # Errors
/// [`PatchProblem::Path`] when a `%` has no two digits behind it, or a part is no text.
pub fn parse_path(path: &str) -> Result<Vec<String>, PatchError> {
    let trimmed = path.trim_matches('/');
    if trimmed.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = || PatchError { path: path.to_owned(), problem: PatchProblem::Path };
    let one = |part: &str| Some(percent_decoded(part)?.replace("~1", "/").replace("~0", "~"));
    trimmed.split('/').map(one).collect::<Option<_>>().ok_or_else(wrong)
}

/// Makes all changes in their order, or none: on an error `root` is what it was.
///
/// # Errors
/// The first change that cannot be made.
pub fn apply(root: &mut Value, operations: &[Operation]) -> Result<(), PatchError> {
    let mut changed = root.clone();
    for operation in operations {
        apply_one(&mut changed, operation)?;
    }
    *root = changed;
    Ok(())
}

/// Puts `value` at `path` in place of what is there, and makes the objects above it.
///
/// # Errors
/// When the path leads through something that is neither an object nor a position of an array, or the value for the root is no object.
pub fn put(root: &mut Value, path: &[String], value: Value) -> Result<(), PatchError> {
    let exists = get(root, path).is_some();
    let op = if exists { Op::Replace(value) } else { Op::Upsert(value) };
    apply(root, &[Operation { path: path.to_vec(), op }])
}

/// The value at `path`.
pub fn get<'a>(root: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(root, |value, key| match value {
        Value::Array(items) => items.get(position(key, items.len()).ok()?),
        value => value.get(key),
    })
}

fn apply_one(root: &mut Value, operation: &Operation) -> Result<(), PatchError> {
    let path = &operation.path;
    let refuse = |problem| PatchError { path: shown(path), problem };
    let value = match &operation.op {
        Op::Add(value) | Op::Upsert(value) | Op::Replace(value) => Some(value),
        Op::Remove => None,
    };
    let below = MAX_DEPTH.checked_sub(path.len()).ok_or_else(|| refuse(PatchProblem::Depth))?;
    if value.is_some_and(|value| !value.is_within_depth(below)) {
        return Err(refuse(PatchProblem::Depth));
    }
    let Some((last, above)) = path.split_last() else {
        let Some(value @ Value::Object(_)) = value else { return Err(refuse(PatchProblem::Root)) };
        *root = value.clone();
        return Ok(());
    };
    let makes = matches!(operation.op, Op::Upsert(_));
    let mut at = root;
    for key in above {
        at = step(at, key, makes).map_err(refuse)?;
    }
    change(at, last, &operation.op).map_err(refuse)
}

/// One step down. Missing keys of objects are made if asked for.
fn step<'a>(value: &'a mut Value, key: &str, makes: bool) -> Result<&'a mut Value, PatchProblem> {
    match value {
        Value::Object(object) => {
            let object = Arc::make_mut(object);
            let key = Value::from(key);
            if makes {
                return Ok(object.entry(key).or_insert_with(Value::empty_object));
            }
            object.get_mut(&key).ok_or(PatchProblem::NotFound)
        }
        Value::Array(items) => {
            let at = position(key, items.len())?;
            Arc::make_mut(items).get_mut(at).ok_or(PatchProblem::OutOfRange)
        }
        _ if makes => Err(PatchProblem::WriteConflict),
        _ => Err(PatchProblem::NotFound),
    }
}

fn change(parent: &mut Value, key: &str, op: &Op) -> Result<(), PatchProblem> {
    match parent {
        Value::Object(object) => {
            let name = Value::from(key);
            if matches!(op, Op::Replace(_) | Op::Remove) && !object.contains_key(&name) {
                return Err(PatchProblem::NotFound);
            }
            let object = Arc::make_mut(object);
            match op {
                Op::Add(value) | Op::Upsert(value) | Op::Replace(value) => object.insert(name, value.clone()),
                Op::Remove => object.remove(&name),
            };
        }
        Value::Array(items) => {
            let n = items.len();
            let adds = matches!(op, Op::Add(_) | Op::Upsert(_));
            let at = if adds && (key == "-" || key == n.to_string()) { n } else { position(key, n)? };
            let items = Arc::make_mut(items);
            match op {
                Op::Add(value) | Op::Upsert(value) => items.insert(at, value.clone()),
                Op::Replace(value) => items[at] = value.clone(),
                Op::Remove => {
                    items.remove(at);
                }
            }
        }
        _ if matches!(op, Op::Upsert(_)) => return Err(PatchProblem::WriteConflict),
        _ => return Err(PatchProblem::NotFound),
    }
    Ok(())
}

/// A position below `n`.
fn position(key: &str, n: usize) -> Result<usize, PatchProblem> {
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PatchProblem::Index);
    }
    key.parse().ok().filter(|at| *at < n).ok_or(PatchProblem::OutOfRange)
}

fn percent_decoded(part: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| char::from(b?).to_digit(16);
        let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}

/// The path as JSON pointer.
pub(crate) fn shown(path: &[String]) -> String {
    path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.problem {
            PatchProblem::NotFound => "document does not exist",
            PatchProblem::Index => "array index must be integer",
            PatchProblem::OutOfRange => "array index out of range",
            PatchProblem::WriteConflict => "the path leads through a value that is no object",
            PatchProblem::Path => "error parsing patch path",
            PatchProblem::Root => "the root can only be replaced by an object",
            PatchProblem::Depth => "nested too deeply",
        };
        let mut path = String::new();
        json::write_string(self.path.as_bytes(), &mut path);
        write!(f, "{path}: {reason}")
    }
}

impl std::error::Error for PatchError {}

#[cfg(test)]
mod tests;
