//! The functions that generated code and hosts call, under their names, with the types that WebAssembly has.

use writ_abi::Word;

use crate::json::Dialect;
use crate::{builtins, compare, error, heap, iter, lookup, mem, merge, opa, table, value};

/// Words travel as `i64`, addresses and flags as `i32`.
macro_rules! export {
    ($($name:literal => fn ($($arg:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => {
        $(const _: () = {
            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = $name))]
            #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "exported on wasm32 only"))]
            #[allow(unsafe_code, reason = "the attribute that names an export is unsafe")]
            extern "C" fn exported($($arg: $type),*) $(-> $result)? $body
        };)*
    };
}

/// `bi_NAME`: parameters are words, the result is a word, 0 for undefined.
macro_rules! export_builtins {
    ($($name:literal => $path:path, ($($arg:ident),*);)*) => {
        export! {
            $($name => fn($($arg: u64),*) -> u64 { $path($(Word($arg)),*).unwrap_or(Word::UNDEFINED).0 })*
        }

        /// Calls a built-in by its export name, as generated code would.
        #[cfg(not(target_arch = "wasm32"))]
        pub fn call(name: &str, args: &[Word]) -> Option<Word> {
            match (name, args) {
                $(($name, &[$($arg),*]) => $path($($arg),*),)*
                _ => None,
            }
        }

        /// Export names of all built-ins.
        #[cfg(not(target_arch = "wasm32"))]
        pub const BUILTINS: &[&str] = &[$($name),*];
    };
}

export! {
    // Values.
    "rt_eq" => fn(a: u64, b: u64) -> i32 { i32::from(compare::eq(Word(a), Word(b))) }
    "rt_cmp" => fn(a: u64, b: u64) -> i32 { compare::cmp(Word(a), Word(b)) as i32 }
    "rt_dot" => fn(collection: u64, key: u64) -> u64 { lookup::dot(Word(collection), Word(key)).0 }
    "rt_len" => fn(w: u64) -> i32 { value::len(Word(w)) as i32 }

    // Construction.
    "rt_array_new" => fn(cap: u32) -> u64 { value::array(cap).0 }
    "rt_array_push" => fn(array: u64, value: u64) { value::push(Word(array), Word(value)); }
    "rt_object_new" => fn(cap: u32) -> u64 { table::object(cap).0 }
    "rt_object_insert" => fn(object: u64, key: u64, value: u64) { table::insert(Word(object), Word(key), Word(value)); }
    "rt_object_insert_once" => fn(object: u64, key: u64, value: u64) -> i32 {
        i32::from(!table::insert_once(Word(object), Word(key), Word(value)))
    }
    "rt_set_new" => fn(cap: u32) -> u64 { table::set(cap).0 }
    "rt_set_add" => fn(set: u64, value: u64) { table::add(Word(set), Word(value)); }

    // Iteration.
    "rt_iter_begin" => fn(w: u64) -> i32 { iter::begin(Word(w)) as i32 }
    "rt_iter_key" => fn(w: u64, i: u32) -> u64 { iter::key(Word(w), i).0 }
    "rt_iter_value" => fn(w: u64, i: u32) -> u64 { iter::val(Word(w), i).0 }

    // Documents.
    "rt_upsert" => fn(base: u64, path: u64, value: u64) -> u64 { merge::upsert(Word(base), Word(path), Word(value)).0 }
    "rt_object_merge" => fn(a: u64, b: u64) -> u64 { merge::merge(Word(a), Word(b)).0 }
    "rt_copy_shallow" => fn(w: u64) -> u64 { table::copy(Word(w), 0).0 }

    // Evaluation.
    "rt_memo_frame" => fn(n: u32) -> u32 {
        let bytes = heap::product(n, 8);
        let addr = heap::alloc(bytes);
        mem::zero(addr, bytes);
        addr
    }
    "rt_conflict" => fn(kind: u32, location: u32) { error::conflict(kind, location) }
    "rt_box" => fn(w: u64) -> u32 { opa::boxed(Word(w)) }
    "rt_unbox" => fn(addr: u32) -> u64 { opa::unboxed(addr).0 }
    "rt_result_set" => fn(w: u64) -> u32 { opa::result_set(Word(w)) }
    "writ_set_strict" => fn(on: i32) { mem::set_strict(on != 0); }

    // The OPA ABI.
    "opa_malloc" => fn(size: u32) -> u32 { opa::malloc(size) }
    "opa_free" => fn(_addr: u32) {}
    "opa_value_free" => fn(_addr: u32) {}
    "opa_json_parse" => fn(addr: u32, len: u32) -> u32 { opa::parse(addr, len, Dialect::Json) }
    "opa_value_parse" => fn(addr: u32, len: u32) -> u32 { opa::parse(addr, len, Dialect::Value) }
    "opa_json_dump" => fn(value: u32) -> u32 { opa::dump(value, Dialect::Json) }
    "opa_value_dump" => fn(value: u32) -> u32 { opa::dump(value, Dialect::Value) }
    "opa_heap_ptr_get" => fn() -> u32 { mem::heap_ptr() }
    "opa_heap_ptr_set" => fn(addr: u32) { mem::set_heap_ptr(addr); }
    "opa_heap_blocks_stash" => fn() {}
    "opa_heap_blocks_restore" => fn() {}
    "opa_heap_stash_clear" => fn() {}
    "opa_value_add_path" => fn(base: u32, path: u32, value: u32) -> i32 { opa::add_path(base, path, value) as i32 }
    "opa_value_remove_path" => fn(base: u32, path: u32) -> i32 { opa::remove_path(base, path) as i32 }
    "opa_eval_ctx_new" => fn() -> u32 { opa::context_new() }
    "opa_eval_ctx_set_input" => fn(ctx: u32, value: u32) { mem::store32(ctx + writ_abi::layout::context::INPUT, value); }
    "opa_eval_ctx_set_data" => fn(ctx: u32, value: u32) { mem::store32(ctx + writ_abi::layout::context::DATA, value); }
    "opa_eval_ctx_set_entrypoint" => fn(ctx: u32, id: u32) {
        mem::store32(ctx + writ_abi::layout::context::ENTRYPOINT, id);
    }
    "opa_eval_ctx_get_result" => fn(ctx: u32) -> u32 { mem::load32(ctx + writ_abi::layout::context::RESULT) }
    "opa_eval" => fn(reserved: u32, entrypoint: u32, data: u32, input: u32, len: u32, heap: u32, format: u32) -> u32 {
        opa::eval(reserved, entrypoint, data, input, len, heap, format)
    }
}

export_builtins! {
    "bi_equal" => builtins::compare::equal, (a, b);
    "bi_neq" => builtins::compare::neq, (a, b);
    "bi_lt" => builtins::compare::lt, (a, b);
    "bi_lte" => builtins::compare::lte, (a, b);
    "bi_gt" => builtins::compare::gt, (a, b);
    "bi_gte" => builtins::compare::gte, (a, b);
}
