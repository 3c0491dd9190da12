//! Descriptions are read, refused and written into modules.

use super::*;

const DESCRIPTION: &str = "{\"version\":1,\"entrypoints\":[],\"builtins\":[]}\n{\"version\":1}\n140";

fn module(extra: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "env" "opa_abort" (func $abort (param i32)))
            (memory (export "memory") 2)
            (func (export "writ_start"))
            (func (export "writ_describe") (result i32) (i32.const 0))
            (func (export "eval") (param i32) (result i32) (i32.const 0))
            (global (mut i32) (i32.const 9))
            (global (export "writ_statics") i32 (i32.const 120))
            (data $.rodata (i32.const 100) "constant")
            (data $.data (i32.const 112) "changing12345678changing")
            {extra})"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn statics_start_and_version_are_written() {
    let finished = finish(&module(""), DESCRIPTION).unwrap();
    let text = wasmprinter::print_bytes(&finished).unwrap();
    for wanted in [
        "(start 1)",
        "(import \"env\" \"memory\" (memory (;0;) 2))",
        "(export \"opa_wasm_abi_version\" (global 2))",
        "(export \"opa_wasm_abi_minor_version\" (global 3))",
        "(export \"memory\" (memory 0))",
        // 112 and 140, little-endian.
        "\"changingp\\00\\00\\00\\8c\\00\\00\\00changing\"",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    for gone in ["writ_describe", "writ_start", "writ_statics"] {
        assert!(!text.contains(gone), "{gone}");
    }
    let sections: Vec<String> = wasmparser::Parser::new(0)
        .parse_all(&finished)
        .filter_map(|payload| match payload.unwrap() {
            wasmparser::Payload::CustomSection(section) => Some(section.name().to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(sections, [names::SECTION_META, names::SECTION_INPUT, names::SECTION_STRINGS]);
}

#[test]
fn without_names_the_module_finds_its_statics_itself() {
    let unnamed =
        wat::parse_str(wasmprinter::print_bytes(module("")).unwrap().replace("$.rodata ", "").replace("$.data ", ""));
    let finished = finish(&unnamed.unwrap(), DESCRIPTION).unwrap();
    assert!(wasmprinter::print_bytes(finished).unwrap().contains("changing12345678changing"));
}

#[test]
fn what_cannot_be_finished_is_told() {
    assert_eq!(finish(b"\0asm", DESCRIPTION).unwrap_err().code(), "finish_malformed");
    assert_eq!(finish(&module("(start 1)"), DESCRIPTION).unwrap_err().code(), "finish_malformed");
    assert_eq!(finish(&module(""), "{}\n{}").unwrap_err(), FinishError::Description);
    assert_eq!(finish(&module(""), "{}\n{\n1").unwrap_err(), FinishError::Description);
    let empty = wat::parse_str("(module)").unwrap();
    assert_eq!(finish(&empty, DESCRIPTION).unwrap_err(), FinishError::NoPolicy("writ_start"));
}

#[test]
fn hostile_bytes_are_refused() {
    let whole = module("");
    for n in 0..whole.len() {
        // A prefix may be valid when only the names are cut; it must not panic.
        let _ = finish(&whole[..n], DESCRIPTION);
    }
}

#[test]
fn policies_in_rust_are_told_from_others() {
    let raw = module("(func (export \"__writ_policy\") (result i32) (i32.const 0))");
    assert!(!is_finished(&raw));
    assert!(is_finished(&finish(&raw, DESCRIPTION).unwrap()));
    assert!(!is_finished(&finish(&module(""), DESCRIPTION).unwrap()));
    assert!(!is_finished(b"\0asm") && !is_finished(b""));
}
