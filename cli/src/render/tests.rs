//! Output against what `opa eval` 1.22 printed for the same results.

use writ_value::{Value, json};

use super::json::indent;
use super::result::{Expression, Format, Solution, render};

fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn solution(expressions: &[(&str, &str)], bindings: &[(&str, &str)]) -> Solution {
    let expression =
        |(text, v): &(&str, &str)| Expression { value: value(v), text: (*text).to_owned(), row: 1, col: 1 };
    Solution {
        expressions: expressions.iter().map(expression).collect(),
        bindings: bindings.iter().map(|(name, v)| ((*name).to_owned(), value(v))).collect(),
    }
}

#[test]
fn json_has_the_order_and_the_indentation_of_opa() {
    let solutions = [solution(&[("x := {}", "true"), ("\"<é>\"", "\"<é>\"")], &[("x", "{}"), ("y", "[1.50,[]]")])];
    let expected = r#"{
  "result": [
    {
      "expressions": [
        {
          "value": true,
          "text": "x := {}",
          "location": {
            "row": 1,
            "col": 1
          }
        },
        {
          "value": "\u003cé\u003e",
          "text": "\"\u003cé\u003e\"",
          "location": {
            "row": 1,
            "col": 1
          }
        }
      ],
      "bindings": {
        "x": {},
        "y": [
          1.50,
          []
        ]
      }
    }
  ]
}
"#;
    assert_eq!(render(&solutions, Format::Json), expected);
    assert_eq!(render(&[], Format::Json), "{}\n");
}

#[test]
fn the_other_formats_print_a_line_or_a_document_per_solution() {
    let solutions =
        [solution(&[("a", "true"), ("b", "\"x y\"")], &[]), solution(&[("a", "[1]"), ("b", "2")], &[("v", "1")])];
    assert_eq!(render(&solutions, Format::Raw), "true x y\n[1] 2\n");
    assert_eq!(render(&solutions, Format::Values), "[\n  true,\n  \"x y\"\n]\n[\n  [\n    1\n  ],\n  2\n]\n");
    assert_eq!(render(&solutions, Format::Bindings), "{}\n{\n  \"v\": 1\n}\n");
    assert_eq!(render(&solutions, Format::Discard), "{\n  \"result\": \"discarded\"\n}\n");
    for format in [Format::Raw, Format::Values, Format::Bindings] {
        assert_eq!(render(&[], format), "");
    }
    assert_eq!(render(&[], Format::Discard), "{}\n");
}

#[test]
fn pretty_prints_a_single_value_or_a_table() {
    assert_eq!(render(&[], Format::Pretty), "undefined\n");
    assert_eq!(render(&[solution(&[("x", "{\"a\":1}")], &[])], Format::Pretty), "{\n  \"a\": 1\n}\n");
    assert_eq!(render(&[solution(&[("a", "true"), ("b", "true")], &[])], Format::Pretty), "true\n");
    let rows = ["\"a\"", "\"b\""].map(|v| solution(&[("data.roles[i]", v), ("true", "true")], &[("i", "0")]));
    let table = "\
┌───────────────┬───┐
│ data.roles[i] │ i │
├───────────────┼───┤
│ \"a\"           │ 0 │
│ \"b\"           │ 0 │
└───────────────┴───┘
";
    assert_eq!(render(&rows, Format::Pretty), table);
}

#[test]
fn a_header_is_centred_and_widths_are_counted_in_columns() {
    let solutions = [solution(&[], &[("x", "\"日本👍🏽\""), ("y", "\"ab\"")])];
    let table = "\
┌────────────┬──────┐
│     x      │  y   │
├────────────┼──────┤
│ \"日本👍🏽\" │ \"ab\" │
└────────────┴──────┘
";
    assert_eq!(render(&solutions, Format::Pretty), table);
}

#[test]
fn strings_are_left_alone_by_the_indentation() {
    assert_eq!(indent(r#"{"a{,:\"[":"\\","b":{}}"#), "{\n  \"a{,:\\\"[\": \"\\\\\",\n  \"b\": {}\n}\n");
}
