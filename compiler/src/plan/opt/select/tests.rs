//! Collections are finished when they are read.

use std::path::Path;

use super::is_orderly;
use crate::plan::OptLevel;
use crate::plan::ir::{Block, Func, Local, Operand, Stmt};
use crate::{Options, Query, Source, plan_sources};

const SUITE: &str = "/work/shared/conformance/rego-v1";

#[test]
fn whatever_is_lowered_is_orderly() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let (mut plans, mut selections) = (0, 0);
    for file in [Path::new(SUITE), &own].into_iter().flat_map(std::fs::read_dir).flatten() {
        let path = file.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let list: serde_json::Value = serde_json::from_str(&text).unwrap();
        for case in list.as_array().into_iter().flatten() {
            let modules = case["modules"].as_array().into_iter().flatten().enumerate();
            let sources: Vec<Source> = modules
                .map(|(i, text)| Source {
                    name: format!("{i}.rego"),
                    text: text.as_str().unwrap().into(),
                    rego_version: None,
                })
                .collect();
            for opt_level in [OptLevel::O0, OptLevel::O2] {
                let query = Query { text: case["query"].as_str().unwrap().to_owned(), ..Query::default() };
                let options = Options { queries: vec![query], opt_level, ..Options::default() };
                let Ok((plan, _)) = plan_sources(&sources, &options) else { continue };
                for func in &plan.funcs {
                    assert!(is_orderly(func), "{}: {}", case["note"], crate::plan::print::print(&plan));
                }
                plans += 1;
                selections += plan.selects;
            }
        }
    }
    assert!(plans > 40 && selections > 30, "{plans} plans, {selections} selections");
    println!("{plans} plans, {selections} selections");
}

#[test]
fn a_collection_that_is_read_while_it_grows_is_seen() {
    let array = Local(0);
    let make = || Stmt::MakeArray { dst: array, items: vec![] };
    let push = || Stmt::Push { array, value: Operand::Local(Local(1)) };
    let read = || Stmt::Assign { dst: Local(2), source: Operand::Local(array) };
    let block = |body| Stmt::Block(Block(body));
    let orderly = |body: Vec<Stmt>| {
        is_orderly(&Func { name: "f".to_owned(), params: 0, locals: 3, memo: None, body: Block(body) })
    };
    assert!(orderly(vec![make(), push(), block(vec![push()]), read()]));
    assert!(orderly(vec![block(vec![make(), push(), block(vec![read()])])]));
    assert!(!orderly(vec![make(), read(), push()]));
    assert!(!orderly(vec![make(), block(vec![push(), read()])]));
    assert!(!orderly(vec![make(), push(), make(), read()]));
    assert!(!orderly(vec![block(vec![make()]), push(), read()]));
    assert!(!orderly(vec![make(), Stmt::Push { array, value: Operand::Local(array) }]));
}
