//! Many blocks of one shape become one constant table and one body.
//!
//! ```text
//!   l9 = input.user                                the value of each varying test, in turn
//!   l8 = get {"u1": [["r", 3], …], …} l9           rows of the rules that ask for it
//!   scan l8 as _, l7                               (no loop where every key has one row)
//!     l6 = get l7 0                                constants of this rule
//!     block { body with l6 for its constant }
//! ```
//!
//! The time for a decision then depends on the rules that ask for the value, not on their number, and so do the size of the code and
//! the time to load it.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use writ_value::{Object, Value};

use super::effects::Kind;
use super::guards::{Guard, Source, Test};
use super::{Entry, Pass, shape};
use crate::plan::ir::{Block, ConstId, Operand, Stmt};
use crate::plan::opt::Note;
use crate::plan::opt::made::PREFIXES;
use crate::plan::visit;

/// Fewest blocks for a table with an index.
const FEWEST: usize = 8;
/// Fewest blocks for a table that is gone through row by row.
const FEWEST_SCANNED: usize = 16;
/// As long as a key has more rows than this, the next varying test becomes a further level of the table.
const ROWS: usize = 4;
/// Most elements of a constant collection for which a row is entered under each of them.
const ELEMENTS: usize = 64;
/// Most lengths of prefixes for which the beginnings of a string are looked up one by one.
const LENGTHS: usize = 16;

/// A part of a run, in order.
pub(super) enum Part {
    /// A statement that does what some blocks did.
    Done(Stmt),
    /// Blocks that are left as they are.
    Single(Vec<Entry>),
}

/// How the rows of a table are found.
enum Access {
    /// By the values of these holes, in turn.
    Keys(Vec<(Source, usize)>),
    /// By each element of the constant in this hole.
    Elements(Source, usize),
    /// By the keys that the value begins with.
    Prefixes(Source, usize),
    /// All of them.
    Scan,
}

impl Pass<'_> {
    /// Makes tables where a run has enough blocks of one shape: neighbours, or (`commute`) from the whole run.
    pub(super) fn tables(&mut self, entries: Vec<Entry>, commute: bool) -> Vec<Part> {
        let mut groups: Vec<Vec<Entry>> = Vec::new();
        let mut by_shape: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
        for entry in entries {
            if entry.effects.breaks_out {
                groups.push(vec![entry]);
                continue;
            }
            let at = if commute {
                by_shape.get(&entry.shape.tokens).copied()
            } else {
                let last = groups.last().and_then(|group| group.last());
                let same = last.is_some_and(|l| !l.effects.breaks_out && l.shape.tokens == entry.shape.tokens);
                same.then(|| groups.len() - 1)
            };
            match at.and_then(|at| groups.get_mut(at)) {
                Some(group) => group.push(entry),
                None => {
                    by_shape.insert(entry.shape.tokens.clone(), groups.len());
                    groups.push(vec![entry]);
                }
            }
        }
        let mut parts: Vec<Part> = Vec::new();
        for group in groups {
            let group = match self.access(&group, commute) {
                Some(access) => {
                    parts.push(Part::Done(self.table(group, access)));
                    continue;
                }
                None => group,
            };
            match parts.last_mut() {
                Some(Part::Single(entries)) => entries.extend(group),
                _ => parts.push(Part::Single(group)),
            }
        }
        parts
    }

    /// How a table for these blocks is accessed, if there is to be one.
    fn access(&self, group: &[Entry], commute: bool) -> Option<Access> {
        let first = group.first().filter(|_| group.len() >= FEWEST)?;
        let varies = |hole: usize| group.iter().any(|e| e.shape.holes.get(hole) != first.shape.holes.get(hole));
        let hole = |at: usize| first.shape.starts.get(at).copied().filter(|hole| *hole < first.shape.holes.len());
        // Equal shapes have equal tests but for their constants.
        let tests = |test: Test| {
            let guards = first.guards.iter().filter(move |guard| guard.test == test);
            guards.filter_map(move |g| Some((g.source.clone(), hole(g.at)?))).filter(move |(_, hole)| varies(*hole))
        };
        let mut keys: Vec<(Source, usize)> = tests(Test::Equal).collect();
        if !keys.is_empty() {
            let distinct = |hole: usize| {
                let values = group.iter().filter_map(|e| e.shape.holes.get(hole));
                values.collect::<FxHashSet<_>>().len()
            };
            keys.sort_by_cached_key(|(_, hole)| std::cmp::Reverse(distinct(*hole)));
            return Some(Access::Keys(keys));
        }
        if let Some((source, hole)) = tests(Test::OneOf).next()
            && group
                .iter()
                .all(|e| elements(self.consts.value(e.shape.holes[hole])).is_none_or(|v| v.len() <= ELEMENTS))
        {
            return Some(Access::Elements(source, hole));
        }
        // Rows come in the order of their prefixes.
        if commute
            && let Some((source, hole)) = tests(Test::Prefix).next()
            && group.iter().all(|e| self.consts.value(e.shape.holes[hole]).as_str().is_some())
        {
            return Some(Access::Prefixes(source, hole));
        }
        (group.len() >= FEWEST_SCANNED && !first.shape.holes.is_empty()).then_some(Access::Scan)
    }

    fn table(&mut self, mut group: Vec<Entry>, access: Access) -> Stmt {
        let mut rows: Vec<Vec<ConstId>> = group.iter_mut().map(|e| std::mem::take(&mut e.shape.holes)).collect();
        if group.iter().all(|e| e.effects.kind != Kind::Other) {
            // The same rule again does nothing new.
            let mut seen = FxHashSet::default();
            rows.retain(|row| seen.insert(row.clone()));
        }
        let mut body = std::mem::take(&mut group[0].body);
        self.note(&access, rows.len());
        let mut out = Vec::new();
        let (levels, found) = match &access {
            Access::Keys(keys) => self.levels(&rows, keys),
            Access::Elements(_, hole) => (1, self.by_element(&rows, *hole)),
            Access::Prefixes(_, hole) => (1, self.by_key(&rows, &[*hole])),
            Access::Scan => (0, Found::Rows((0..rows.len()).collect())),
        };
        let keyed: Vec<usize> = match &access {
            Access::Keys(keys) => keys.iter().take(levels).map(|(_, hole)| *hole).collect(),
            Access::Elements(_, hole) | Access::Prefixes(_, hole) => vec![*hole],
            Access::Scan => Vec::new(),
        };
        // Constants that differ and are no keys come from the row.
        let fields: Vec<usize> = (0..rows[0].len())
            .filter(|hole| !keyed.contains(hole) && rows.iter().any(|row| row[*hole] != rows[0][*hole]))
            .collect();
        // Rows without constants of their own all do the same, once is enough.
        let alike = fields.is_empty() && group[0].effects.kind != Kind::Other;
        let single = !matches!(access, Access::Prefixes(..)) && (alike || found.is_single());
        let table = self.value(&found, &rows, &fields, single);
        let table = self.consts.large(table);

        let mut at = table;
        match &access {
            Access::Keys(keys) => {
                for (source, _) in keys.iter().take(levels) {
                    let key = self.read(source, &mut out);
                    let dst = self.local();
                    out.push(Stmt::Get { dst, source: at, key });
                    at = Operand::Local(dst);
                }
            }
            Access::Elements(source, _) => {
                let key = self.read(source, &mut out);
                let dst = self.local();
                out.push(Stmt::Get { dst, source: at, key });
                at = Operand::Local(dst);
            }
            Access::Prefixes(source, _) => {
                let key = self.read(source, &mut out);
                let dst = self.local();
                let span = crate::source::Span::default();
                let lengths = self.lengths(&found);
                let args = vec![at, key, self.consts.operand(lengths)];
                out.push(Stmt::Builtin { dst: Some(dst), name: PREFIXES.to_owned(), args, span });
                at = Operand::Local(dst);
            }
            Access::Scan => {}
        }
        let mut inside = Vec::new();
        let row = if single { at } else { Operand::Local(self.local()) };
        let mut values: Vec<Operand> = rows[0].iter().map(|id| Operand::Const(*id)).collect();
        for (n, hole) in fields.iter().enumerate() {
            values[*hole] = if fields.len() == 1 {
                row
            } else {
                let dst = self.local();
                let key = self.consts.operand(Value::from(n));
                inside.push(Stmt::Get { dst, source: row, key });
                Operand::Local(dst)
            };
        }
        shape::fill(&mut body, &mut values.into_iter());
        drop_tests(&mut body, &group[0], &keyed);
        inside.push(Stmt::Block(body));
        match row {
            Operand::Local(value) if !single => self.scan(at, value, inside, &access, &mut out),
            _ => out.extend(inside),
        }
        Stmt::Block(Block(out))
    }

    /// The loop over the rows; those that prefixes give are in lists, one per prefix.
    fn scan(
        &mut self,
        at: Operand,
        value: crate::plan::ir::Local,
        inside: Vec<Stmt>,
        access: &Access,
        out: &mut Vec<Stmt>,
    ) {
        let rows = |source| Stmt::Scan { source, key: None, value: Some(value), body: Block(inside) };
        if let Access::Prefixes(..) = access {
            let list = self.local();
            let body = Block(vec![rows(Operand::Local(list))]);
            out.push(Stmt::Scan { source: at, key: None, value: Some(list), body });
        } else {
            out.push(rows(at));
        }
    }

    /// As many levels as it takes for few rows per key.
    fn levels(&self, rows: &[Vec<ConstId>], keys: &[(Source, usize)]) -> (usize, Found) {
        let holes: Vec<usize> = keys.iter().map(|(_, hole)| *hole).collect();
        let mut levels = 1;
        loop {
            let found = self.by_key(rows, &holes[..levels]);
            if levels == holes.len() || found.most() <= ROWS {
                return (levels, found);
            }
            levels += 1;
        }
    }

    fn by_key(&self, rows: &[Vec<ConstId>], holes: &[usize]) -> Found {
        let mut root = if holes.is_empty() { Found::Rows(Vec::new()) } else { Found::Keys(BTreeMap::new()) };
        for (n, row) in rows.iter().enumerate() {
            root.enter(holes.iter().map(|hole| self.consts.value(row[*hole])), n);
        }
        root
    }

    fn by_element(&self, rows: &[Vec<ConstId>], hole: usize) -> Found {
        let mut root = Found::Keys(BTreeMap::new());
        for (n, row) in rows.iter().enumerate() {
            // What is no collection has no elements: the rule never applies.
            for element in elements(self.consts.value(row[hole])).unwrap_or_default() {
                root.enter(std::iter::once(element), n);
            }
        }
        root
    }

    fn value(&self, found: &Found, rows: &[Vec<ConstId>], fields: &[usize], single: bool) -> Value {
        let row = |n: &usize| {
            let value = |hole: &usize| self.consts.value(rows[*n][*hole]).clone();
            match fields {
                [] => Value::Bool(true),
                [hole] => value(hole),
                _ => fields.iter().map(value).collect::<Vec<_>>().into(),
            }
        };
        match found {
            Found::Rows(numbers) if single => numbers.first().map_or(Value::Null, row),
            Found::Rows(numbers) => numbers.iter().map(row).collect::<Vec<_>>().into(),
            Found::Keys(keys) => {
                let entries = keys.iter().map(|(key, below)| (key.clone(), self.value(below, rows, fields, single)));
                Value::from(entries.collect::<Object>())
            }
        }
    }

    /// The lengths of prefixes that are keys, ascending; null where they are so many that searching is better.
    fn lengths(&self, found: &Found) -> Value {
        let Found::Keys(keys) = found else { return Value::Null };
        let lengths: BTreeSet<usize> = keys.keys().filter_map(Value::as_str).map(str::len).collect();
        if lengths.len() > LENGTHS { Value::Null } else { lengths.into_iter().map(Value::from).collect() }
    }

    fn note(&mut self, access: &Access, rules: usize) {
        let (by, how) = match access {
            Access::Keys(keys) => (keys.iter().map(|(source, _)| source.clone()).collect(), "equality"),
            Access::Elements(source, _) => (vec![source.clone()], "membership"),
            Access::Prefixes(source, _) => (vec![source.clone()], "prefix"),
            Access::Scan => (Vec::new(), ""),
        };
        let by = by.iter().map(|source| self.describe(source)).collect();
        self.notes.push(Note::Table { func: self.func, rules, by, how });
    }
}

/// Takes out the tests that the table has answered.
fn drop_tests(body: &mut Block, entry: &Entry, keyed: &[usize]) {
    let answered = |guard: &&Guard| entry.shape.starts.get(guard.at).is_some_and(|hole| keyed.contains(hole));
    let mut gone: Vec<usize> = Vec::new();
    for guard in entry.guards.iter().filter(answered) {
        match guard.holds {
            None => gone.push(guard.at),
            // Only if nobody else reads the result.
            Some((holds, result)) => {
                let mut mentions = 0;
                body.0.iter().for_each(|stmt| visit::mentions(stmt, &mut |l| mentions += u32::from(l == result)));
                if mentions == 2 {
                    gone.extend([guard.at, holds]);
                }
            }
        }
    }
    let mut at = 0;
    body.0.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Rows by key, level by level.
enum Found {
    Rows(Vec<usize>),
    Keys(BTreeMap<Value, Found>),
}

impl Found {
    fn enter<'v>(&mut self, mut keys: impl Iterator<Item = &'v Value>, row: usize) {
        match (self, keys.next()) {
            (Found::Keys(below), Some(key)) => {
                let more = keys.size_hint().0 > 0;
                let empty = || if more { Found::Keys(BTreeMap::new()) } else { Found::Rows(Vec::new()) };
                below.entry(key.clone()).or_insert_with(empty).enter(keys, row);
            }
            // A collection that has an element twice has it once as key.
            (Found::Rows(rows), _) if rows.last() != Some(&row) => rows.push(row),
            _ => {}
        }
    }

    /// The most rows that a key has.
    fn most(&self) -> usize {
        match self {
            Found::Rows(rows) => rows.len(),
            Found::Keys(below) => below.values().map(Found::most).max().unwrap_or(0),
        }
    }

    fn is_single(&self) -> bool {
        match self {
            Found::Rows(rows) => rows.len() == 1,
            Found::Keys(below) => below.values().all(Found::is_single),
        }
    }
}

/// What `x in constant` compares `x` with.
pub(super) fn elements(constant: &Value) -> Option<Vec<&Value>> {
    match constant {
        Value::Array(items) => Some(items.iter().collect()),
        Value::Set(items) => Some(items.iter().collect()),
        Value::Object(entries) => Some(entries.iter().map(|(_, value)| value).collect()),
        _ => None,
    }
}
