//! The guest's values behave like those of `writ_value`: order, equality, tables, JSON text.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{value, word};
use proptest::prelude::*;
use writ_abi::Word;
use writ_guest::json::{Dialect, dump, parse};
use writ_guest::text::Text;
use writ_guest::{compare, heap, iter, lookup, merge, table, value as guest};
use writ_value::{Number, Value};

/// Runs a case and gives its heap back, so that a whole run fits the arena.
fn scoped<R>(case: impl FnOnce() -> R) -> R {
    let mark = heap::mark();
    let result = case();
    heap::release(mark);
    result
}

fn numbers() -> impl Strategy<Value = Value> {
    let text = |text: String| Value::Number(Number::parse(&text).expect("the strategy writes numbers"));
    prop_oneof![
        (-20i64..20).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-20i64..20, 0u32..4).prop_map(move |(n, zeros)| text(format!("{n}.{}", "0".repeat(zeros as usize + 1)))),
        (-20i64..20, -3i32..4).prop_map(move |(n, e)| text(format!("{n}e{e}"))),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,10})?([eE][-+]?[0-9]{1,3})?".prop_map(text),
    ]
}

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        numbers(),
        "[ab]{0,3}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(4, 48, 12, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
            prop::collection::btree_map(inner.clone(), inner.clone(), 0..12).prop_map(Value::from),
            prop::collection::btree_set(inner, 0..12).prop_map(Value::from),
        ]
    })
}

/// As the host prints: with `<`, `>` and `&` escaped.
fn json_text(w: Word) -> Vec<u8> {
    let mut text = Text::new(16);
    dump::json(&mut text, w, &dump::Json { html: true, indent: None }, 0);
    guest::text(text.finish()).to_vec()
}

fn rego_text(w: Word) -> Vec<u8> {
    let mut text = Text::new(16);
    dump::rego(&mut text, w);
    guest::text(text.finish()).to_vec()
}

/// What is done to a table, on small keys so that they meet again.
#[derive(Clone, Debug)]
enum Step {
    Insert(Value, i64),
    InsertOnce(Value, i64),
    Remove(Value),
    Find(Value),
    Sort,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || prop_oneof![(0i64..200).prop_map(Value::from), scalars(), values()];
    let step = prop_oneof![
        8 => (key(), 0i64..3).prop_map(|(k, v)| Step::Insert(k, v)),
        2 => (key(), 0i64..3).prop_map(|(k, v)| Step::InsertOnce(k, v)),
        1 => key().prop_map(Step::Remove),
        4 => key().prop_map(Step::Find),
        1 => Just(Step::Sort),
    ];
    prop::collection::vec(step, 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 150 }, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_value_survives_the_heap(v in values()) {
        scoped(|| assert_eq!(value(word(&v)), v));
    }

    #[test]
    fn order_and_equality_agree(a in values(), b in values()) {
        scoped(|| {
            let (x, y) = (word(&a), word(&b));
            assert_eq!(compare::cmp(x, y), a.cmp(&b));
            assert_eq!(compare::eq(x, y), a == b);
            assert!(compare::eq(x, word(&a)));
        });
    }

    #[test]
    fn order_and_equality_of_numbers_agree(a in numbers(), b in numbers()) {
        scoped(|| {
            let (x, y) = (word(&a), word(&b));
            assert_eq!(compare::cmp(x, y), a.cmp(&b));
            assert_eq!(compare::eq(x, y), a == b);
            if a == b {
                assert_eq!(writ_guest::number::hash(x), writ_guest::number::hash(y));
            }
        });
    }

    #[test]
    fn objects_are_maps(steps in steps()) {
        scoped(|| {
            let (object, mut map) = (table::object(0), BTreeMap::new());
            for step in &steps {
                match step {
                    Step::Insert(k, v) => {
                        table::insert(object, word(k), guest::int(*v));
                        // Like the table, the map keeps the first of equal keys.
                        map.entry(k.clone()).and_modify(|old| *old = *v).or_insert(*v);
                    }
                    Step::InsertOnce(k, v) => {
                        let fits = table::insert_once(object, word(k), guest::int(*v));
                        assert_eq!(fits, map.get(k).is_none_or(|old| old == v));
                        map.entry(k.clone()).or_insert(*v);
                    }
                    Step::Remove(k) => assert_eq!(table::remove(object, word(k)), map.remove(k).is_some()),
                    Step::Find(k) => {
                        let found = lookup::dot(object, word(k));
                        assert_eq!(found.as_int(), map.get(k).copied());
                    }
                    Step::Sort => table::sort(object),
                }
                assert_eq!(guest::len(object) as usize, map.len());
            }
            let entries: Vec<_> = (0..iter::begin(object)).map(|i| (value(iter::key(object, i)), iter::val(object, i))).collect();
            let wanted: Vec<_> = map.into_iter().map(|(k, v)| (k, guest::int(v))).collect();
            assert_eq!(entries, wanted);
        });
    }

    #[test]
    fn sets_are_sets(steps in steps()) {
        scoped(|| {
            let (set, mut model) = (table::set(0), BTreeSet::new());
            for step in &steps {
                match step {
                    Step::Insert(k, _) | Step::InsertOnce(k, _) => {
                        table::add(set, word(k));
                        model.insert(k.clone());
                    }
                    Step::Remove(k) => assert_eq!(table::remove(set, word(k)), model.remove(k)),
                    Step::Find(k) => assert_eq!(table::contains(set, word(k)), model.contains(k)),
                    Step::Sort => table::sort(set),
                }
            }
            assert_eq!(value(set), Value::from(model));
        });
    }

    #[test]
    fn json_text_is_that_of_the_host(v in values()) {
        scoped(|| {
            assert_eq!(String::from_utf8(json_text(word(&v))).expect("UTF-8"), writ_value::json::to_string(&v));
        });
    }

    #[test]
    fn json_text_reads_back(v in values()) {
        scoped(|| {
            let text = writ_value::json::to_string(&v);
            let host = writ_value::json::parse(text.as_bytes()).expect("JSON");
            let here = parse(text.as_bytes(), Dialect::Json).expect("JSON");
            assert_eq!(value(here), host);
        });
    }

    #[test]
    fn value_text_reads_back(v in values()) {
        scoped(|| {
            let text = rego_text(word(&v));
            let again = parse(&text, Dialect::Value).expect("what is printed can be read");
            assert_eq!(value(again), v);
        });
    }

    #[test]
    fn any_bytes_are_read_as_the_host_reads_them(text in "[\\[\\]{}\",:0-9eE.+\\-ntrufalsx\\\\ \\u{0}é]{0,24}") {
        scoped(|| {
            let text = text.trim_end_matches('\0').as_bytes();
            let here = parse(text, Dialect::Json).map(value);
            assert_eq!(here, writ_value::json::parse(text).ok());
        });
    }

    #[test]
    fn any_bytes_do_no_harm(text in prop::collection::vec(any::<u8>(), 0..64)) {
        scoped(|| {
            let here = parse(&text, Dialect::Value);
            if let Some(w) = here {
                json_text(w);
                rego_text(w);
            }
        });
    }

    #[test]
    fn upsert_changes_a_copy(base in values(), path in prop::collection::vec("[abc]", 0..4), v in scalars()) {
        scoped(|| {
            let keys = guest::array(0);
            for step in &path {
                guest::push(keys, guest::string(step.as_bytes()));
            }
            let before = word(&base);
            let after = merge::upsert(before, keys, word(&v));
            assert_eq!(value(before), base);
            let found = path.iter().fold(after, |w, step| lookup::dot(w, guest::string(step.as_bytes())));
            assert_eq!(value(found), v);
        });
    }

    #[test]
    fn path_insertion_builds_a_tree(inserts in prop::collection::vec((prop::collection::vec("[ab]", 1..4), 0i64..2), 0..12)) {
        scoped(|| {
            let object = table::object(0);
            // The model: leaves by path; a path conflicts with another leaf, with a longer and with a shorter one.
            let mut leaves: BTreeMap<Vec<String>, i64> = BTreeMap::new();
            for (path, v) in &inserts {
                let keys = guest::array(0);
                path.iter().for_each(|step| guest::push(keys, guest::string(step.as_bytes())));
                let fits = merge::insert_path(object, keys, guest::int(*v), merge::Leaf::Value);
                let related = |other: &Vec<String>| other.starts_with(path) || path.starts_with(other);
                let free = leaves.iter().all(|(other, old)| !related(other) || (other == path && old == v));
                assert_eq!(fits, free);
                if fits {
                    leaves.insert(path.clone(), *v);
                }
            }
            for (path, v) in &leaves {
                let found = path.iter().fold(object, |w, step| lookup::dot(w, guest::string(step.as_bytes())));
                assert_eq!(found.as_int(), Some(*v));
            }
        });
    }

    #[test]
    fn sorting_is_that_of_the_host(mut list in prop::collection::vec(values(), 0..40)) {
        scoped(|| {
            let sorted = writ_guest::call("bi_sort", &[word(&Value::from(list.clone()))]).expect("an array");
            list.sort();
            assert_eq!(value(sorted), Value::from(list.clone()));
        });
    }

    #[test]
    fn search_finds_the_first_occurrence(s in "[ab]{0,300}", part in "[ab]{0,20}") {
        scoped(|| {
            let found = writ_guest::call("bi_contains", &[guest::string(s.as_bytes()), guest::string(part.as_bytes())]);
            assert_eq!(found, Some(Word::bool(s.contains(&part))));
            if !part.is_empty() {
                let args = [guest::string(s.as_bytes()), guest::string(part.as_bytes())];
                let at = writ_guest::call("bi_indexof", &args).and_then(Word::as_int);
                assert_eq!(at, Some(s.find(&part).map_or(-1, |at| at as i64)));
                let count = writ_guest::call("bi_strings.count", &args).and_then(Word::as_int);
                assert_eq!(count, Some(s.matches(&part).count() as i64));
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Many strings and affixes are searched another way than few; both agree with the definition.
    #[test]
    fn affixes_of_many_strings(
        strings in proptest::collection::vec("[ab]{0,6}", 60..120),
        affixes in proptest::collection::vec("[ab]{3,9}", 60..120),
    ) {
        let both = |name: &str, fits: fn(&str, &str) -> bool| scoped(|| {
            let list = |items: &[String]| word(&items.iter().map(|s| Value::from(s.as_str())).collect());
            let got = writ_guest::call(name, &[list(&strings), list(&affixes)]);
            let wanted = affixes.iter().any(|a| strings.iter().any(|s| fits(s, a)));
            assert_eq!(got, Some(Word::bool(wanted)));
        });
        both("bi_strings.any_prefix_match", |s, a| s.starts_with(a));
        both("bi_strings.any_suffix_match", |s, a| s.ends_with(a));
    }

    /// Long cut sets are looked up another way than short ones; both agree with the definition.
    #[test]
    fn long_cut_sets(text in "[a-zé]{0,40}", cutset in "[a-fé]{20,80}") {
        scoped(|| {
            let args = [word(&Value::from(text.as_str())), word(&Value::from(cutset.as_str()))];
            let got = writ_guest::call("bi_trim", &args).map(value);
            assert_eq!(got, Some(Value::from(text.trim_matches(|c| cutset.contains(c)))));
        });
    }
}
