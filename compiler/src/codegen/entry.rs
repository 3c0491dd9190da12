//! What hosts call: the OPA ABI's `eval`, `builtins` and `entrypoints`, and the fast path of our own host.

use wasm_encoder::Instruction as I;
use writ_abi::layout::{DATA as ARRAY_DATA, LEN, cells, context};
use writ_abi::{Word, names};
use writ_value::Value;

use super::error::EmitError;
use super::module::{DATA, FRAME, FREE_MEMO, Gen, Helper, INPUT, MEMO, SELECTS, own_func};
use crate::link::code::{Code, Label};
use crate::link::guest::ValKind::{I32, I64};
use crate::plan::ir::EntrypointKind;

/// Up to this many memo slots are emptied one by one.
const FEW_SLOTS: u32 = 16;
/// Text of the abort for an id that no entrypoint has.
const ILLEGAL_ENTRYPOINT: &str = "internal: illegal entrypoint id";

/// The functions that are exported, and the one that the guest calls to evaluate.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) exports: Vec<(&'static str, u32)>,
    pub(crate) eval: u32,
}

/// Generates all of them. Comes last, when all built-ins of the host are known.
pub(crate) fn generate(module: &mut Gen<'_>) -> Result<Entry, EmitError> {
    let eval = eval(module)?;
    let eval_word = eval_word(module)?;
    let decide = decide(module)?;
    let decide_many = super::batch::decide_many(module, decide)?;
    let set_documents = {
        let mut code = Code::default();
        code.get(0);
        code.global_set(INPUT);
        code.get(1);
        code.global_set(DATA);
        module.add(own_func(names::SET_DOCUMENTS, &[I64, I64], &[], &[], code))
    };
    let ids = |names: Vec<String>| {
        Value::from(
            names
                .into_iter()
                .enumerate()
                .map(|(id, n)| (Value::from(n), Value::from(id)))
                .collect::<writ_value::Object>(),
        )
    };
    let builtins = ids(module.host_builtins().into_iter().map(|b| b.name).collect());
    let builtins = constant(module, "builtins", &builtins)?;
    let entrypoints = ids(module.plan.entrypoints.iter().map(|e| e.name.clone()).collect());
    let entrypoints = constant(module, "entrypoints", &entrypoints)?;
    let mut exports = vec![
        ("builtins", builtins),
        ("entrypoints", entrypoints),
        ("eval", eval),
        (names::DECIDE, decide),
        (names::DECIDE_MANY, decide_many),
        (names::EVAL_WORD, eval_word),
        (names::SET_DOCUMENTS, set_documents),
    ];
    exports.extend(index_data(module)?);
    Ok(Entry { exports, eval })
}

/// `()`: what is made once per data. `None` where that is nothing.
fn index_data(module: &mut Gen<'_>) -> Result<Option<(&'static str, u32)>, EmitError> {
    let mut code = Code::default();
    super::paths::find_all(module, &mut code)?;
    super::join::make_all(module, &mut code)?;
    if code.bytes.is_empty() {
        return Ok(None);
    }
    Ok(Some((names::INDEX_DATA, module.add(own_func(names::INDEX_DATA, &[], &[], &[], code)))))
}

/// `() -> box` of a constant.
fn constant(module: &mut Gen<'_>, name: &str, value: &Value) -> Result<u32, EmitError> {
    let word = module.statics.value(value)?;
    let addr = module.statics.boxed(word)?;
    let mut code = Code::default();
    code.addr(addr);
    Ok(module.add(own_func(name, &[], &[I32], &[], code)))
}

/// `(id) -> word`: the result as its function gives it.
fn eval_word(module: &mut Gen<'_>) -> Result<u32, EmitError> {
    let mut code = Code::default();
    fresh_memo(module, &mut code)?;
    fill_frame(module, &mut code)?;
    dispatch(module, &mut code, &|code, _| code.op(I::Return))?;
    Ok(module.add(own_func(names::EVAL_WORD, &[I32], &[I64], &[], code)))
}

/// `(id, frame, heap) -> word`: the host has filled the frame.
fn decide(module: &mut Gen<'_>) -> Result<u32, EmitError> {
    let (frame, heap) = (1, 2);
    let mut code = Code::default();
    let shared =
        module.guest.cells().ok_or_else(|| EmitError::Guest(format!("no exported global `{}`", names::CELLS)))?;
    code.addr(shared + cells::HEAP_PTR);
    code.get(heap);
    code.store32(0);
    code.get(frame);
    code.global_set(FRAME);
    match module.input.root_slot {
        Some(slot) => {
            code.get(frame);
            code.load64(slot * 8);
        }
        None => code.i64(0),
    }
    code.global_set(INPUT);
    fresh_memo(module, &mut code)?;
    dispatch(module, &mut code, &|code, _| code.op(I::Return))?;
    Ok(module.add(own_func(names::DECIDE, &[I32, I32, I32], &[I64], &[], code)))
}

/// The frame for hosts that hand in a document.
fn fill_frame(module: &mut Gen<'_>, code: &mut Code) -> Result<(), EmitError> {
    if module.input.slots > 0 {
        let helper = module.helper(Helper::FillFrame)?;
        code.call(helper);
    }
    Ok(())
}

/// `(ctx) -> 0`: documents from the context's boxes, the box of the result set into it.
fn eval(module: &mut Gen<'_>) -> Result<u32, EmitError> {
    let (ctx, word, id) = (0, 1, 2);
    let mut code = Code::default();
    for (offset, global) in [(context::INPUT, INPUT), (context::DATA, DATA)] {
        code.get(ctx);
        code.load32(offset);
        code.call(module.rt("rt_unbox")?);
        code.global_set(global);
    }
    // Other data may stand where those were for which paths were found.
    code.i64(Word::MEMO_UNDEFINED.0 as i64);
    code.global_set(module.data_of_paths());
    fresh_memo(module, &mut code)?;
    fill_frame(module, &mut code)?;
    let document = code.block();
    let query = code.block();
    code.get(ctx);
    code.load32(context::ENTRYPOINT);
    code.set(id);
    let finish = |code: &mut Code, kind: EntrypointKind| {
        code.set(word);
        code.br(match kind {
            EntrypointKind::Document => document,
            EntrypointKind::Query => query,
        });
    };
    dispatch_on(module, &mut code, id, &finish)?;
    code.end();
    rows_to_set(module, &mut code, ctx, word)?;
    code.end();
    code.get(ctx);
    code.get(word);
    code.call(module.rt("rt_result_set")?);
    code.store32(context::RESULT);
    code.i32(0);
    Ok(module.add(own_func("eval", &[I32], &[I32], &[I64, I32, I32, I32, I64], code)))
}

/// A query's rows become the set of their bindings; returns.
fn rows_to_set(module: &Gen<'_>, code: &mut Code, ctx: u32, rows: u32) -> Result<(), EmitError> {
    let (row, end, set) = (3, 4, 5);
    code.get(rows);
    code.header();
    code.load32(LEN);
    code.tee(end);
    code.call(module.rt("rt_set_new")?);
    code.set(set);
    code.get(rows);
    code.header();
    code.load32(ARRAY_DATA);
    code.tee(row);
    code.get(end);
    code.i32(3);
    code.op(I::I32Shl);
    code.op(I::I32Add);
    code.set(end);
    let done = code.block();
    let next = code.loop_();
    code.get(row);
    code.get(end);
    code.op(I::I32Eq);
    code.br_if(done);
    code.get(set);
    // Each row is `[bindings, expressions]`.
    code.get(row);
    code.load64(0);
    code.header();
    code.load32(ARRAY_DATA);
    code.load64(0);
    code.call(module.rt("rt_set_add")?);
    code.get(row);
    code.i32(8);
    code.op(I::I32Add);
    code.set(row);
    code.br(next);
    code.end();
    code.end();
    code.get(ctx);
    code.get(set);
    code.call(module.rt("rt_box")?);
    code.store32(context::RESULT);
    code.i32(0);
    code.op(I::Return);
    Ok(())
}

/// An empty memo table for this evaluation, and no cells of selections.
fn fresh_memo(module: &Gen<'_>, code: &mut Code) -> Result<(), EmitError> {
    if module.plan.selects > 0 {
        code.i32(0);
        code.global_set(SELECTS);
    }
    let slots = module.plan.memo_slots;
    if slots > 0 {
        if slots <= FEW_SLOTS {
            // Engines make a call to the host of the instruction that fills memory.
            code.i32(slots as i32 * 8);
            code.call(module.rt("rt_alloc")?);
            code.global_set(MEMO);
            for slot in 0..slots {
                code.global_get(MEMO);
                code.i64(0);
                code.store64(slot * 8);
            }
        } else {
            code.i32(slots as i32);
            code.call(module.rt("rt_memo_frame")?);
            code.global_set(MEMO);
        }
        // What was free lies in a heap that is gone.
        code.i32(0);
        code.global_set(FREE_MEMO);
    }
    Ok(())
}

fn dispatch(
    module: &mut Gen<'_>,
    code: &mut Code,
    finish: &dyn Fn(&mut Code, EntrypointKind),
) -> Result<(), EmitError> {
    dispatch_on(module, code, 0, finish)
}

/// Calls the function of the entrypoint whose id is in a local, then `finish`, which leaves. An unknown id aborts.
fn dispatch_on(
    module: &mut Gen<'_>,
    code: &mut Code,
    id: u32,
    finish: &dyn Fn(&mut Code, EntrypointKind),
) -> Result<(), EmitError> {
    let plan = module.plan;
    let illegal = code.block();
    let mut labels: Vec<Label> = plan.entrypoints.iter().map(|_| code.block()).collect();
    labels.reverse();
    code.get(id);
    code.br_table(&labels, illegal);
    for entrypoint in &plan.entrypoints {
        code.end();
        code.call(module.plan_func(entrypoint.func));
        finish(code, entrypoint.kind);
    }
    code.end();
    code.addr(module.statics.text(ILLEGAL_ENTRYPOINT)?);
    code.call(module.abort()?);
    code.op(I::Unreachable);
    Ok(())
}
