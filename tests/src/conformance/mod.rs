//! Runs cases in the format of OPA's conformance suite: read, evaluate, compare, report.
//!
//! ```text
//!   files ─▶ case::load ─▶ run::run (own thread, time limit) ─▶ compare ─▶ report, known failures
//! ```

pub mod case;
pub mod compare;
pub mod known;
pub mod run;

use std::path::{Path, PathBuf};

/// Where the suite lies beside the project, if it is there.
pub fn default_suite() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    path.is_dir().then_some(path)
}

/// The project's own cases: what differential tests found, kept.
pub fn own_cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}
