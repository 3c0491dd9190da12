//! Each rule is found broken where it is, and plans that keep them pass.

use writ_value::Value;

use super::{PlanError, verify};
use crate::plan::ir::{
    Block, CompareOp, ConstId, Entrypoint, EntrypointKind, Func, FuncId, Local, Operand, PathId, Plan, Stmt,
};

const ONE: Operand = Operand::Const(ConstId(0));

fn local(n: u32) -> Operand {
    Operand::Local(Local(n))
}

fn assign(n: u32) -> Stmt {
    Stmt::Assign { dst: Local(n), source: ONE }
}

fn reset(n: u32) -> Stmt {
    Stmt::Reset { dst: Local(n) }
}

fn read(n: u32) -> Stmt {
    Stmt::Return { value: local(n) }
}

fn block(body: Vec<Stmt>) -> Stmt {
    Stmt::Block(Block(body))
}

fn not(body: Vec<Stmt>) -> Stmt {
    Stmt::Not(Block(body))
}

fn scan(body: Vec<Stmt>) -> Stmt {
    Stmt::Scan { source: ONE, key: None, value: Some(Local(1)), body: Block(body) }
}

fn fails() -> Stmt {
    Stmt::Compare { op: CompareOp::Eq, left: ONE, right: ONE }
}

/// A function `f` with one parameter and four locals more.
fn outcome(body: Vec<Stmt>) -> Result<(), PlanError> {
    let func = Func { name: "f".to_owned(), params: 1, locals: 5, memo: None, body: Block(body) };
    verify(&Plan { constants: vec![Value::from(1)], funcs: vec![func], ..Plan::default() })
}

fn unassigned(local: u32) -> Result<(), PlanError> {
    Err(PlanError::Unassigned { func: "f".to_owned(), local })
}

#[test]
fn reads_behind_assignments_pass() {
    assert_eq!(outcome(vec![read(0)]), Ok(()));
    assert_eq!(outcome(vec![assign(2), block(vec![fails(), assign(3)]), read(2)]), Ok(()));
    assert_eq!(outcome(vec![scan(vec![assign(2), Stmt::Break { levels: 0 }])]), Ok(()));
    assert_eq!(outcome(vec![scan(vec![read(1)])]), Ok(()));
    // Found or returned: whoever comes behind the outer block has it.
    let search =
        block(vec![block(vec![scan(vec![assign(2), Stmt::Break { levels: 2 }])]), Stmt::Return { value: ONE }]);
    assert_eq!(outcome(vec![search, read(2)]), Ok(()));
}

#[test]
fn reads_that_some_path_leaves_unassigned_are_found() {
    assert_eq!(outcome(vec![read(2)]), unassigned(2));
    assert_eq!(outcome(vec![block(vec![fails(), assign(2)]), read(2)]), unassigned(2));
    assert_eq!(outcome(vec![scan(vec![assign(2)]), read(2)]), unassigned(2));
    assert_eq!(outcome(vec![scan(vec![]), read(1)]), unassigned(1));
    assert_eq!(outcome(vec![not(vec![fails(), assign(2)]), read(2)]), unassigned(2));
    let switch = Stmt::Switch { on: ONE, cases: vec![(ConstId(0), Block(vec![assign(2)]))], default: Block(vec![]) };
    assert_eq!(outcome(vec![switch, read(2)]), unassigned(2));
}

#[test]
fn reset_locals_may_only_be_looked_at() {
    let looked_at = vec![reset(2), block(vec![fails(), assign(2)]), Stmt::ReturnIfDefined { local: Local(2) }];
    assert_eq!(outcome(looked_at), Ok(()));
    assert_eq!(outcome(vec![reset(2), Stmt::IsDefined { local: Local(2) }, read(2)]), Ok(()));
    assert_eq!(outcome(vec![reset(2), read(2)]), unassigned(2));
    assert_eq!(outcome(vec![Stmt::IsDefined { local: Local(2) }]), unassigned(2));
    assert_eq!(outcome(vec![Stmt::Push { array: Local(2), value: ONE }]), unassigned(2));
}

#[test]
fn what_a_later_round_resets_is_not_defined_in_an_earlier_statement() {
    assert_eq!(outcome(vec![assign(2), scan(vec![block(vec![read(2)]), reset(2)])]), unassigned(2));
    assert_eq!(outcome(vec![assign(2), scan(vec![reset(2), assign(2)]), read(2)]), unassigned(2));
}

#[test]
fn numbers_out_of_range_are_found() {
    let out = |what, number| Err(PlanError::OutOfRange { func: "f".to_owned(), what, number });
    assert_eq!(outcome(vec![assign(5)]), out("local", 5));
    assert_eq!(outcome(vec![read(7)]), out("local", 7));
    assert_eq!(outcome(vec![Stmt::Return { value: Operand::Const(ConstId(1)) }]), out("constant", 1));
    assert_eq!(outcome(vec![Stmt::Return { value: Operand::Cell(0) }]), out("cell", 0));
    assert_eq!(outcome(vec![Stmt::InputPath { dst: Local(1), path: PathId(0) }]), out("input path", 0));
    assert_eq!(outcome(vec![Stmt::Break { levels: 1 }]), out("enclosing block", 1));
    assert_eq!(outcome(vec![block(vec![Stmt::Break { levels: 2 }])]), out("enclosing block", 2));
    assert_eq!(outcome(vec![block(vec![Stmt::Break { levels: 1 }])]), Ok(()));
    assert_eq!(outcome(vec![Stmt::Call { dst: Local(1), func: FuncId(1), args: vec![] }]), out("function", 1));
}

#[test]
fn numbers_of_arguments_must_agree() {
    let wrong = Err(PlanError::Arity { func: "f".to_owned(), params: 1, args: 0 });
    assert_eq!(outcome(vec![Stmt::Call { dst: Local(1), func: FuncId(0), args: vec![] }]), wrong);
    assert_eq!(outcome(vec![Stmt::Call { dst: Local(1), func: FuncId(0), args: vec![ONE] }]), Ok(()));
    let func = Func { name: "f".to_owned(), params: 1, locals: 1, memo: None, body: Block(vec![]) };
    let entrypoint = Entrypoint {
        name: "f".to_owned(),
        func: FuncId(0),
        kind: EntrypointKind::Document,
        effects: Default::default(),
    };
    let plan = Plan { funcs: vec![func], entrypoints: vec![entrypoint], ..Plan::default() };
    assert_eq!(verify(&plan), wrong);
}
