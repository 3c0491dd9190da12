//! Places, and diagnostics as text and as JSON.

use writ_compiler::diag::{Code, Details, Diagnostic, json, render};
use writ_compiler::source::{Position, SourceMap, Span};
use writ_compiler::syntax::{ParseOptions, parse_module};

fn position(text: &str, offset: u32) -> (u32, u32) {
    let mut sources = SourceMap::new();
    let file = sources.add("t.rego", text);
    let Position { row, col } = sources.position(Span::new(file, offset, offset));
    (row, col)
}

#[test]
fn columns_count_characters_and_have_opas_zeros() {
    let text = "p := \"é\" + x\n\ty\n";
    assert_eq!(position(text, 0), (1, 1));
    assert_eq!(position(text, 12), (1, 12), "behind a character of two bytes");
    assert_eq!(position(text, 13), (2, 0), "a line break belongs to the next row");
    assert_eq!(position(text, 15), (2, 2), "a tab is one column");
    assert_eq!(position(text, 17), (3, 0), "the end of a text that ends with a line break");
    assert_eq!(position("ab", 2), (1, 2), "the end of a text without one");
    assert_eq!(position("", 0), (1, 0));
    assert_eq!(position(text, 1000), (3, 0), "a place outside is the end");
    assert_eq!(position("\u{feff}ab", 3), (1, 1), "a byte order mark has no column");
}

#[test]
fn a_parse_error_has_opas_json() {
    let mut sources = SourceMap::new();
    let text = "package a\n\np := 1 +\n";
    let file = sources.add("b.rego", text);
    let (_, errors) = parse_module(file, text, &ParseOptions::default());
    // The answer of `opa check -f json` to the same file.
    assert_eq!(
        json::report(&sources, &errors),
        r#"{"errors":[{"message":"unexpected eof token","code":"rego_parse_error","location":{"file":"b.rego","row":4,"col":0},"details":{"line":"p := 1 +","idx":7}}]}"#
    );
}

#[test]
fn json_escapes_and_marks_warnings() {
    let mut sources = SourceMap::new();
    let file = sources.add("a\"b.rego", "x");
    let warning = Diagnostic::warning(Code::Compile, Span::new(file, 0, 1), "tab\there").with_hint("none");
    assert_eq!(
        json::to_json(&sources, &warning),
        r#"{"message":"tab\there (hint: none)","code":"rego_compile_error","location":{"file":"a\"b.rego","row":1,"col":1},"severity":"warning"}"#
    );
    let bare =
        Diagnostic::error_without_place(Code::Type, "m").with_details(Details::Lines(vec!["have: x".to_owned()]));
    assert_eq!(
        json::to_json(&sources, &bare),
        r#"{"message":"m","code":"rego_type_error","details":{"lines":["have: x"]}}"#
    );
}

#[test]
fn text_shows_the_line_with_the_place_underlined() {
    let mut sources = SourceMap::new();
    let text = "package a\n\nallow if {\n\tüser == admin x\n}\n";
    let file = sources.add("a.rego", text);
    let at = text.find("admin").map_or(0, |n| n as u32);
    let error = Diagnostic::error(Code::UnsafeVar, Span::new(file, at, at + 5), "var admin is unsafe")
        .with_label(Span::new(file, 11, 16), "in this rule")
        .with_hint("quote it")
        .with_details(Details::Lines(vec!["have: nothing".to_owned()]));
    assert_eq!(
        render::render(&sources, &error),
        "a.rego:4:10: error: rego_unsafe_var_error: var admin is unsafe\n  \
         4 |  üser == admin x\n    |          ^^^^^\n    \
         = a.rego:3:1: in this rule\n  3 | allow if {\n    | -----\n    \
         | have: nothing\n    = hint: quote it\n"
    );
}

#[test]
fn an_error_at_the_end_is_shown_behind_the_last_character() {
    let mut sources = SourceMap::new();
    let text = "package a\n\np := 1 +\n\n";
    let file = sources.add("", text);
    let (_, errors) = parse_module(file, text, &ParseOptions::default());
    assert_eq!(
        render::render_all(&sources, &errors),
        "5:0: error: rego_parse_error: unexpected eof token\n  3 | p := 1 +\n    |         ^\n"
    );
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let mut sources = SourceMap::new();
    let text = format!("{}here{}", "a".repeat(5_000), "b".repeat(5_000));
    let file = sources.add("l.rego", text.as_str());
    let rendered = render::render(&sources, &Diagnostic::error(Code::Parse, Span::new(file, 5_000, 5_004), "m"));
    assert!(rendered.len() < 500 && rendered.contains("ahereb"), "{rendered}");
    let lines: Vec<&str> = rendered.lines().collect();
    let mark = lines.get(2).and_then(|l| l.find("^^^^"));
    assert_eq!(lines.get(1).and_then(|l| l.find("here")), mark);
}

#[test]
fn control_characters_of_the_source_do_not_reach_the_terminal() {
    let mut sources = SourceMap::new();
    let text = "package a\nx := \"\u{1b}[2J\\u00zz\"\n";
    let file = sources.add("c.rego", text);
    let (_, errors) = parse_module(file, text, &ParseOptions::default());
    assert!(errors.iter().any(|e| e.message.contains('\u{1b}')), "{errors:?}");
    assert!(!render::render_all(&sources, &errors).contains('\u{1b}'));
}
