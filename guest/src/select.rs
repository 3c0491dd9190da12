//! Selections: the elements of a collection of which a part equals a value, asked for again and again by a loop around.
//!
//! ```text
//!   some a in input.users; some b in input.bindings; b.user == a.id        one question per user, all of them to one collection
//!
//!   first questions    the elements are gone through, one call of [`next`] for each that is wanted
//!   later ones         index: value → positions, −1          [`begin`] gives the address of the positions
//! ```
//!
//! A loop may be left after its first round, and a collection may never be asked again. So an index is made when as many elements were
//! gone through as the collection has, and not before: all questions together cost at most a constant times what they would cost without.
//!
//! INVARIANT: a word stands for the same collection, with the same content, throughout an evaluation. The compiler selects only from
//! collections that are finished.

use writ_abi::layout::DATA;
use writ_abi::{Tag, Word};

use crate::builtins::aggregates;
use crate::{compare, heap, iter, lookup, mem, number, table, value};

/// Collections up to this length are always gone through: about the cost of one lookup.
const FEW: u32 = 16;
/// Collections that a slot remembers.
const KEPT: u32 = 4;
/// Size of what is remembered of a collection: its word, its index and how many elements were gone through; then room for an index, and for how
/// many elements that is, which the next collection in this place uses again.
const ENTRY: u32 = 24;
/// Offsets in an entry.
const INDEX: u32 = 8;
const WORK: u32 = 12;
const ROOM: u32 = 16;
const CAP: u32 = 20;
/// Offset in a slot's block of the entry that is given up next.
const TURN: u32 = KEPT * ENTRY;
/// Offset in a slot's block of room for the positions in a short collection, and the end behind them.
const SHORT: u32 = TURN + 8;
/// Size of a slot's block.
const BLOCK: u32 = SHORT + (FEW + 1) * 4;

/// Behind the last position.
const END: u32 = u32::MAX;
/// From [`begin`]: no element is wanted.
const NOTHING: u32 = 0;
/// From [`begin`]: [`next`] has to be asked.
const BY_SCAN: u32 = 1;
/// In place of an index: too many of its values have the same hash.
const NEVER: u32 = 1;
/// Most steps per element that making an index may take to find free places.
const STEPS: u32 = 16;

/// Where the value stands by which elements are found.
#[derive(Clone, Copy)]
enum Part {
    /// The key under which an element stands.
    Key,
    /// The element itself.
    Whole,
    /// A field, by a string that is a constant.
    Field(Word),
    /// Further inside: an array of keys.
    Path(Word),
}

impl Part {
    /// `null` is the key, a string a field, an array the path within the element.
    fn of(word: Word) -> Part {
        match word.tag() {
            Tag::String => Part::Field(word),
            Tag::Array if value::len(word) == 0 => Part::Whole,
            Tag::Array => Part::Path(word),
            _ => Part::Key,
        }
    }

    /// The part of an element; keys are not asked for.
    #[inline]
    fn get(self, element: Word) -> Word {
        match self {
            Part::Whole | Part::Key => element,
            Part::Field(name) => lookup::field(element, name),
            Part::Path(path) => (0..value::len(path)).fold(element, |at, n| lookup::dot(at, value::item(path, n))),
        }
    }
}

/// The elements of a collection as they lie in memory.
#[derive(Clone, Copy)]
struct Rows {
    first: u32,
    stride: u32,
    len: u32,
}

impl Rows {
    fn of(source: Word) -> Rows {
        let len = iter::begin(source);
        let data = if len == 0 { 0 } else { mem::load32(source.addr() + DATA) };
        if source.tag() == Tag::Object {
            Rows { first: data + 8, stride: 16, len }
        } else {
            Rows { first: data, stride: 8, len }
        }
    }

    #[inline]
    fn get(self, at: u32) -> Word {
        Word(mem::load64(self.first + at * self.stride))
    }

    /// The first position from `from` on of an element whose part equals `wanted`; [`END`] when there is none.
    #[inline]
    fn find(self, part: Part, wanted: Word, from: u32) -> u32 {
        // One loop for each kind of part, since they are what small collections cost.
        match part {
            Part::Whole | Part::Key => self.search(from, |element| compare::eq(element, wanted)),
            Part::Field(name) => self.search(from, |element| {
                let value = lookup::field(element, name);
                value != Word::UNDEFINED && compare::eq(value, wanted)
            }),
            Part::Path(_) => self.search(from, |element| {
                let value = part.get(element);
                value != Word::UNDEFINED && compare::eq(value, wanted)
            }),
        }
    }

    #[inline]
    fn search(self, from: u32, is_wanted: impl Fn(Word) -> bool) -> u32 {
        (from..self.len).find(|at| is_wanted(self.get(*at))).unwrap_or(END)
    }
}

/// Address of the positions of the wanted elements, ascending, with [`END`] behind them; or [`NOTHING`], or [`BY_SCAN`]. `slot` is the address
/// of a cell that only this selection uses, 0 in the beginning. What is found counts until the selection is asked again.
pub fn begin(slot: u32, source: Word, part: Word, wanted: Word) -> u32 {
    let (rows, part) = (Rows::of(source), Part::of(part));
    if rows.len == 0 {
        return NOTHING;
    }
    if let Some(at) = by_itself(source, part, wanted) {
        if at == END {
            return NOTHING;
        }
        let positions = block(slot) + SHORT;
        mem::store32(positions, at);
        mem::store32(positions + 4, END);
        return positions;
    }
    if rows.len > FEW {
        return ask(block(slot), source, rows, part, wanted);
    }
    let mut at = rows.find(part, wanted, 0);
    if at == END {
        return NOTHING;
    }
    let positions = block(slot) + SHORT;
    let mut place = positions;
    while at != END {
        mem::store32(place, at);
        place += 4;
        at = rows.find(part, wanted, at + 1);
    }
    mem::store32(place, END);
    positions
}

/// Whether an element of the collection equals `wanted`.
pub fn has(slot: u32, source: Word, wanted: Word) -> bool {
    let len = value::len(source);
    if len <= FEW || source.tag() == Tag::Set {
        return aggregates::member(wanted, source) == Some(Word::TRUE);
    }
    match ask(block(slot), source, Rows::of(source), Part::Whole, wanted) {
        BY_SCAN => scan(slot, source, Part::Whole, wanted, 0) != END,
        at => at != NOTHING,
    }
}

/// Position of the first wanted element from `from` on; −1 when there is none. Only after [`begin`] said so.
pub fn next(slot: u32, source: Word, part: Word, wanted: Word, from: u32) -> i32 {
    scan(slot, source, Part::of(part), wanted, from) as i32
}

fn scan(slot: u32, source: Word, part: Part, wanted: Word, from: u32) -> u32 {
    let rows = Rows::of(source);
    let found = rows.find(part, wanted, from);
    let entry = entry(block(slot), source);
    let work = mem::load32(entry + WORK);
    let end = if found == END { rows.len } else { found + 1 };
    mem::store32(entry + WORK, work.saturating_add(end.saturating_sub(from)));
    found
}

/// The one position, or [`END`], in a collection that is an index of what is asked for.
fn by_itself(source: Word, part: Part, wanted: Word) -> Option<u32> {
    let found = match (part, source.tag()) {
        (Part::Key, Tag::Array) => {
            let at = number::as_i64(wanted).and_then(|at| u32::try_from(at).ok());
            at.filter(|at| *at < value::len(source))
        }
        (Part::Key, _) | (Part::Whole, Tag::Set) => table::find(source, wanted),
        _ => return None,
    };
    Some(found.unwrap_or(END))
}

/// [`begin`] for a collection of more than a few elements.
fn ask(block: u32, source: Word, rows: Rows, part: Part, wanted: Word) -> u32 {
    let entry = entry(block, source);
    let mut index = mem::load32(entry + INDEX);
    if index == 0 {
        if mem::load32(entry + WORK) < rows.len {
            return BY_SCAN;
        }
        index = build(room(entry, rows.len), rows, part).unwrap_or(NEVER);
        mem::store32(entry + INDEX, index);
    }
    if index == NEVER { BY_SCAN } else { find(index, wanted) }
}

fn block(slot: u32) -> u32 {
    let block = mem::load32(slot);
    if block != 0 {
        return block;
    }
    let block = heap::alloc(BLOCK);
    // One by one: engines make a call to the host of the instruction that fills memory.
    for n in 0..KEPT {
        let entry = block + n * ENTRY;
        mem::store64(entry, Word::UNDEFINED.0);
        mem::store64(entry + ROOM, 0);
    }
    mem::store32(block + TURN, 0);
    mem::store32(slot, block);
    block
}

/// What is remembered of a collection; an older one is forgotten for a new one.
fn entry(block: u32, source: Word) -> u32 {
    for n in 0..KEPT {
        let entry = block + n * ENTRY;
        if mem::load64(entry) == source.0 {
            return entry;
        }
    }
    let turn = mem::load32(block + TURN);
    mem::store32(block + TURN, (turn + 1) % KEPT);
    let entry = block + turn * ENTRY;
    mem::store64(entry, source.0);
    mem::store64(entry + INDEX, 0);
    entry
}

/// Where an index for so many elements can be made.
fn room(entry: u32, len: u32) -> u32 {
    let cap = mem::load32(entry + CAP);
    if len <= cap {
        return mem::load32(entry + ROOM);
    }
    // At least twice as much, so that what is given up is less than what is used.
    let cap = len.max(cap.saturating_mul(2));
    let bytes = heap::product(slots(cap), 4).saturating_add(8).saturating_add(heap::product(cap, GROUP + 8 + 4));
    let room = heap::alloc(bytes);
    mem::store32(entry + ROOM, room);
    mem::store32(entry + CAP, cap);
    room
}

/// Places for so many values, of which at least half stay free.
fn slots(len: u32) -> u32 {
    heap::product(len, 2).next_power_of_two()
}

/// Size of a group: the value that its elements share, the address of their positions and the value's hash.
const GROUP: u32 = 16;
const RUN: u32 = 8;
const HASH: u32 = 12;

/// `{ mask, groups, slot… }`, then the groups, the runs of positions, and what only making it needs: a slot is 0 or the number of a group plus 1. `None` when the hashes of the values agree too often.
fn build(index: u32, rows: Rows, part: Part) -> Option<u32> {
    let (len, slots) = (rows.len, slots(rows.len));
    let groups = index + 8 + slots * 4;
    let runs = groups + len * GROUP;
    // The group of each element.
    let group_of = runs + len * 8;
    mem::store32(index, slots - 1);
    mem::store32(index + 4, groups);
    mem::zero(index + 8, slots * 4);
    let (mut count, mut steps) = (0, heap::product(len, STEPS));
    for at in 0..len {
        let value = part.get(rows.get(at));
        if value == Word::UNDEFINED {
            mem::store32(group_of + at * 4, END);
            continue;
        }
        let hash = table::hash_of(value);
        let (place, taken) = probe(index, hash, value);
        let group = if taken == 0 {
            let group = groups + count * GROUP;
            count += 1;
            mem::store32(place, count);
            mem::store64(group, value.0);
            mem::store32(group + RUN, 0);
            mem::store32(group + HASH, hash);
            group
        } else {
            groups + (taken - 1) * GROUP
        };
        // How far the place is from where the hash says.
        let away = ((place - index - 8) / 4).wrapping_sub(hash) & (slots - 1);
        steps = steps.checked_sub(away)?;
        mem::store32(group + RUN, mem::load32(group + RUN) + 1);
        mem::store32(group_of + at * 4, group);
    }
    let mut end = runs;
    for n in 0..count {
        let run = groups + n * GROUP + RUN;
        end += mem::load32(run) * 4;
        mem::store32(end, END);
        mem::store32(run, end);
        end += 4;
    }
    // Backwards, so that each run ends up ascending and begins where it was filled last.
    for at in (0..len).rev() {
        let group = mem::load32(group_of + at * 4);
        if group != END {
            let place = mem::load32(group + RUN) - 4;
            mem::store32(place, at);
            mem::store32(group + RUN, place);
        }
    }
    Some(index)
}

fn find(index: u32, wanted: Word) -> u32 {
    let (_, taken) = probe(index, table::hash_of(wanted), wanted);
    if taken == 0 { NOTHING } else { mem::load32(mem::load32(index + 4) + (taken - 1) * GROUP + RUN) }
}

/// The place of a value, with what stands there. Half of the places are free.
fn probe(index: u32, hash: u32, wanted: Word) -> (u32, u32) {
    let (mask, groups, mut slot) = (mem::load32(index), mem::load32(index + 4), hash);
    loop {
        slot &= mask;
        let place = index + 8 + slot * 4;
        let taken = mem::load32(place);
        if taken == 0 {
            return (place, 0);
        }
        let group = groups + (taken - 1) * GROUP;
        if mem::load32(group + HASH) == hash && compare::eq(Word(mem::load64(group)), wanted) {
            return (place, taken);
        }
        slot += 1;
    }
}

#[cfg(test)]
mod tests;
