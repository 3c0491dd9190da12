//! Bounds on hostile texts; results are checked against OPA in `tests/opa.rs`.

use super::schema::Schema;
use super::validate::validate;
use super::{query, sdl};

fn schema(text: &str) -> Schema {
    Schema::build(sdl::parse(text).expect("parses")).expect("valid")
}

#[test]
fn nesting_is_bounded() {
    for text in
        ["{a".repeat(10_000), format!("{{a(b:{}", "[".repeat(10_000)), format!("query($a:{}", "[".repeat(10_000))]
    {
        assert!(query::parse(&text).is_err());
    }
}

#[test]
fn queries_that_explode_end_quickly() {
    let schema = schema("type Query { a: Query }");
    let mut text = String::from("query { ...F0 }\n");
    for i in 0..200 {
        let j = i + 1;
        text.push_str(&format!("fragment F{i} on Query {{ a {{ ...F{j} }} x: a {{ ...F{j} }} a {{ ...F{j} }} }}\n"));
    }
    text.push_str("fragment F200 on Query { __typename }");
    // Whatever the verdict, it comes.
    validate(&schema, &query::parse(&text).expect("parses"));
    let deep = format!("{}{}", "{ a ".repeat(150), "}".repeat(150)).replace("{ }", "{ __typename }");
    let wide = format!("query {{ {} }}", deep.trim_start_matches('{').trim_end_matches('}').repeat(2));
    if let Ok(q) = query::parse(&wide) {
        validate(&schema, &q);
    }
}

#[test]
fn cycles_of_inputs_are_found_without_recursion() {
    let mut text = String::from("type Query { a: Int }\n");
    for i in 0..5000 {
        text.push_str(&format!("input I{i} {{ next: I{}! }}\n", i + 1));
    }
    text.push_str("input I5000 { next: I0! }");
    assert!(Schema::build(sdl::parse(&text).expect("parses")).is_err());
}
