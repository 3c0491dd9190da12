//! Large plans: they either become modules or are refused with the limit that they exceed.

use super::build::*;
use super::host::Host;
use crate::codegen::{EmitError, EmitOptions, TooLarge, emit};
use crate::plan::ir::{Local, Plan, Stmt};
use crate::plan::verify::{MAX_NESTING, PlanError};
use crate::source::SourceMap;

fn outcome(plan: &Plan) -> Result<Vec<u8>, EmitError> {
    emit(plan, &SourceMap::new(), &EmitOptions::default())
}

#[test]
fn many_locals_that_live_shortly_share_slots() {
    let n = 100_000;
    let mut b = Build::default();
    let x = b.input(0, &["x"]);
    let mut body = vec![x];
    body.extend((1..n).map(|i| Stmt::Assign { dst: Local(i), source: local(i - 1) }));
    body.push(ret(local(n - 1)));
    let plan = b.main(n, body);
    let wasm = outcome(&plan).expect("fits");
    assert_eq!(Host::new(&wasm).fast(0, Some(r#"{"x":7}"#), None).as_deref(), Ok("7"));
}

#[test]
fn too_many_locals_at_once_are_refused() {
    let n = 60_000;
    let mut b = Build::default();
    let x = b.input(0, &["x"]);
    let mut body = vec![x];
    body.extend((1..n).map(|i| Stmt::Assign { dst: Local(i), source: local(0) }));
    body.push(array(n, (0..n).map(local).collect()));
    body.push(ret(local(n)));
    match outcome(&b.main(n + 1, body)) {
        Err(EmitError::TooLarge(TooLarge { what: "local variables", place, .. })) => assert_eq!(place, "data.p"),
        other => panic!("{:?}", other.map(|wasm| wasm.len())),
    }
}

#[test]
fn too_many_parameters_are_refused() {
    let mut b = Build::default();
    b.func("data.f", 1001, 1001, vec![ret(local(0))]);
    assert!(matches!(outcome(&b.plan), Err(EmitError::TooLarge(TooLarge { what: "parameters", .. }))));
}

#[test]
fn deep_nesting_is_refused() {
    let nested = |depth: usize| {
        let mut b = Build::default();
        let one = b.json("1");
        let mut stmt = ret(one);
        for _ in 0..depth {
            stmt = block(vec![stmt]);
        }
        b.main(0, vec![stmt])
    };
    let plan = nested(MAX_NESTING - 1);
    assert_eq!(Host::new(&outcome(&plan).expect("fits")).fast(0, None, None).as_deref(), Ok("1"));
    let too_deep = PlanError::TooDeep { func: "data.p".to_owned() };
    assert_eq!(outcome(&nested(MAX_NESTING)).err(), Some(EmitError::InvalidPlan(too_deep)));
}

#[test]
fn a_function_beyond_the_limit_of_wasm_is_refused() {
    let mut b = Build::default();
    let x = b.input(0, &["x"]);
    let mut body = vec![x];
    body.extend((0..400_000).map(|_| Stmt::IsType { value: local(0), test: crate::plan::ir::TypeTest::Array }));
    body.push(array(1, vec![local(0); 400_000]));
    assert!(matches!(outcome(&b.main(2, body)), Err(EmitError::TooLarge(TooLarge { what: "bytes of code", .. }))));
}

#[test]
fn five_arguments_for_the_host_are_refused() {
    let mut b = Build::default();
    let one = b.json("1");
    let plan = b.main(1, vec![builtin(0, "test.five", vec![one; 5])]);
    assert!(matches!(outcome(&plan), Err(EmitError::TooManyArguments { builtin, .. }) if builtin == "test.five"));
}

/// More constants than fit into the pages that hosts give: the start function grows the memory and copies them.
#[test]
fn constants_beyond_the_first_pages_are_copied_at_start() {
    let texts: Vec<String> = (0..20_000).map(|i| format!("constant number {i:05}")).collect();
    let list = writ_value::Value::from(texts.iter().map(|t| t.as_str().into()).collect::<Vec<writ_value::Value>>());
    let mut b = Build::default();
    let list = b.value(list);
    let i = b.input(0, &["i"]);
    let plan = b.main(2, vec![i, get(1, list, local(0)), ret(local(1))]);
    let wasm = outcome(&plan).expect("fits");
    assert!(wasm.len() > 640_000);
    let mut host = Host::new(&wasm);
    assert!(host.call::<_, i32>("opa_heap_ptr_get", ()) > 640_000);
    for i in [0, 1, 9_999, 19_999] {
        let input = format!(r#"{{"i":{i}}}"#);
        let text = Ok(format!("\"{}\"", texts[i]));
        assert_eq!(host.fast(0, Some(&input), None), text);
        assert_eq!(host.one_shot(0, Some(&input), None).map(|s| s.contains(&texts[i])), Ok(true));
    }
}
