//! The functions that generated code and hosts call, under their names, with the types that WebAssembly has.

use writ_abi::Word;

use crate::json::Dialect;
use crate::{builtins, compare, error, heap, iter, join, lookup, mem, merge, opa, select, table, value};

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
    "rt_field" => fn(collection: u64, key: u64) -> u64 { lookup::field(Word(collection), Word(key)).0 }
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
    "rt_insert_path" => fn(object: u64, path: u64, value: u64, member: i32) -> i32 {
        let leaf = if member == 0 { merge::Leaf::Value } else { merge::Leaf::Member };
        i32::from(!merge::insert_path(Word(object), Word(path), Word(value), leaf))
    }
    "rt_object_merge" => fn(a: u64, b: u64) -> u64 { merge::merge(Word(a), Word(b)).0 }
    "rt_copy_shallow" => fn(w: u64) -> u64 { table::copy(Word(w), 0).0 }

    // Evaluation.
    "rt_join" => fn(index: u64, slot: u32, source: u64, path: u64, key: u64) -> u64 {
        join::find(Word(index), slot, Word(source), Word(path), Word(key)).0
    }
    "rt_join_index" => fn(source: u64, path: u64) -> u64 { join::build(Word(source), Word(path)).0 }
    "rt_select" => fn(slot: u32, source: u64, part: u64, wanted: u64) -> u32 {
        select::begin(slot, Word(source), Word(part), Word(wanted))
    }
    "rt_select_next" => fn(slot: u32, source: u64, part: u64, wanted: u64, from: u32) -> i32 {
        select::next(slot, Word(source), Word(part), Word(wanted), from)
    }
    "rt_select_has" => fn(slot: u32, source: u64, wanted: u64) -> i32 {
        i32::from(select::has(slot, Word(source), Word(wanted)))
    }
    "rt_alloc" => fn(bytes: u32) -> u32 { heap::alloc(bytes) }
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
    "opa_heap_ptr_set" => fn(addr: u32) {
        mem::mark_used();
        mem::set_heap_ptr(addr);
    }
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
    "bi_plus" => builtins::arithmetic::plus, (a, b);
    "bi_minus" => builtins::arithmetic::minus, (a, b);
    "bi_mul" => builtins::arithmetic::mul, (a, b);
    "bi_div" => builtins::arithmetic::div, (a, b);
    "bi_rem" => builtins::arithmetic::rem, (a, b);
    "bi_abs" => builtins::arithmetic::abs, (a);
    "bi_ceil" => builtins::arithmetic::ceil, (a);
    "bi_floor" => builtins::arithmetic::floor, (a);
    "bi_round" => builtins::arithmetic::round, (a);
    "bi_bits.and" => builtins::bits::and, (a, b);
    "bi_bits.or" => builtins::bits::or, (a, b);
    "bi_bits.xor" => builtins::bits::xor, (a, b);
    "bi_bits.lsh" => builtins::bits::lsh, (a, b);
    "bi_bits.rsh" => builtins::bits::rsh, (a, b);
    "bi_bits.negate" => builtins::bits::negate, (a);
    "bi_count" => builtins::aggregates::count, (a);
    "bi_sum" => builtins::aggregates::sum, (a);
    "bi_product" => builtins::aggregates::product, (a);
    "bi_max" => builtins::aggregates::max, (a);
    "bi_min" => builtins::aggregates::min, (a);
    "bi_sort" => builtins::aggregates::sort, (a);
    "bi_all" => builtins::aggregates::all, (a);
    "bi_any" => builtins::aggregates::any, (a);
    "bi_internal.member_2" => builtins::aggregates::member, (a, b);
    "bi_internal.prefixes" => builtins::prefixes::prefixes, (a, b, c);
    "bi_internal.member_3" => builtins::aggregates::member_with_key, (a, b, c);
    "bi_array.concat" => builtins::arrays::concat, (a, b);
    "bi_array.flatten" => builtins::arrays::flatten, (a);
    "bi_array.reverse" => builtins::arrays::reverse, (a);
    "bi_array.slice" => builtins::arrays::slice, (a, b, c);
    "bi_and" => builtins::sets::and, (a, b);
    "bi_or" => builtins::sets::or, (a, b);
    "bi_set_diff" => builtins::sets::set_diff, (a, b);
    "bi_intersection" => builtins::sets::intersection, (a);
    "bi_union" => builtins::sets::union, (a);
    "bi_is_array" => builtins::types::is_array, (a);
    "bi_is_boolean" => builtins::types::is_boolean, (a);
    "bi_is_null" => builtins::types::is_null, (a);
    "bi_is_number" => builtins::types::is_number, (a);
    "bi_is_object" => builtins::types::is_object, (a);
    "bi_is_set" => builtins::types::is_set, (a);
    "bi_is_string" => builtins::types::is_string, (a);
    "bi_type_name" => builtins::types::type_name, (a);
    "bi_cast_array" => builtins::types::cast_array, (a);
    "bi_cast_boolean" => builtins::types::cast_boolean, (a);
    "bi_cast_null" => builtins::types::cast_null, (a);
    "bi_cast_object" => builtins::types::cast_object, (a);
    "bi_cast_set" => builtins::types::cast_set, (a);
    "bi_cast_string" => builtins::types::cast_string, (a);
    "bi_to_number" => builtins::types::to_number, (a);
    "bi_object.get" => builtins::objects::get, (a, b, c);
    "bi_object.keys" => builtins::objects::keys, (a);
    "bi_object.filter" => builtins::objects::filter, (a, b);
    "bi_object.remove" => builtins::objects::remove, (a, b);
    "bi_object.union" => builtins::objects::union, (a, b);
    "bi_object.subset" => builtins::objects::subset, (a, b);
    "bi_object.union_n" => builtins::objects::union_n, (a);
    "bi_contains" => builtins::strings::contains, (a, b);
    "bi_startswith" => builtins::strings::startswith, (a, b);
    "bi_endswith" => builtins::strings::endswith, (a, b);
    "bi_indexof" => builtins::strings::indexof, (a, b);
    "bi_indexof_n" => builtins::strings::indexof_n, (a, b);
    "bi_concat" => builtins::strings::concat, (a, b);
    "bi_split" => builtins::strings::split, (a, b);
    "bi_internal.split_at" => builtins::strings::split_at, (a, b, c);
    "bi_format_int" => builtins::strings::format_int, (a, b);
    "bi_substring" => builtins::strings::substring, (a, b, c);
    "bi_replace" => builtins::strings::replace, (a, b, c);
    "bi_lower" => builtins::strings::lower, (a);
    "bi_upper" => builtins::strings::upper, (a);
    "bi_strings.reverse" => builtins::strings::reverse, (a);
    "bi_strings.count" => builtins::strings::count, (a, b);
    "bi_strings.split_n" => builtins::strings::split_n, (a, b, c);
    "bi_strings.replace_n" => builtins::strings::replace_n, (a, b);
    "bi_strings.any_prefix_match" => builtins::strings::any_prefix_match, (a, b);
    "bi_strings.any_suffix_match" => builtins::strings::any_suffix_match, (a, b);
    "bi_trim" => builtins::trim::trim, (a, b);
    "bi_trim_left" => builtins::trim::trim_left, (a, b);
    "bi_trim_right" => builtins::trim::trim_right, (a, b);
    "bi_trim_prefix" => builtins::trim::trim_prefix, (a, b);
    "bi_trim_suffix" => builtins::trim::trim_suffix, (a, b);
    "bi_trim_space" => builtins::trim::trim_space, (a);
    "bi_sprintf" => builtins::format::sprintf, (a, b);
    "bi_internal.template_string" => builtins::format::template_string, (a);
    "bi_base64.encode" => builtins::encoding::base64_encode, (a);
    "bi_base64.decode" => builtins::encoding::base64_decode, (a);
    "bi_base64.is_valid" => builtins::encoding::base64_is_valid, (a);
    "bi_base64url.encode" => builtins::encoding::base64url_encode, (a);
    "bi_base64url.encode_no_pad" => builtins::encoding::base64url_encode_no_pad, (a);
    "bi_base64url.decode" => builtins::encoding::base64url_decode, (a);
    "bi_hex.encode" => builtins::encoding::hex_encode, (a);
    "bi_hex.decode" => builtins::encoding::hex_decode, (a);
    "bi_json.marshal" => builtins::json::marshal, (a);
    "bi_json.marshal_with_options" => builtins::json::marshal_with_options, (a, b);
    "bi_json.unmarshal" => builtins::json::unmarshal, (a);
    "bi_json.is_valid" => builtins::json::is_valid, (a);
    "bi_json.filter" => builtins::json_paths::filter, (a, b);
    "bi_json.remove" => builtins::json_paths::remove, (a, b);
    "bi_json.patch" => builtins::json_patch::patch, (a, b);
    "bi_graph.reachable" => builtins::graph::reachable, (a, b);
    "bi_graph.reachable_paths" => builtins::graph::reachable_paths, (a, b);
    "bi_walk" => builtins::graph::walk, (a);
    "bi_numbers.range" => builtins::ranges::range, (a, b);
    "bi_numbers.range_step" => builtins::ranges::range_step, (a, b, c);
    "bi_semver.compare" => builtins::semver::compare, (a, b);
    "bi_semver.is_valid" => builtins::semver::is_valid, (a);
    "bi_units.parse" => builtins::units::parse, (a);
    "bi_units.parse_bytes" => builtins::units::parse_bytes, (a);
    "bi_urlquery.encode" => builtins::urlquery::encode, (a);
    "bi_urlquery.decode" => builtins::urlquery::decode, (a);
    "bi_urlquery.encode_object" => builtins::urlquery::encode_object, (a);
    "bi_urlquery.decode_object" => builtins::urlquery::decode_object, (a);
}
