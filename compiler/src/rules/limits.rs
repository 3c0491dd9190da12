//! Limits on rule documents, so that hostile text costs bounded memory, time and stack. Exceeding one is a `rules_limit_error` with a place.

/// Longest text, in bytes.
pub const MAX_TEXT_BYTES: usize = 16 << 20;

/// Deepest nesting of lists and maps.
pub const MAX_DEPTH: usize = 64;

/// Most values in a document, names of fields included; what an alias stands for counts each time.
pub const MAX_NODES: usize = 2_000_000;

/// Most bytes of strings in a document; what an alias stands for counts each time.
pub const MAX_STRING_BYTES: usize = 8 << 20;

/// Most rules in a document. More belong into several documents, or into data that a Rego rule looks up.
pub const MAX_RULES: usize = 5_000;

/// Most conditions in a document, those within `all`, `any` and `not` included.
pub const MAX_CONDITIONS: usize = 20_000;

/// Deepest nesting of `all`, `any` and `not`.
pub const MAX_CONDITION_DEPTH: usize = 16;

/// Most parts of a path.
pub const MAX_PATH_STEPS: usize = 32;

/// Longest id of a rule and longest version, in bytes.
pub const MAX_ID_BYTES: usize = 128;

/// Longest number, in bytes.
pub const MAX_NUMBER_BYTES: usize = 64;

/// Largest power of ten in a number, either way: that of a double.
pub const MAX_EXPONENT: i32 = 308;

/// Most diagnostics about one document.
pub const MAX_DIAGNOSTICS: usize = 100;
