//! What the fuzzer checks about the parser; also run over the stored corpus by the tests.

use super::token::{Keywords, Tok};
use super::{ParseOptions, RegoVersion, format, parse_module_bytes, parse_query, print};
use crate::source::FileId;

/// Parses `bytes` in each dialect, as a module and as a query. Where that succeeds, the tree printed and parsed again
/// must be the same tree.
///
/// # Panics
///
/// Where it is not; that is a bug in the parser or the printer.
#[expect(clippy::panic, reason = "a fuzz target reports by panicking")]
pub fn fuzz_parse(bytes: &[u8]) {
    let file = FileId(0);
    for version in [RegoVersion::V0, RegoVersion::V1, RegoVersion::V2] {
        let options = ParseOptions::new(version);
        if let (Some(module), _) = parse_module_bytes(file, bytes, &options) {
            // `} and[x] := 1` reads by what stands before it, so a rule of such a name need not survive.
            if module.rules.iter().any(|r| r.head.reference.head_name().is_some_and(is_keyword)) {
                continue;
            }
            let text = format::module(&module);
            let mut first = module;
            first.annotations.clear();
            match super::parse_module(file, &text, &options) {
                (Some(second), _) if print::module(&first) == print::module(&second) => {}
                (second, errors) => panic!(
                    "{version:?}: printed text parses differently:\n{text}\n{}\n{:?}\n{errors:?}",
                    print::module(&first),
                    second.map(|m| print::module(&m))
                ),
            }
        }
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        if let (Some(query), _) = parse_query(file, text, &options) {
            let printed = format::body(&query);
            match parse_query(file, &printed, &options) {
                (Some(again), _) if print::body(&query) == print::body(&again) => {}
                (again, errors) => panic!(
                    "{version:?}: printed query parses differently:\n{printed}\n{}\n{:?}\n{errors:?}",
                    print::body(&query),
                    again.map(|b| print::body(&b))
                ),
            }
        }
    }
}

fn is_keyword(name: &str) -> bool {
    Keywords::ALL.token(name) != Tok::Ident
}
