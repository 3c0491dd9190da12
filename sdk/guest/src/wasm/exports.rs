//! The functions that hosts call: the OPA Wasm ABI 1.3, our own exports of the fast path, and what `writ build` asks.

use writ_abi::layout::context;
use writ_abi::{Tag, Word};
use writ_guest::json::Dialect;
use writ_guest::{mem, opa, table, value};

use super::call::Call;
use super::{alloc, host, state};
use crate::entrypoint::Policy;
use crate::shape::{Shape, json_string, projection};

unsafe extern "Rust" {
    /// Made by `module!`.
    safe fn __writ_policy() -> &'static Policy;
}

/// Called by what `module!` makes, so that these exports are in every module.
#[inline(never)]
pub fn link() {
    state::start();
}

fn decide(id: u32, call: &Call<'_>) -> Word {
    let Some(entrypoint) = __writ_policy().entrypoints.get(id as usize) else {
        host::abort("eval_internal_error: illegal entrypoint id")
    };
    match (entrypoint.run)(entrypoint, call) {
        Ok(output) => output.0,
        Err(error) => host::fail(&error),
    }
}

macro_rules! export {
    ($($name:literal => fn $fn:ident ($($arg:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => {
        $(#[unsafe(export_name = $name)]
        extern "C" fn $fn($($arg: $type),*) $(-> $result)? {
            state::start();
            $body
        })*
    };
}

export! {
    // The fast path.
    "writ_decide" => fn writ_decide(id: u32, frame: u32, heap: u32) -> u64 {
        mem::set_heap_ptr(heap);
        let word = decide(id, &Call::of_frame(frame, state::data()));
        state::restore();
        word.0
    }
    "writ_eval" => fn writ_eval(id: u32) -> u64 {
        let word = decide(id, &Call::of_word(state::input(), state::data()));
        state::restore();
        word.0
    }
    "writ_set_documents" => fn writ_set_documents(input: u64, data: u64) {
        state::set_documents(Word(input), Word(data));
    }
    "writ_index_data" => fn writ_index_data() {
        let data = state::data();
        let call = Call::of_word(Word::UNDEFINED, data);
        // An instance begins without any: that is refused when somebody asks what needs them.
        let none = data.tag() == Tag::Object && value::len(data) == 0;
        for entrypoint in __writ_policy().entrypoints {
            entrypoint.forget();
            match entrypoint.prepare.map(|prepare| prepare(entrypoint, &call)) {
                Some(Err(error)) if !none => host::fail(&error),
                _ => {}
            }
        }
        state::set_prepared(data);
    }
    "writ_set_strict" => fn writ_set_strict(on: i32) { mem::set_strict(on != 0); }

    // The OPA ABI.
    "eval" => fn eval(ctx: u32) -> i32 {
        alloc::forget();
        let of = |offset| opa::unboxed(mem::load32(ctx + offset));
        let call = Call::of_word(of(context::INPUT), of(context::DATA));
        let result = opa::result_set(decide(mem::load32(ctx + context::ENTRYPOINT), &call));
        mem::store32(ctx + context::RESULT, result);
        state::restore();
        0
    }
    "opa_eval" => fn opa_eval(reserved: u32, id: u32, data: u32, input: u32, len: u32, heap: u32, format: u32) -> u32 {
        if reserved != 0 {
            host::abort("invalid reserved argument");
        }
        mem::mark_used();
        mem::set_heap_ptr(heap);
        let mut word = Word::UNDEFINED;
        if input != 0 || len != 0 {
            let parsed = opa::parse(input, len, Dialect::Value);
            if parsed == 0 {
                host::abort("eval_internal_error: input is not a JSON document");
            }
            word = opa::unboxed(parsed);
        }
        alloc::forget();
        let result = opa::result_set(decide(id, &Call::of_word(word, opa::unboxed(data))));
        state::restore();
        opa::dump(result, if format == 0 { Dialect::Json } else { Dialect::Value })
    }
    "entrypoints" => fn entrypoints() -> u32 {
        let ids = table::object(4);
        for (id, name) in __writ_policy().entrypoints().enumerate() {
            table::insert(ids, value::string(name.as_bytes()), value::int(id as i64));
        }
        opa::boxed(ids)
    }
    "builtins" => fn builtins() -> u32 { opa::boxed(table::object(0)) }
    "opa_malloc" => fn opa_malloc(size: u32) -> u32 { opa::malloc(size) }
    "opa_free" => fn opa_free(_address: u32) {}
    "opa_value_free" => fn opa_value_free(_address: u32) {}
    "opa_json_parse" => fn opa_json_parse(at: u32, len: u32) -> u32 { opa::parse(at, len, Dialect::Json) }
    "opa_value_parse" => fn opa_value_parse(at: u32, len: u32) -> u32 { opa::parse(at, len, Dialect::Value) }
    "opa_json_dump" => fn opa_json_dump(value: u32) -> u32 { opa::dump(value, Dialect::Json) }
    "opa_value_dump" => fn opa_value_dump(value: u32) -> u32 { opa::dump(value, Dialect::Value) }
    "opa_heap_ptr_get" => fn opa_heap_ptr_get() -> u32 { mem::heap_ptr() }
    "opa_heap_ptr_set" => fn opa_heap_ptr_set(address: u32) {
        mem::mark_used();
        mem::set_heap_ptr(address);
    }
    "opa_heap_blocks_stash" => fn opa_heap_blocks_stash() {}
    "opa_heap_blocks_restore" => fn opa_heap_blocks_restore() {}
    "opa_heap_stash_clear" => fn opa_heap_stash_clear() {}
    "opa_value_add_path" => fn opa_value_add_path(base: u32, path: u32, value: u32) -> i32 { opa::add_path(base, path, value) as i32 }
    "opa_value_remove_path" => fn opa_value_remove_path(base: u32, path: u32) -> i32 { opa::remove_path(base, path) as i32 }
    "opa_eval_ctx_new" => fn opa_eval_ctx_new() -> u32 { opa::context_new() }
    "opa_eval_ctx_set_input" => fn opa_eval_ctx_set_input(ctx: u32, value: u32) { mem::store32(ctx + context::INPUT, value); }
    "opa_eval_ctx_set_data" => fn opa_eval_ctx_set_data(ctx: u32, value: u32) { mem::store32(ctx + context::DATA, value); }
    "opa_eval_ctx_set_entrypoint" => fn opa_eval_ctx_set_entrypoint(ctx: u32, id: u32) {
        mem::store32(ctx + context::ENTRYPOINT, id);
    }
    "opa_eval_ctx_get_result" => fn opa_eval_ctx_get_result(ctx: u32) -> u32 { mem::load32(ctx + context::RESULT) }

    // What the sections `writ.meta` and `writ.input` are to say, in a line each, and the address behind the statics. Asked once, by `writ build`, which takes the export away.
    "writ_describe" => fn writ_describe() -> u32 { describe() }
}

fn describe() -> u32 {
    let mut meta = String::from("{\"version\":1,\"entrypoints\":[");
    let (mut of, mut projections, mut most) = (String::new(), String::new(), 0);
    for (id, entrypoint) in __writ_policy().entrypoints.iter().enumerate() {
        let comma = if id == 0 { "" } else { "," };
        meta.push_str(comma);
        meta.push_str("{\"name\":");
        json_string(entrypoint.name, &mut meta);
        meta.push_str(",\"kind\":\"document\",\"varies\":{},\"data\":[");
        if entrypoint.prepare.is_some() {
            meta.push('[');
            for (i, key) in entrypoint.data_path().enumerate() {
                meta.push_str(if i == 0 { "" } else { "," });
                json_string(key, &mut meta);
            }
            meta.push(']');
        }
        meta.push_str("]}");
        let shape = entrypoint.shape.map_or(Shape::Nothing, |shape| shape().0);
        let (slots, text) = projection(&shape);
        most = slots.max(most);
        projections.push_str(comma);
        projections.push_str(&text);
        of.push_str(&format!("{comma}{id}"));
    }
    meta.push_str("],\"builtins\":[]}");
    let end = state::data_end();
    let text =
        format!("{meta}\n{{\"version\":1,\"slots\":{most},\"of\":[{of}],\"projections\":[{projections}]}}\n{end}\0");
    value::string(text.as_bytes()).addr() + writ_abi::layout::STRING_BYTES
}
