//! Names that the compiler writes and hosts look up: exports and imports of the OPA Wasm ABI, our own exports, custom sections.
//!
//! Source: OPA's documentation, "WebAssembly (Wasm)", ABI 1.3.

/// Module of every import.
pub const IMPORT_MODULE: &str = "env";
/// The imported memory, exported again under the same name.
pub const MEMORY: &str = "memory";
/// Import `(addr)`: a C string with the reason; the host must not return.
pub const ABORT: &str = "opa_abort";
/// Import `(addr)`: a C string to print.
pub const PRINTLN: &str = "opa_println";
/// Imports `(id, ctx, arg…) -> box address`, by number of arguments.
pub const BUILTIN_CALLS: [&str; 5] = ["opa_builtin0", "opa_builtin1", "opa_builtin2", "opa_builtin3", "opa_builtin4"];

/// Pages of memory that the import declares at most: SDKs hand in as few as five.
pub const IMPORTED_PAGES: u64 = 5;

/// ABI version written into the two exported globals.
pub const ABI_VERSION: (i32, i32) = (1, 3);

/// Custom section: JSON text with what our host needs and other hosts ignore (see `compiler/src/link/meta.rs`).
pub const SECTION_META: &str = "writ.meta";
/// Custom section: source positions of calls, for errors (offset in the module → file, row, column; see `compiler/src/link/locations.rs`).
pub const SECTION_LOCATIONS: &str = "writ.locations";

/// Custom section: JSON text with the slots of a frame and the projection of each entrypoint (see `compiler/src/link/input.rs`).
pub const SECTION_INPUT: &str = "writ.input";
/// Custom section: addresses of the headers of all constant strings, ascending, each a little-endian `u32`.
pub const SECTION_STRINGS: &str = "writ.strings";

/// Export `(entrypoint, frame, heap) -> word`: the fastest path. The host has written the entrypoint's slots, words, to `frame` (a multiple of 8), what they
/// point to below `heap`, and zeros into the other slots. Data are those of the last [`SET_DOCUMENTS`].
pub const DECIDE: &str = "writ_decide";
/// Export `(entrypoint, table, count, heap)`: [`DECIDE`] for `count` frames. `table` (a multiple of 8) has an entry of eight bytes for each: the address of
/// a frame, which the word of its result replaces; they are taken in order. Table and frames lie below `heap`. While a result points into this memory, what
/// it points to is not overwritten. After a trap, the first entry that is still an address ([`is_open`](crate::word::is_open)) is that of the frame in which it came.
pub const DECIDE_MANY: &str = "writ_decide_many";
/// Export `(entrypoint) -> word`: the fast path. Input and data are taken from the cells below; no result set is made.
pub const EVAL_WORD: &str = "writ_eval";
/// Export `(input, data)`: sets the words that the next [`EVAL_WORD`] reads (0 = undefined).
pub const SET_DOCUMENTS: &str = "writ_set_documents";
/// Export `(flag)`: 1 makes built-in errors fatal for the evaluations to come (strict built-in errors), 0 undoes it.
pub const SET_STRICT: &str = "writ_set_strict";
/// `() -> ()`: finds what stands at the static paths of the base data that was set, and makes the indexes of joins over it. For hosts that keep
/// what is in the heap then; without it paths are walked and indexes made anew in evaluations that need them. A host that calls it does so again
/// after each change of the data. Only in modules that read data at static paths.
pub const INDEX_DATA: &str = "writ_index_data";

/// Export `() -> address` of a Rust policy that is not finished: a C string with lines that say what the sections are to be (see `compiler/src/finish`).
pub const DESCRIBE: &str = "writ_describe";
/// Export `() -> ()` of a Rust policy that is not finished: becomes the start function.
pub const START: &str = "writ_start";
/// Exported global of a Rust policy that is not finished: address of two `u32` that are to hold where its statics lie.
pub const STATICS: &str = "writ_statics";

/// Exported global: address of the cells that guest and host share ([`crate::layout::cells`]).
pub const CELLS: &str = "writ_cells";

/// Prefix of the message that the guest gives to [`ABORT`]: `code: ` and then the text, with `file:row:col: ` between them where known.
pub mod abort_code {
    /// Two outputs of one complete rule, function or key.
    pub const CONFLICT: &str = "eval_conflict_error";
    /// Strict mode: an operand of the wrong type.
    pub const TYPE: &str = "eval_type_error";
    /// Strict mode: a built-in failed.
    pub const BUILTIN: &str = "eval_builtin_error";
    /// `with` into something that is no object.
    pub const WITH_MERGE: &str = "eval_with_merge_error";
    /// A policy in Rust that says that it cannot decide. A code of its own follows behind a `/`.
    pub const POLICY: &str = "policy_error";
    /// A policy in Rust that panicked.
    pub const PANIC: &str = "policy_panic";
    /// An input that does not fit the type of a policy in Rust: the caller's fault.
    pub const INPUT: &str = "eval_input_error";
    /// A limit of the guest (memory, depth) or a defect.
    pub const INTERNAL: &str = "eval_internal_error";
}
