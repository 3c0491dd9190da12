//! The text of generated functions, and of the plans that they come from.

use std::borrow::Cow;

use super::build::*;
use crate::codegen::{EmitOptions, emit_with};
use crate::link::guest::Guest;
use crate::plan::ir::{Block, CompareOp, Conflict, Local, Plan, Stmt};
use crate::plan::print::print;
use crate::source::SourceMap;

/// The guest that snapshots are linked with, so that they do not change with the real one.
pub(super) fn stub() -> Guest {
    Guest::parse(Cow::Owned(wat::parse_str(include_str!("stub.wat")).expect("WAT"))).expect("guest")
}

/// Text of the plan and of the functions whose names begin with `data.` or `path of`.
fn text(plan: &Plan) -> String {
    crate::plan::verify(plan).expect("plan keeps the rules");
    let mut sources = SourceMap::new();
    sources.add("p.rego", "package p\nallow := 1\n");
    let wasm = emit_with(&stub(), plan, &sources, &EmitOptions::default()).expect("fits");
    super::host::validate(&wasm);
    let module = wasmprinter::print_bytes(&wasm).expect("prints");
    let mut out = print(plan);
    let mut inside = false;
    for line in module.lines() {
        if line.starts_with("  (func ") {
            inside = line.contains("data.") || line.contains("path of");
        } else if !line.starts_with("    ") && line != "  )" {
            inside = false;
        }
        if inside {
            out.push('\n');
            out.push_str(line);
        }
    }
    out
}

#[test]
fn a_comparison_with_a_constant_string() {
    let mut b = Build::default();
    let role = b.input(0, &["user", "role"]);
    let (admin, yes) = (b.json("\"admin\""), b.json("true"));
    insta::assert_snapshot!(text(&b.main(1, vec![role, compare(local(0), CompareOp::Eq, admin), ret(yes)])));
}

#[test]
fn a_loop_in_a_function_with_a_memo_slot() {
    let mut b = Build::default();
    let (three, key) = (b.json("3"), b.json("\"level\""));
    let users = b.input(0, &["users"]);
    let once = Stmt::AssignOnce { dst: Local(3), source: local(1), conflict: Conflict::Rule, span: SPAN };
    let round = vec![get(2, local(1), key), compare(local(2), CompareOp::Gt, three), once];
    let func = b.memo_func(
        "data.p",
        4,
        vec![
            Stmt::Reset { dst: Local(3) },
            users,
            scan(local(0), None, Some(1), round),
            Stmt::ReturnIfDefined { local: Local(3) },
        ],
    );
    b.entrypoint("p", func, crate::plan::ir::EntrypointKind::Document);
    insta::assert_snapshot!(text(&b.plan));
}

#[test]
fn a_switch_over_strings() {
    let mut b = Build::default();
    let x = b.input(0, &["x"]);
    let mut cases = Vec::new();
    for (i, name) in ["read", "write", "list", "delete", "admin"].into_iter().enumerate() {
        let position = b.json(&i.to_string());
        cases.push((b.id(name.into()), Block(vec![ret(position)])));
    }
    let default = Block(vec![Stmt::Fail]);
    insta::assert_snapshot!(text(&b.main(1, vec![x, Stmt::Switch { on: local(0), cases, default }])));
}
