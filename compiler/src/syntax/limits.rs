//! Limits on source text, so that hostile text costs bounded memory, time and stack.
//!
//! Exceeding one is a `writ_limit_error` with a place.

/// Largest text, in bytes: 16 MiB. Spans are 32 bits wide and policies are written by people; larger data belongs in
/// `data.json`.
pub const MAX_SOURCE_BYTES: usize = 16 << 20;

/// Deepest nesting of brackets, bodies and negations. A comprehension or template counts twice. A debug build then parses
/// any text within 1 MiB of stack (measured: at most 7.2 KiB per level).
pub const MAX_NESTING: u32 = 128;

/// Largest height of a tree, so that functions over it may recurse. Greater than the nesting because a chain like
/// `a + b + c` grows by one with each operator.
pub const MAX_HEIGHT: u32 = 256;

/// Longest number, in bytes. OPA takes any length; numbers of this length already cost milliseconds in arithmetic.
pub const MAX_NUMBER_BYTES: usize = 8 << 10;

/// Longest name, in bytes.
pub const MAX_IDENT_BYTES: usize = 4 << 10;

/// Most errors reported for one text.
pub const MAX_ERRORS: usize = 50;

/// Tokens that the parser may read per byte of text, going back included. Policies need about one per three bytes.
pub const TOKENS_PER_BYTE: usize = 8;

/// Tokens that the parser may read in addition, so that short texts with much going back are not refused.
pub const EXTRA_TOKENS: usize = 1 << 20;
