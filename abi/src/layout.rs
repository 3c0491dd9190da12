//! Headers of the values in linear memory. All fields are little-endian `u32` at multiples of 4; headers are 8-aligned.
//!
//! ```text
//!   string   { len, hash }            then `len` bytes (UTF-8; bytes from base64 or hex may be anything)
//!   number   { len, 0 }               then `len` bytes of JSON number text as the author wrote it
//!   array    { len, cap, data, 0 }    data → cap words
//!   object   { len, cap, entries, index, flags, 0 }   entries → cap pairs of words (key, value)
//!   set      { len, cap, entries, index, flags, 0 }   entries → cap words
//!   index    { mask, slot × (mask + 1) }              slot → position of an entry plus 1, or 0
//! ```
//!
//! `hash` is 0 until somebody computes it ([`crate::hash::hash_bytes`]). `index` is 0 or the address of a hash index of the keys: a key's slot is the first
//! free one from `hash & mask` on, around the end. The guest makes indexes of unsorted tables while it evaluates, the host of base data with string keys.
//! Entries are in insertion order until bit [`SORTED`] is set, then in Rego's order. A header never moves while its
//! value lives, so a word stays valid while a collection grows.
//! Constants of a module and base data use the same layouts, always with [`SORTED`] set.

/// Tables of base data with more string keys than this have an index.
pub const INDEX_FROM: usize = 16;

/// Slots of the index that base data has for a table with so many entries.
pub const fn index_slots(len: u32) -> u32 {
    (len * 2).next_power_of_two()
}

/// Offset of the length, in every header.
pub const LEN: u32 = 0;

/// Deepest nesting of arrays, objects and sets that the parsers accept; a deeper text is refused, so that every walk over
/// a value may recurse.
pub const MAX_DEPTH: u32 = 1000;

/// Offset of a string's hash.
pub const STRING_HASH: u32 = 4;
/// Offset of a string's first byte.
pub const STRING_BYTES: u32 = 8;
/// Offset of a number's text.
pub const NUMBER_BYTES: u32 = 8;

/// Offset of the capacity of a collection, in elements.
pub const CAP: u32 = 4;
/// Offset of the address of a collection's words.
pub const DATA: u32 = 8;
/// Offset of the address of the hash index of an object or set.
pub const INDEX: u32 = 12;
/// Offset of the flags of an object or set.
pub const FLAGS: u32 = 16;

/// Size of an array's header in bytes.
pub const ARRAY_HEADER: u32 = 16;
/// Size of an object's or set's header in bytes.
pub const TABLE_HEADER: u32 = 24;

/// Flag of objects and sets: the entries are in Rego's order.
pub const SORTED: u32 = 1;
/// Flag of objects and sets that `rt_insert_path` made on its way and may still extend; constants and data never have it.
pub const EXTENSIBLE: u32 = 2;

/// An evaluation context of the OPA ABI: four `u32` at these offsets (OPA's own modules use the same).
pub mod context {
    /// Address of the input's box, 0 when undefined.
    pub const INPUT: u32 = 0;
    /// Address of the data's box, 0 when undefined.
    pub const DATA: u32 = 4;
    /// Address of the result's box.
    pub const RESULT: u32 = 8;
    /// Entrypoint id.
    pub const ENTRYPOINT: u32 = 12;
    /// Bytes of a context.
    pub const SIZE: u32 = 16;
}

/// The cells that the guest shares with its host: `u32`s at the address that the module exports as
/// [`CELLS`](crate::names::CELLS). Between two evaluations the host sets the heap pointer back and clears what the marks say
/// was used.
pub mod cells {
    /// First free byte of the heap.
    pub const HEAP_PTR: u32 = 0;
    /// Highest heap pointer from which memory was given back, or 0: the heap was used up to this mark or the heap pointer.
    pub const HEAP_HIGH: u32 = 4;
    /// Lowest address of the stack that was used; at first the address where the stack begins.
    pub const STACK_LOW: u32 = 8;
    /// Built-in errors are fatal unless this is 0.
    pub const STRICT: u32 = 12;
    /// Bytes of all cells.
    pub const SIZE: u32 = 16;
}

// The OPA ABI passes a value as one `i32` address. Ours is the address of a *box*: eight bytes that hold the word.
/// Bytes of a box.
pub const BOX_SIZE: u32 = 8;
