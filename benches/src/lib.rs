//! The comparison with peers: the same cases through Writ and through every engine at hand, measured in alternation.
//!
//! ```text
//!   cases/NAME, --case ─▶ case ─▶ peers (Writ, regorus, OPA, floor) ─▶ compare: same answers? then rounds ─▶ rows ─▶ report
//! ```
//!
//! The binary `compare` is the door; the criterion benches beside it look at parts.

pub mod build;
pub mod case;
pub mod compare;
pub mod generate;
pub mod host;
pub mod measure;
pub mod peers;
pub mod report;
pub mod tail;
pub mod types;
