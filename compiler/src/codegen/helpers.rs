//! Generated functions that several places share.

use wasm_encoder::Instruction as I;
use writ_abi::Word;
use writ_abi::layout::BOX_SIZE;

use super::element::step_func;
use super::error::EmitError;
use super::module::{DATA, FRAME, FREE_MEMO, Gen, Helper, INPUT, MEMO, SELECTS, own_func};
use super::switch;
use crate::link::code::Code;
use crate::link::guest::ValKind::{I32, I64};
use crate::link::own::OwnFunc;
use crate::link::template::GlobalRef;

/// Makes the function for a helper.
pub(crate) fn generate(module: &mut Gen<'_>, helper: &Helper) -> Result<OwnFunc, EmitError> {
    match helper {
        Helper::InputPath(path) => {
            let keys = &module.plan.input_paths[*path as usize];
            let words = keys.iter().map(|key| module.statics.value(key)).collect::<Result<Vec<_>, _>>()?;
            document_path(module, "input", INPUT, &words)
        }
        Helper::FillFrame => fill_frame(module),
        Helper::DataPath(path) => {
            let words: Vec<Word> = path.iter().map(|id| module.consts[id.0 as usize]).collect();
            document_path(module, "data", DATA, &words)
        }
        Helper::SameOrConflict => same_or_conflict(module),
        Helper::HostCall(arity) => host_call(module, *arity),
        Helper::Selections => selections(module),
        Helper::EnterMemo => enter_memo(module),
        Helper::LeaveMemo => Ok(leave_memo()),
        Helper::FindCase => Ok(switch::find_case()),
    }
}

/// A step into undefined is undefined, so the steps need no checks in between.
fn document_path(module: &Gen<'_>, document: &str, global: GlobalRef, keys: &[Word]) -> Result<OwnFunc, EmitError> {
    let mut code = Code::default();
    code.global_get(global);
    for key in keys {
        code.i64(key.0 as i64);
        code.call(step_func(module, Some(*key))?);
    }
    Ok(own_func(format!("path of {document}"), &[], &[I64], &[], code))
}

/// The slots of all paths, for hosts that hand in a document.
fn fill_frame(module: &mut Gen<'_>) -> Result<OwnFunc, EmitError> {
    let mut code = Code::default();
    code.i32(module.input.slots as i32);
    code.call(module.rt("rt_memo_frame")?);
    code.global_set(FRAME);
    for path in 0..module.input.path_slots.len() {
        if let Some(slot) = module.input.path_slots[path] {
            let helper = module.helper(Helper::InputPath(path as u32))?;
            code.global_get(FRAME);
            code.call(helper);
            code.store64(slot * 8);
        }
    }
    Ok(own_func("fill frame", &[], &[], &[], code))
}

fn same_or_conflict(module: &Gen<'_>) -> Result<OwnFunc, EmitError> {
    let mut code = Code::default();
    let different = code.block();
    code.get(0);
    code.get(1);
    code.call(module.rt("rt_eq")?);
    code.br_unless(different);
    code.op(I::Return);
    code.end();
    code.get(2);
    code.get(3);
    code.call(module.rt("rt_conflict")?);
    code.op(I::Unreachable);
    Ok(own_func("same or conflict", &[I64, I64, I32, I32], &[], &[], code))
}

/// Most evaluations ask nothing, so the cells are made when it is done.
fn selections(module: &Gen<'_>) -> Result<OwnFunc, EmitError> {
    let mut code = Code::default();
    code.global_get(SELECTS);
    code.op(I::I32Eqz);
    code.if_();
    code.i32(module.plan.selects.div_ceil(2) as i32);
    code.call(module.rt("rt_memo_frame")?);
    code.global_set(SELECTS);
    code.end();
    code.global_get(SELECTS);
    Ok(own_func("selections", &[], &[I32], &[], code))
}

/// Takes a table that is free, or a new one: a `with` in a loop needs no more memory than one alone.
fn enter_memo(module: &Gen<'_>) -> Result<OwnFunc, EmitError> {
    let slots = module.plan.memo_slots as i32;
    let mut code = Code::default();
    code.global_get(FREE_MEMO);
    code.op(I::I32Eqz);
    code.if_();
    code.i32(slots);
    code.call(module.rt("rt_memo_frame")?);
    code.global_set(MEMO);
    code.else_();
    code.global_get(FREE_MEMO);
    code.global_set(MEMO);
    code.global_get(MEMO);
    code.load32(0);
    code.global_set(FREE_MEMO);
    code.global_get(MEMO);
    code.i32(0);
    code.i32(slots * 8);
    code.op(I::MemoryFill(0));
    code.end();
    Ok(own_func("enter memo", &[], &[], &[], code))
}

fn leave_memo() -> OwnFunc {
    let mut code = Code::default();
    code.global_get(MEMO);
    code.global_get(FREE_MEMO);
    code.store32(0);
    code.global_get(MEMO);
    code.global_set(FREE_MEMO);
    code.get(0);
    code.global_set(MEMO);
    own_func("leave memo", &[I32], &[], &[], code)
}

/// The host reads an argument through the address of its box and gives the address of one; no box is undefined. In the place of the
/// evaluation context, which hosts do not read, it is told the address of a box that it may give back with a small result in it.
fn host_call(module: &mut Gen<'_>, arity: u8) -> Result<OwnFunc, EmitError> {
    let boxes = module.host_boxes()?;
    let mut code = Code::default();
    for arg in 0..u32::from(arity) {
        code.addr(boxes);
        code.get(1 + arg);
        code.store64(arg * BOX_SIZE);
    }
    code.get(0);
    code.addr(boxes);
    for arg in 0..u32::from(arity) {
        code.addr(boxes + arg * BOX_SIZE);
    }
    code.call(module.host_call(arity));
    // The box is emptied: it lies outside of the heap, and what it held must not outlive the evaluation.
    let address = 1 + u32::from(arity);
    code.set(address);
    let undefined = code.block();
    code.get(address);
    code.br_unless(undefined);
    code.get(address);
    code.load64(0);
    code.get(address);
    code.i64(0);
    code.store64(0);
    code.op(I::Return);
    code.end();
    code.i64(0);
    let mut params = vec![I32];
    params.resize(1 + usize::from(arity), I64);
    Ok(own_func(format!("host call {arity}"), &params, &[I64], &[I32], code))
}
