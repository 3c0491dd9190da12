//! Differences that are meant. Each has its line in `docs/builtins-differences.md`, whose beginning is the reason here.

use writ_value::Value;

use crate::case::{Case, Outcome};
use crate::subject::{Side, sides};

/// The beginning of the line in the documentation that describes this difference, if it is a known one.
#[must_use]
pub fn reason(side: Side, case: &Case, theirs: &Outcome, ours: &Outcome) -> Option<&'static str> {
    if let Outcome::Crash(_) = ours {
        return None;
    }
    match theirs {
        Outcome::Crash(_) => return Some("Where OPA crashes"),
        Outcome::Slow => return Some("Where OPA takes more than seconds"),
        _ => {}
    }
    of_text(side, case, theirs, ours).or_else(|| of_name(case, theirs, ours))
}

/// Differences about texts, whatever the built-in.
fn of_text(side: Side, case: &Case, theirs: &Outcome, ours: &Outcome) -> Option<&'static str> {
    match (theirs, ours) {
        _ if side == Side::Host && case.args.iter().any(has_wrong_text) => Some("Texts that are not UTF-8"),
        (Outcome::Error(a, x), Outcome::Error(b, y)) if in_guest(side, &case.name) && a == b && x.contains('\0') => {
            x.starts_with(y.as_str()).then_some("Error texts of the guest end at a null character")
        }
        (Outcome::Value(v), _) if has_wrong_number(v) => Some("Numbers that `to_number` accepts but JSON does not"),
        _ => None,
    }
}

fn of_name(case: &Case, theirs: &Outcome, ours: &Outcome) -> Option<&'static str> {
    let text = |i: usize| case.args.get(i).and_then(Value::as_str).unwrap_or_default();
    let both_fail = matches!((theirs, ours), (Outcome::Error(..), Outcome::Error(..)));
    let name = case.name.as_str();
    match name {
        "strings.render_template" if text(0).contains('i') && has(ours, "illegal number syntax") => {
            Some("`strings.render_template`: complex constants")
        }
        "rego.parse_module" if is_first_of_several(theirs, ours) => Some("`rego.parse_module`: errors"),
        "rego.parse_module" if has(theirs, "illegal byte-order mark") && is_value(ours) => {
            Some("`rego.parse_module`: a byte order mark")
        }
        "rego.parse_module" if repeats_key(text(1)) => Some("`rego.parse_module`: entries of one key"),
        "rego.parse_module" if both_fail && has(ours, "rego_parse_error") => Some("`rego.parse_module`: errors"),
        "http.send" if both_fail_as(theirs, ours, "builtin") || names_no_place(theirs, ours) => {
            Some("`http.send` with `raise_error: false`")
        }
        "bits.rsh" | "bits.lsh" if beyond_word(case.args.get(1)) => Some("`bits.lsh` and `bits.rsh`"),
        "bits.lsh" if has(ours, "result too large") => Some("Numbers: texts up to"),
        "graph.reachable_paths" if matches!(theirs, Outcome::Value(_)) => Some("`graph.reachable_paths` cuts"),
        "graphql.parse" | "graphql.parse_schema" | "graphql.parse_query" | "graphql.parse_and_verify"
            if both_fail && has(theirs, "json: cannot unmarshal") =>
        {
            Some("`graphql.*` with a tree")
        }
        "internal.print" if !matches!(case.args.first(), Some(Value::Array(_))) => {
            Some("`internal.print`: its argument")
        }
        "internal.print" if both_fail_as(theirs, ours, "halt") => Some("`internal.print`: its argument"),
        "to_number" if text(0).contains('_') && has(ours, "invalid syntax") => {
            Some("Numbers that `to_number` accepts but JSON does not")
        }
        "json.patch" if both_fail_as(theirs, ours, "builtin") && [theirs, ours].into_iter().any(names_missing_node) => {
            Some("`json.patch`: removing")
        }
        "json.unmarshal" if has(ours, "after top-level value") => Some("`json.unmarshal`: the text"),
        "json.verify_schema" | "json.match_schema" if has_json(ours, "remote reference loading disabled") => {
            Some("`json.match_schema`, `json.verify_schema`: references")
        }
        _ if name.starts_with("re") && has(theirs, "invalid character class range") => {
            Some("Regular expressions: classes")
        }
        "regex.is_valid" if text(0).contains(")+") && text(0).contains("(?") && is(theirs, true) && is(ours, false) => {
            Some("Regular expressions: a repetition")
        }
        "regex.is_valid" if text(0).contains("\\p{") && is(theirs, false) && is(ours, true) => {
            Some("Regular expressions: classes")
        }
        "json.match_schema" if is_reordered(theirs, ours) => Some("`json.match_schema`: several"),
        _ if name.starts_with("time.") && is_value(theirs) && is_value(ours) && case.args.iter().any(has_new_zone) => {
            Some("Time zones come")
        }
        "regex.globs_match" if has(ours, "exceeds 1000 characters") => Some("Regular expressions: 64 KiB"),
        "time.add_date" if has(ours, "outside of valid range") => Some("`time.add_date`: beyond"),
        _ if name.starts_with("time.") && has(ours, "unknown time zone") => Some("Time zones come"),
        "uri.parse" if both_fail && has(ours, "ParseAddr") => Some("`uri.parse`: errors"),
        _ if name.starts_with("re") && has(ours, "repetition operator missing") => {
            Some("Regular expressions: a repetition")
        }
        "yaml.unmarshal" if both_fail_as(theirs, ours, "builtin") => Some("YAML: errors"),
        "yaml.unmarshal" | "yaml.is_valid" if is_odd_yaml(text(0)) => Some("YAML: texts that are not well-formed"),
        "yaml.marshal" if case.args.iter().any(has_old_break) => Some("`yaml.unmarshal`: a tab"),
        "yaml.marshal" if has(theirs, "did not find expected ',' or '}'") => Some("`yaml.marshal`: keys"),
        "io.jwt.encode_sign_raw" if has(ours, "type is JWT but payload") && text(0).matches("\"typ\"").count() > 1 => {
            Some("`io.jwt.*`: fields of keys")
        }
        _ if name.starts_with("io.jwt.") => of_tokens(theirs, ours),
        "internal.template_string" if both_fail_as(theirs, ours, "halt") => {
            Some("`internal.template_string`: of several")
        }
        "json.unmarshal" | "json.is_valid" if has(ours, "number too") => Some("Numbers: texts up to"),
        _ if name.starts_with("crypto.") && has(theirs, "private key") && matches!(ours, Outcome::Value(_)) => {
            Some("ASN.1:")
        }
        _ if name.starts_with("crypto.") && has(theirs, "asn1:") && matches!(ours, Outcome::Value(_)) => Some("ASN.1:"),
        _ if name.starts_with("crypto.") && both_fail && is_asn1(theirs) && is_asn1(ours) => Some("ASN.1:"),
        _ => None,
    }
}

fn of_tokens(theirs: &Outcome, ours: &Outcome) -> Option<&'static str> {
    match (theirs, ours) {
        (Outcome::Error(..), Outcome::Error(..)) if is_asn1(theirs) && has(ours, "failed to parse a PEM") => {
            Some("ASN.1:")
        }
        (Outcome::Error(..), Outcome::Error(..))
            if (has(theirs, "jwk.Parse") && has(ours, "jwk.Parse"))
                || has(theirs, "cannot parse")
                || has(theirs, "unexpected tail") =>
        {
            Some("`io.jwt.*`: errors in JSON")
        }
        (Outcome::Error(..), Outcome::Error(..))
            if has(theirs, "key validation failed") || has(theirs, "crypto/rsa:") =>
        {
            Some("`io.jwt.*`: errors in JSON")
        }
        _ if has(theirs, "failed to decode value for key") => Some("`io.jwt.*`: fields of keys"),
        _ if has(ours, "invalid key type from JSON ()") => Some("`io.jwt.*`: fields of keys"),
        (Outcome::Value(_), Outcome::Error(..)) if has(ours, "[]byte is required") => {
            Some("`io.jwt.encode_sign`: a key")
        }
        _ => None,
    }
}

fn both_fail_as(theirs: &Outcome, ours: &Outcome, class: &str) -> bool {
    [theirs, ours].iter().all(|o| matches!(o, Outcome::Error(kind, _) if kind == class))
}

fn names_missing_node(outcome: &Outcome) -> bool {
    ["does not exist", "deleted"].iter().any(|part| has(outcome, part))
}

/// Whether the guest's code answers, in the guest or natively for modules of other compilers.
fn in_guest(side: Side, name: &str) -> bool {
    side == Side::Guest || sides(name).contains(&Side::Guest)
}

fn is(outcome: &Outcome, wanted: bool) -> bool {
    matches!(outcome, Outcome::Value(Value::Bool(found)) if *found == wanted)
}

fn is_value(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Value(_))
}

/// The same reports in another order, among them several of additional properties.
fn is_reordered(theirs: &Outcome, ours: &Outcome) -> bool {
    let reports = |outcome: &Outcome| {
        let Outcome::Value(v) = outcome else { return None };
        let mut reports = v.as_array()?.get(1)?.as_array()?.to_vec();
        reports.sort();
        Some(reports)
    };
    let additional =
        |v: &Value| v.get("type").and_then(Value::as_str).is_some_and(|t| t == "additional_property_not_allowed");
    let theirs = reports(theirs);
    theirs == reports(ours) && theirs.is_some_and(|r| r.iter().filter(|v| additional(v)).count() > 1)
}

/// Zones that became links to places in version 2024b of the database.
fn has_new_zone(v: &Value) -> bool {
    const ZONES: &[&str] =
        &["EST", "MST", "HST", "CET", "EET", "MET", "WET", "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"];
    any(v, &|v| v.as_str().is_some_and(|zone| ZONES.contains(&zone)))
}

fn has(outcome: &Outcome, part: &str) -> bool {
    matches!(outcome, Outcome::Error(_, text) if text.contains(part))
}

fn has_json(outcome: &Outcome, part: &str) -> bool {
    outcome.to_string().contains(part)
}

fn is_asn1(outcome: &Outcome) -> bool {
    ["asn1:", "x509:"].iter().any(|part| has(outcome, part))
}

/// Whether ours names one syntax error, and theirs names it first among several.
fn is_first_of_several(theirs: &Outcome, ours: &Outcome) -> bool {
    let (Outcome::Error(_, theirs), Outcome::Error(_, ours)) = (theirs, ours) else { return false };
    let first = ours.strip_prefix("1 error occurred: ").unwrap_or(ours);
    theirs.split_once(" errors occurred:\n").is_some_and(|(_, all)| all.starts_with(first))
}

fn beyond_word(count: Option<&Value>) -> bool {
    count.and_then(Value::as_number).and_then(|n| n.to_f64()).is_none_or(|n| n >= 1.8e19)
}

fn has_wrong_text(v: &Value) -> bool {
    any(v, &|v| matches!(v, Value::String(s) if s.as_str().is_none()))
}

/// The oracle's mark for a number that is no JSON.
fn has_wrong_number(v: &Value) -> bool {
    any(v, &|v| v.get("$number").is_some())
}

fn any(v: &Value, is: &dyn Fn(&Value) -> bool) -> bool {
    is(v)
        || match v {
            Value::Array(a) => a.iter().any(|v| any(v, is)),
            Value::Set(s) => s.iter().any(|v| any(v, is)),
            Value::Object(o) => o.iter().any(|(k, v)| any(k, is) || any(v, is)),
            _ => false,
        }
}

/// Whether a text has what YAML 1.1 and 1.2 treat differently, or what is not well-formed: see the line in the documentation.
fn is_odd_yaml(text: &str) -> bool {
    let several = text.contains('\n');
    let before = |at: usize| text[..at].chars().next_back();
    // An explicit key, a name, a tag or a block text where a node may begin.
    let indicator = |(at, c): (usize, char)| {
        matches!(c, '?' | '&' | '*' | '!' | '|' | '>')
            && before(at).is_none_or(|c| matches!(c, ' ' | '\n' | '[' | '{' | ',' | ':' | '-'))
    };
    let is_flow = text.contains(['[', '{']);
    let bare_key = |(at, c): (usize, char)| is_flow && c != ' ' && matches!(before(at), Some(':' | '?'));
    let is_mark = |line: &str| line.starts_with('%') || line.starts_with("...");
    let is_open = |line: &str| ['\'', '"'].iter().any(|q| line.matches(*q).count() % 2 == 1);
    text.char_indices().any(indicator)
        || text.char_indices().any(bare_key)
        || text.contains("<<")
        || text.contains(|c: char| c < ' ' && c != '\n')
        || text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
        || text.lines().any(is_mark)
        || (several && text.lines().any(|line| is_open(line) || is_unclosed(line)))
}

/// A flow collection that goes on in the next line.
fn is_unclosed(line: &str) -> bool {
    let count = |c: &[char]| line.chars().filter(|found| c.contains(found)).count();
    count(&['[', '{']) != count(&[']', '}'])
}

/// Whether both are responses that tell of an error.
fn names_no_place(theirs: &Outcome, ours: &Outcome) -> bool {
    let is_error = |o: &Outcome| matches!(o, Outcome::Value(v) if v.get("error").is_some());
    is_error(theirs) && is_error(ours)
}

/// Line breaks of YAML 1.1 that are none in 1.2, and the byte order mark.
fn has_old_break(v: &Value) -> bool {
    any(v, &|v| v.as_str().is_some_and(|s| s.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])))
}

/// A module with an object literal in which a constant key stands twice.
fn repeats_key(module: &str) -> bool {
    module.split('{').skip(1).filter_map(|rest| rest.split_once('}')).any(|(inside, _)| {
        let mut keys: Vec<&str> = inside.split(',').filter_map(|e| Some(e.split_once(':')?.0.trim())).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        keys.len() < all
    })
}
