//! `count`, `sum`, `product`, `max`, `min`, `sort`, `all`, `any` and membership (`in`).

use writ_abi::{Tag, Word};
use writ_value::number;

use super::operand;
use crate::compare::{cmp, eq};
use crate::error::{self, Answer};
use crate::{iter, lookup, sort, table, unicode, value};

/// `count`: elements, or code points of a string.
pub fn count(a: Word) -> Answer {
    let count = match a.tag() {
        Tag::Array | Tag::Object | Tag::Set => value::len(a),
        Tag::String => unicode::count(value::text(a)),
        _ => return error::mistyped("count", 1, "one of {array, object, set, string}", a),
    };
    Some(value::int(i64::from(count)))
}

/// `sum`.
pub fn sum(a: Word) -> Answer {
    let list = operand::list("sum", 1, a, "one of {set, array}")?;
    let mut total: i64 = 0;
    for element in iter::elements(list) {
        match element.as_int().and_then(|x| total.checked_add(x)) {
            Some(more) => total = more,
            None => {
                operand::elements("sum", 1, list, Tag::Number, "numbers")?;
                return operand::computed("sum", || number::sum(numbers(list)));
            }
        }
    }
    Some(value::int(total))
}

/// `product`.
pub fn product(a: Word) -> Answer {
    let list = operand::list("product", 1, a, "one of {set, array}")?;
    let mut total: i64 = 1;
    for element in iter::elements(list) {
        match element.as_int().and_then(|x| total.checked_mul(x)) {
            Some(more) => total = more,
            None => {
                operand::elements("product", 1, list, Tag::Number, "numbers")?;
                return operand::computed("product", || number::product(numbers(list)));
            }
        }
    }
    Some(value::int(total))
}

fn numbers(list: Word) -> impl Iterator<Item = number::NumRef<'static>> + Clone {
    (0..iter::begin(list)).filter_map(move |i| crate::number::get(iter::val(list, i)))
}

/// `max`: of equal elements the last; undefined for an empty collection.
pub fn max(a: Word) -> Answer {
    let list = operand::list("max", 1, a, "one of {set, array}")?;
    iter::elements(list).reduce(|max, x| if cmp(max, x).is_le() { x } else { max })
}

/// `min`: of equal elements the last; undefined for an empty collection.
pub fn min(a: Word) -> Answer {
    let list = operand::list("min", 1, a, "one of {set, array}")?;
    iter::elements(list).reduce(|min, x| if cmp(min, x).is_ge() { x } else { min })
}

/// `sort`: an array in Rego's order.
pub fn sort(a: Word) -> Answer {
    let list = operand::list("sort", 1, a, "one of {set, array}")?;
    let sorted = value::array(value::len(list));
    for element in iter::elements(list) {
        value::push(sorted, element);
    }
    if list.tag() == Tag::Array {
        sort::sort_array(sorted);
    }
    Some(sorted)
}

/// `all`: every element is `true`.
pub fn all(a: Word) -> Answer {
    let list = operand::list("all", 1, a, "one of {array, set}")?;
    Some(Word::bool(iter::elements(list).all(|x| x == Word::TRUE)))
}

/// `any`: some element is `true`.
pub fn any(a: Word) -> Answer {
    let list = operand::list("any", 1, a, "one of {array, set}")?;
    Some(Word::bool(iter::elements(list).any(|x| x == Word::TRUE)))
}

/// `internal.member_2`: `x in collection`. False for anything that is no collection.
pub fn member(x: Word, collection: Word) -> Answer {
    let found = match collection.tag() {
        Tag::Set => table::contains(collection, x),
        Tag::Array => value::items(collection).any(|y| eq(x, y)),
        Tag::Object => (0..value::len(collection)).any(|at| eq(x, table::val(collection, at))),
        _ => false,
    };
    Some(Word::bool(found))
}

/// `internal.member_3`: `key, x in collection`.
pub fn member_with_key(key: Word, x: Word, collection: Word) -> Answer {
    let found = lookup::dot(collection, key);
    Some(Word::bool(found.is_defined() && eq(found, x)))
}
