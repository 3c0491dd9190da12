//! Hostile texts: each is refused with a place, at once, on a small stack.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::time::{Duration, Instant};

use writ_compiler::diag::Code;
use writ_compiler::source::FileId;
use writ_compiler::syntax::ast_util::{Visitor, walk_rule, walk_term};
use writ_compiler::syntax::{
    ParseOptions, RegoVersion, ast, format, limits, parse_module, parse_module_bytes, parse_query, parse_term,
};

const FILE: FileId = FileId(0);
/// The smallest stack that parsing must be content with, also in debug builds.
const STACK_BYTES: usize = 2 << 20;
/// Generous for a debug build on a busy machine; a quadratic parser would need minutes.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Runs `f` on a small stack and says how long it took.
fn on_small_stack<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> (T, Duration) {
    let start = Instant::now();
    let result = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(f).unwrap().join().unwrap();
    (result, start.elapsed())
}

fn options(version: RegoVersion) -> ParseOptions {
    ParseOptions::new(version)
}

/// Texts that nest `n` deep in one way each.
fn nests(n: usize) -> Vec<(&'static str, String)> {
    let wrap = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    let rule = |value: String| format!("package p\nx := {value}\n");
    let body = |body: String| format!("package p\nx if {{\n{body}\n}}\n");
    vec![
        ("arrays", rule(wrap("[", "", "]"))),
        ("sets", rule(wrap("{", "1", "}"))),
        ("objects", rule(wrap("{1: ", "1", "}"))),
        ("parentheses", rule(wrap("(", "1", ")"))),
        ("calls", rule(wrap("f(", "1", ")"))),
        ("brackets of references", rule(wrap("a[", "1", "]"))),
        ("chained calls", rule(format!("a{}", "(1).b".repeat(n)))),
        ("array comprehensions", rule(wrap("[1 | x := ", "1", "]"))),
        ("set comprehensions", rule(wrap("{1 | x := ", "1", "}"))),
        ("object comprehensions", rule(wrap("{1: 1 | x := ", "1", "}"))),
        ("heads of comprehensions", rule(wrap("[", "1", " | true]"))),
        ("every", body(wrap("every x in xs { ", "x", " }"))),
        ("negated bodies", body(wrap("not { ", "x", " }"))),
        ("braces before and", body(wrap("{ ", "x", " } and y"))),
        ("groups", body(format!("{}x{}", "(y or ".repeat(n), ")".repeat(n)))),
        ("parentheses at a statement", body(wrap("(", "x", ")"))),
        ("braces at a statement", body(wrap("{", "x", "}"))),
        ("not in groups", body(wrap("(not ", "x", ")"))),
        ("templates", rule(format!("{}1{}", "$\"{".repeat(n), "}\"".repeat(n)))),
        ("sums", rule(format!("1{}", " + 1".repeat(n)))),
        ("membership", body(format!("x{}", " in x".repeat(n)))),
        ("disjunctions", body(format!("x{}", " or x".repeat(n)))),
        (
            "sums in parentheses",
            rule(format!("{}1{}", "(".repeat(n / 100), " + 1".repeat(100).add_close().repeat(n / 100))),
        ),
        ("unclosed arrays", rule("[".repeat(n))),
        ("unclosed braces", body("{".repeat(n))),
        ("unclosed parentheses", body("(".repeat(n))),
        ("unclosed comprehensions", rule("{x | {x: y | ".repeat(n))),
        ("minus", rule("- ".repeat(n) + "1")),
    ]
}

trait AddClose {
    fn add_close(self) -> String;
}

impl AddClose for String {
    fn add_close(self) -> String {
        self + ")"
    }
}

#[test]
fn deep_nesting_is_refused_at_once() {
    for version in [RegoVersion::V0, RegoVersion::V1, RegoVersion::V2] {
        for (name, text) in nests(100_000) {
            let ((module, errors), elapsed) = on_small_stack(move || parse_module(FILE, &text, &options(version)));
            assert!(module.is_none(), "{name}");
            assert!(!errors.is_empty() && errors.len() <= limits::MAX_ERRORS, "{name}: {} errors", errors.len());
            assert!(elapsed < AT_ONCE, "{name} took {elapsed:?}");
            let first = &errors[0];
            assert!(first.span.is_some(), "{name}");
            let is_limit = first.code == Code::Limit && first.message.starts_with("nesting is deeper");
            let is_syntax = first.code == Code::Parse;
            assert!(
                is_limit || (is_syntax && (version != RegoVersion::V2 || name == "minus")),
                "{version:?} {name}: {first:?}"
            );
        }
    }
}

#[test]
fn nesting_below_the_limit_parses_prints_and_drops_on_a_small_stack() {
    // Some forms take two or three levels of height per level of text.
    for (name, text) in nests(limits::MAX_NESTING as usize / 3) {
        if name.starts_with("unclosed") || name == "minus" {
            continue;
        }
        let ((), elapsed) = on_small_stack(move || {
            let (module, errors) = parse_module(FILE, &text, &options(RegoVersion::V2));
            let module = module.unwrap_or_else(|| panic!("{name}: {errors:?}"));
            let printed = format::module(&module);
            let (again, errors) = parse_module(FILE, &printed, &options(RegoVersion::V2));
            assert!(again.is_some(), "{name}: {errors:?}");
        });
        assert!(elapsed < AT_ONCE, "{name} took {elapsed:?}");
    }
}

#[test]
fn no_tree_is_higher_than_the_limit() {
    struct Height {
        now: u32,
        max: u32,
    }
    impl Visitor for Height {
        fn term(&mut self, term: &ast::Term) {
            self.now += 1;
            self.max = self.max.max(self.now);
            walk_term(self, term);
            self.now -= 1;
        }
    }
    let mut highest = 0;
    for n in (10..=limits::MAX_HEIGHT as usize).step_by(7) {
        for (name, text) in nests(n) {
            let (module, _) = parse_module(FILE, &text, &options(RegoVersion::V2));
            let Some(module) = module else { continue };
            let mut height = Height { now: 0, max: 0 };
            module.rules.iter().for_each(|rule| walk_rule(&mut height, rule));
            assert!(height.max <= limits::MAX_HEIGHT, "{name} {n}: {}", height.max);
            highest = highest.max(height.max);
        }
    }
    assert!(highest > limits::MAX_HEIGHT / 2, "the texts do not come near the limit: {highest}");
}

#[test]
fn going_back_does_not_multiply() {
    // Each level is first read as a comprehension, then as a list; or as a body, then as a term.
    let texts = [
        ("lists with a bar", format!("package p\nx := {}1{}", "[a | ".repeat(60), ", c]".repeat(60))),
        ("sets with a bar", format!("package p\nx := {}1{}", "{a | ".repeat(60), ", c}".repeat(60))),
        ("objects with a bar", format!("package p\nx := {}1{}", "{a: b | ".repeat(60), ", c: d}".repeat(60))),
        ("failing objects", format!("package p\nx := {}1 1{}", "{a: b | ".repeat(60), "}".repeat(60))),
        ("failing negations", format!("package p\nx if {{ {} ! {} }}", "not { {x | ".repeat(40), "} }".repeat(40))),
        ("failing groups", format!("package p\nx if {{ {} ! {} }}", "( {x | ".repeat(40), "} )".repeat(40))),
        ("braces in braces", format!("package p\nx if {{ {}x{} }}", "{ {x | ".repeat(40), "} }".repeat(40))),
        ("keys and values", format!("package p\nx if {{ {} }}", "(a, ".repeat(60))),
    ];
    for (name, text) in texts {
        for version in [RegoVersion::V1, RegoVersion::V2] {
            let start = Instant::now();
            let (_, errors) = parse_module(FILE, &text, &options(version));
            let elapsed = start.elapsed();
            assert!(elapsed < AT_ONCE, "{name} took {elapsed:?}");
            assert!(errors.iter().all(|e| e.span.is_some()), "{name}");
        }
    }
}

#[test]
fn a_text_that_is_too_large_is_refused_unread() {
    let text = "package p\n".to_owned() + &"x := 1\n".repeat(8_000_000);
    let start = Instant::now();
    let (module, errors) = parse_module_bytes(FILE, text.as_bytes(), &options(RegoVersion::V1));
    assert!(start.elapsed() < Duration::from_millis(100));
    assert!(module.is_none());
    assert_eq!(errors[0].code, Code::Limit);
    assert_eq!(errors[0].code.as_str(), "writ_limit_error");
    assert!(errors[0].message.contains("56000010 bytes"), "{}", errors[0].message);
}

#[test]
fn long_numbers_and_names_are_refused() {
    for (text, what) in [
        (format!("x == {}", "9".repeat(100_000)), "number is longer"),
        (format!("{} == 1", "x".repeat(100_000)), "name is longer"),
    ] {
        let (body, errors) = parse_query(FILE, &text, &options(RegoVersion::V1));
        assert!(body.is_none());
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].code, Code::Limit);
        assert!(errors[0].message.starts_with(what), "{}", errors[0].message);
    }
}

#[test]
fn many_errors_are_cut_off() {
    let text = "package p\n".to_owned() + &"x := ]\n".repeat(10_000);
    let (module, errors) = parse_module(FILE, &text, &options(RegoVersion::V1));
    assert!(module.is_none());
    assert_eq!(errors.len(), limits::MAX_ERRORS);
}

#[test]
fn bytes_that_are_not_text_are_refused_with_their_place() {
    for (bytes, message, at) in [
        (&b"package p\nx := \"\xff\""[..], "illegal utf-8 character", 16),
        (b"package p\nx := \"\0\"", "illegal null character", 16),
        (b"package p\n\xef\xbb\xbfx := 1", "illegal byte-order mark", 10),
    ] {
        let (module, errors) = parse_module_bytes(FILE, bytes, &options(RegoVersion::V1));
        assert!(module.is_none());
        assert_eq!(errors.len(), 1);
        assert_eq!((errors[0].code, errors[0].message.as_str()), (Code::Parse, message));
        assert_eq!(errors[0].span.unwrap().start, at);
    }
    let (module, errors) = parse_module_bytes(FILE, b"\xef\xbb\xbfpackage p\nx := 1\n", &options(RegoVersion::V1));
    assert!(module.is_some(), "{errors:?}");
}

#[test]
fn exponents_are_bounded_as_in_opa() {
    for (text, ok) in [
        ("1e30102", true),
        ("1e30103", false),
        ("1e-30102", true),
        ("1e-40000", false),
        ("0e99999999", true),
        ("1e99999999999999999999", false),
    ] {
        let (term, errors) = parse_term(FILE, text, &options(RegoVersion::V1));
        assert_eq!(term.is_some(), ok, "{text}: {errors:?}");
    }
}

#[test]
fn thirty_thousand_lines_parse_quickly() {
    let rule = "allow_NNN if {\n\tinput.user.role == \"admin\"\n\tsome x in input.items\n\tx.kind in {\"a\", \"b\"}\n\tcount([y | y := x.parts[_]; y > 3]) > 2\n}\n\nlimit_NNN := {\"a\": 1, \"b\": [1, 2, 3]}\n\n";
    let mut text = String::from("package p\n\n");
    for n in 0..3_334 {
        text.push_str(&rule.replace("NNN", &n.to_string()));
    }
    assert!(text.lines().count() >= 30_000);
    let start = Instant::now();
    let (module, errors) = parse_module(FILE, &text, &options(RegoVersion::V1));
    let elapsed = start.elapsed();
    println!("{} lines, {} bytes: {elapsed:?}", text.lines().count(), text.len());
    assert_eq!(module.map(|m| m.rules.len()), Some(6_668), "{errors:?}");
    // Release builds need about 20 ms; this bound also holds for debug builds on a busy machine.
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
}

#[test]
fn limits_are_documented() {
    use writ_compiler::{plan, rules};
    let text = include_str!("../../docs/limits.md");
    for (constant, limit) in [
        ("syntax::limits::MAX_SOURCE_BYTES", limits::MAX_SOURCE_BYTES),
        ("syntax::limits::MAX_NESTING", limits::MAX_NESTING as usize),
        ("syntax::limits::MAX_HEIGHT", limits::MAX_HEIGHT as usize),
        ("syntax::limits::MAX_NUMBER_BYTES", limits::MAX_NUMBER_BYTES),
        ("syntax::limits::MAX_IDENT_BYTES", limits::MAX_IDENT_BYTES),
        ("syntax::limits::TOKENS_PER_BYTE", limits::TOKENS_PER_BYTE),
        ("plan::MAX_FUNCS", plan::MAX_FUNCS),
        ("plan::MAX_STATEMENTS", plan::MAX_STATEMENTS),
        ("rules::limits::MAX_TEXT_BYTES", rules::limits::MAX_TEXT_BYTES),
        ("rules::limits::MAX_DEPTH", rules::limits::MAX_DEPTH),
        ("rules::limits::MAX_NODES", rules::limits::MAX_NODES),
        ("rules::limits::MAX_RULES", rules::limits::MAX_RULES),
        ("rules::limits::MAX_CONDITIONS", rules::limits::MAX_CONDITIONS),
    ] {
        assert!(text.contains(&format!("| {limit} | `{constant}` |")), "{constant} is {limit}");
    }
}
