//! One Rego value in one 64-bit word.
//!
//! ```text
//!   bit 0 = 1     small integer: bits 1..64 hold it, signed (63 bits)
//!   bits 0..4     tag, always even, when bit 0 is 0:
//!     0x0  undefined (the whole word is 0)
//!     0x2  atom: bits 4.. are 0 null, 1 false, 2 true, 3 "remembered as undefined" (memo slots only)
//!     0x4  number that is no small integer      ┐
//!     0x6  string                               │ bits 32..64: address of the header
//!     0x8  array                                │ in linear memory (see `layout`)
//!     0xa  object                               │
//!     0xc  set                                  ┘
//!   bits 4..32    flags; 0 unless the tag is string
//! ```
//!
//! INVARIANT: an integer whose text is its plain decimal form (no exponent, fraction, or `-0`) and that fits 63 bits is
//! always a small integer, so two words of that kind are equal exactly when their bits are.

/// A value word. `Copy`, eight bytes, meaningful only together with the memory it points into.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Word(pub u64);

/// The kind of a word, as its low bits say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Tag {
    /// No value.
    Undefined = 0x0,
    /// `null`, `false`, `true`.
    Atom = 0x2,
    /// A number in memory.
    Number = 0x4,
    /// A string in memory.
    String = 0x6,
    /// An array in memory.
    Array = 0x8,
    /// An object in memory.
    Object = 0xa,
    /// A set in memory.
    Set = 0xc,
    /// A small integer; in the word only bit 0 says so.
    Int = 0x1,
}

/// Flag of string words: the string is the one copy of a constant of the module.
pub const STRING_CONST: u64 = 1 << 4;
/// Flag of string words: the string was looked up among the module's constants and is none of them.
pub const STRING_NOT_CONST: u64 = 1 << 5;

/// Largest small integer.
pub const INT_MAX: i64 = i64::MAX >> 1;
/// Smallest small integer.
pub const INT_MIN: i64 = i64::MIN >> 1;

impl Word {
    /// No value: the undefined result of an expression.
    pub const UNDEFINED: Self = Self(0);
    /// `null`.
    pub const NULL: Self = Self(0x02);
    /// `false`.
    pub const FALSE: Self = Self(0x12);
    /// `true`.
    pub const TRUE: Self = Self(0x22);
    /// In a memo slot: evaluated, and the outcome was undefined. Never leaves the memo table.
    pub const MEMO_UNDEFINED: Self = Self(0x32);

    /// The small integer `n`, or `None` when it needs more than 63 bits.
    #[inline]
    pub const fn int(n: i64) -> Option<Self> {
        if n >= INT_MIN && n <= INT_MAX { Some(Self(((n << 1) | 1) as u64)) } else { None }
    }

    /// A boolean.
    #[inline]
    pub const fn bool(b: bool) -> Self {
        if b { Self::TRUE } else { Self::FALSE }
    }

    /// A value in memory: `tag` must be one of the pointer tags, `addr` the address of its header.
    #[inline]
    pub const fn pointer(tag: Tag, addr: u32) -> Self {
        Self(((addr as u64) << 32) | tag as u64)
    }

    /// The kind of the word.
    #[inline]
    pub const fn tag(self) -> Tag {
        if self.0 & 1 == 1 {
            return Tag::Int;
        }
        match self.0 & 0xf {
            0x2 => Tag::Atom,
            0x4 => Tag::Number,
            0x6 => Tag::String,
            0x8 => Tag::Array,
            0xa => Tag::Object,
            0xc => Tag::Set,
            _ => Tag::Undefined,
        }
    }

    /// The small integer, if the word is one.
    #[inline]
    pub const fn as_int(self) -> Option<i64> {
        if self.0 & 1 == 1 { Some((self.0 as i64) >> 1) } else { None }
    }

    /// The address of the header; meaningful for pointer tags only.
    #[inline]
    pub const fn addr(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// True for every word but [`Word::UNDEFINED`].
    #[inline]
    pub const fn is_defined(self) -> bool {
        self.0 != 0
    }

    /// True when the word is defined and not `false`: the test of a statement.
    #[inline]
    pub const fn holds(self) -> bool {
        self.0 != 0 && self.0 != Self::FALSE.0
    }
}

/// Whether an entry of the table of [`DECIDE_MANY`](crate::names::DECIDE_MANY) is still the address of a frame (a multiple of 8 and not 0) and no word:
/// words with these low bits have an address in their upper half.
#[inline]
pub const fn is_open(entry: u64) -> bool {
    entry != 0 && entry >> 32 == 0 && entry & 7 == 0
}

impl core::fmt::Debug for Word {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.as_int() {
            Some(n) => write!(f, "Word(int {n})"),
            None => write!(f, "Word({:?} {:#x})", self.tag(), self.0),
        }
    }
}
