//! The link step keeps what is reached, and only that.

use std::borrow::Cow;

use wasmparser::{Parser, Payload};

use super::build::*;
use super::snapshots::stub;
use crate::codegen::{EmitError, EmitOptions, emit_with};
use crate::link::guest::Guest;
use crate::plan::ir::{Plan, Stmt};
use crate::source::SourceMap;

fn linked(guest: &Guest, plan: &Plan) -> Vec<u8> {
    let wasm = emit_with(guest, plan, &SourceMap::new(), &EmitOptions::default()).expect("fits");
    super::host::validate(&wasm);
    wasm
}

fn constant_policy() -> Plan {
    let mut b = Build::default();
    let one = b.json("1");
    b.main(0, vec![ret(one)])
}

fn dot_policy() -> Plan {
    let mut b = Build::default();
    let x = b.input(0, &["x"]);
    b.main(1, vec![x, ret(local(0))])
}

#[test]
fn functions_globals_and_tables_are_dropped_unless_reached() {
    let text = |plan: &Plan| wasmprinter::print_bytes(linked(&stub(), plan)).expect("prints");
    let small = text(&constant_policy());
    for gone in ["bi_unused", "rt_dot", "opa_println", "(table", "(elem", "i64.const 7"] {
        assert!(!small.contains(gone), "{gone}");
    }
    let indirect = text(&dot_policy());
    for kept in ["rt_dot", "(table", "(elem", "call_indirect"] {
        assert!(indirect.contains(kept), "{kept}");
    }
    assert!(!indirect.contains("f64"), "unused types are dropped");
}

#[test]
fn built_ins_of_the_guest_are_called_directly() {
    let mut b = Build::default();
    let one = b.json("1");
    let upper =
        |args| Stmt::Builtin { dst: Some(crate::plan::ir::Local(0)), name: "upper".to_owned(), args, span: SPAN };
    let direct = wasmprinter::print_bytes(linked(&stub(), &b.main(1, vec![upper(vec![one])]))).expect("prints");
    assert!(direct.contains("bi_upper") && !direct.contains("opa_builtin1"));
    // With another number of arguments it is not the same built-in.
    let mut b = Build::default();
    let one = b.json("1");
    let by_host = wasmprinter::print_bytes(linked(&stub(), &b.main(1, vec![upper(vec![one, one])]))).expect("prints");
    assert!(!by_host.contains("bi_upper") && by_host.contains("opa_builtin2"));
}

#[test]
fn a_guest_without_what_is_needed_is_refused() {
    let empty = wat::parse_str("(module)").expect("WAT");
    let guest = Guest::parse(Cow::Owned(empty)).expect("guest");
    let outcome = emit_with(&guest, &constant_policy(), &SourceMap::new(), &EmitOptions::default());
    assert!(matches!(outcome, Err(EmitError::Guest(_))));
    assert!(Guest::parse(Cow::Borrowed(b"\0asm")).is_err());
    assert!(Guest::parse(Cow::Borrowed(b"nonsense")).is_err());
}

/// Sizes of the code section and of all data.
fn sizes(wasm: &[u8]) -> (usize, usize) {
    let (mut code, mut data) = (0, 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("parses") {
            Payload::CodeSectionStart { size, .. } => code = size as usize,
            Payload::DataSection(section) => data = section.into_iter().map(|d| d.expect("parses").data.len()).sum(),
            _ => {}
        }
    }
    (code, data)
}

/// The shipped guest has relocations, so a small policy gets a part of its code and data.
#[test]
fn most_of_the_shipped_guest_is_dropped() {
    let whole = include_bytes!("../../link/guest.wasm");
    let (code, data) = sizes(&linked(crate::link::shipped_guest().expect("guest"), &dot_policy()));
    let (all_code, all_data) = sizes(whole);
    assert!(code * 10 < all_code * 9, "{code} of {all_code}");
    assert!(data < all_data, "{data} of {all_data}");
}

#[test]
fn padded_numbers_of_the_guest_are_written_short() {
    let wasm = linked(crate::link::shipped_guest().expect("guest"), &dot_policy());
    let mut padded = 0;
    for payload in Parser::new(0).parse_all(&wasm) {
        let Payload::CodeSectionEntry(body) = payload.expect("parses") else { continue };
        padded += body.as_bytes().windows(5).filter(|w| w[0] & 0x80 != 0 && w[1..] == [0x80, 0x80, 0x80, 0]).count();
    }
    assert_eq!(padded, 0);
}
