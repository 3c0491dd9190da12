//! Arguments made to cost as much time and memory as possible.

use writ_value::{Number, Object, Value};

use crate::case::{Case, base64};

fn s(text: &str) -> Value {
    Value::from(text)
}

fn n(text: &str) -> Value {
    Value::Number(Number::parse(text).expect("a number"))
}

fn list(items: Vec<Value>) -> Value {
    Value::from(items)
}

/// Arrays within each other, as text.
fn deep_text(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

fn deep(depth: usize) -> Value {
    (0..depth).fold(list(Vec::new()), |v, _| list(vec![v]))
}

fn yaml_bomb() -> String {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for i in 1..40 {
        let refs = vec![format!("*a{}", i - 1); 9].join(",");
        text += &format!("a{i}: &a{i} [{refs}]\n");
    }
    text
}

fn graphql_nesting(depth: usize) -> String {
    "{a".repeat(depth) + &"}".repeat(depth)
}

/// Fragments of which each spreads the next one twice.
fn graphql_fragments(count: usize) -> String {
    let mut text = String::from("{ ...f0 }");
    for i in 0..count {
        text += &format!(" fragment f{i} on Query {{ ...f{0} a {{ ...f{0} }} }}", i + 1);
    }
    text + &format!(" fragment f{count} on Query {{ b }}")
}

fn huge_rsa_key() -> String {
    let modulus = "v".repeat(200_000);
    format!("{{\"kty\":\"RSA\",\"n\":\"{modulus}\",\"e\":\"AQAB\"}}")
}

/// The largest modulus that is used at all, with the largest exponent.
fn largest_rsa_key() -> String {
    format!("{{\"kty\":\"RSA\",\"n\":\"{}8\",\"e\":\"f_________8\"}}", "_".repeat(16_384 / 6))
}

/// A private key of 8,192 bits, made for this test.
const RSA_8192: &str = include_str!("rsa8192.jwk");

fn json(text: &str) -> Value {
    writ_value::json::parse(text.as_bytes()).expect("JSON")
}

fn token(header: &str, payload: &str) -> String {
    let part = |t: &str| base64(t.as_bytes()).trim_end_matches('=').replace('+', "-").replace('/', "_");
    format!("{}.{}.{}", part(header), part(payload), "A".repeat(342))
}

fn recursive_schema() -> Value {
    let reference = |to: &str| Value::object([("$ref", s(to))]);
    Value::object([
        (
            "definitions",
            Value::object([("a", Value::object([("allOf", list(vec![reference("#/definitions/a"); 20]))]))]),
        ),
        ("$ref", s("#/definitions/a")),
    ])
}

/// Each level of a document is checked twice against the same schema.
fn nesting_schema() -> Value {
    let again = Value::object([("$ref", s("#"))]);
    Value::object([
        ("items", again.clone()),
        ("additionalItems", again.clone()),
        ("allOf", list(vec![Value::object([("items", again)])])),
    ])
}

/// A chain of definitions of which each asks for the next one twice.
fn doubling_schema() -> Value {
    let mut definitions = Object::new();
    for i in 0..60 {
        let next = Value::object([("$ref", s(&format!("#/definitions/d{}", i + 1)))]);
        definitions.insert(s(&format!("d{i}")), Value::object([("allOf", list(vec![next.clone(), next]))]));
    }
    definitions.insert(s("d60"), Value::object([("type", s("number"))]));
    Value::object([("definitions", Value::from(definitions)), ("$ref", s("#/definitions/d0"))])
}

/// The calls: names and arguments. Nothing that a built-in may be given should cost more than 100 ms and 64 MiB.
#[must_use]
pub fn calls() -> Vec<Case> {
    arguments().into_iter().map(|(name, args)| Case { name: name.to_owned(), args }).collect()
}

fn arguments() -> Vec<(&'static str, Vec<Value>)> {
    let long = |c: &str, n: usize| s(&c.repeat(n));
    let pattern_text = long("a", 100_000);
    vec![
        // Patterns.
        ("regex.match", vec![s("(a+)+$"), s(&("a".repeat(50_000) + "b"))]),
        ("regex.match", vec![s("(a|a)*b"), pattern_text.clone()]),
        ("regex.match", vec![s("(.*)(.*)(.*)(.*)(.*)[1-9]"), pattern_text.clone()]),
        ("regex.match", vec![s("((a{1,100}){1,100}){1,100}"), s("a")]),
        ("regex.match", vec![s("(?i)\\pL{1000}\\pL{1000}"), s("a")]),
        ("regex.match", vec![s(&("(".repeat(100_000) + &")".repeat(100_000))), s("a")]),
        ("regex.match", vec![s(&"a{1000}".repeat(10_000)), s("a")]),
        ("regex.find_n", vec![s(""), pattern_text.clone(), n("-1")]),
        ("regex.find_all_string_submatch_n", vec![s("((((((((a))))))))"), long("a", 20_000), n("-1")]),
        ("regex.replace", vec![long("a", 5000), s("a"), long("b", 100_000)]),
        ("regex.replace", vec![s("x"), s("x"), long("$a", 50_000)]),
        ("regex.split", vec![s(""), pattern_text.clone()]),
        ("regex.globs_match", vec![long(".*", 400), long(".*a", 300)]),
        ("regex.template_match", vec![long("{a}", 30_000), s("a"), s("{"), s("}")]),
        ("glob.match", vec![long("*a", 500), list(vec![s(".")]), pattern_text.clone()]),
        ("glob.match", vec![long("{a,", 20_000), list(Vec::new()), s("a")]),
        ("glob.match", vec![long("**", 30_000), list(vec![s("a")]), pattern_text.clone()]),
        // Numbers.
        ("numbers.range", vec![n("1"), n("4000000000")]),
        ("numbers.range", vec![n("-9223372036854775808"), n("9223372036854775807")]),
        ("numbers.range", vec![n("1"), n("1e1000")]),
        ("numbers.range_step", vec![n("1"), n("40000000000"), n("2")]),
        ("bits.lsh", vec![n("1"), n("9223372036854775807")]),
        ("bits.lsh", vec![n("1"), n("1000000000")]),
        ("bits.rsh", vec![n("1"), n("9223372036854775807")]),
        ("plus", vec![n("1e30000"), n("1")]),
        ("plus", vec![n("1e30000"), n("1e-30000")]),
        ("minus", vec![n("1e30000"), n("1e-30000")]),
        ("mul", vec![n("1e30000"), n("1e30000")]),
        ("mul", vec![s_number(70_000), s_number(70_000)]),
        ("div", vec![n("1"), n("1e-30000")]),
        ("rem", vec![s_number(70_000), n("7")]),
        ("rem", vec![n("1e30000"), n("7")]),
        ("round", vec![n("1e30000")]),
        ("ceil", vec![n("1e-30000")]),
        ("format_int", vec![n("1e30000"), n("2")]),
        ("to_number", vec![s("1e999999999")]),
        ("to_number", vec![long("9", 1_000_000)]),
        ("product", vec![list(vec![s_number(3000); 200])]),
        ("sum", vec![list(vec![n("1e30000"); 100])]),
        ("gt", vec![n("1e30000"), n("1e-30000")]),
        ("units.parse", vec![s("1e1000000000Gi")]),
        ("units.parse_bytes", vec![s("1e1000000000Gi")]),
        // Texts.
        ("sprintf", vec![s("%999999999d"), list(vec![n("1")])]),
        ("sprintf", vec![s("%.999999999f"), list(vec![n("1.5")])]),
        ("sprintf", vec![s("%[1]*d"), list(vec![n("999999")])]),
        ("sprintf", vec![long("%1000000d", 1000), list(vec![n("1"); 1000])]),
        ("sprintf", vec![long("%[1]v", 50_000), list(vec![long("a", 10_000)])]),
        ("sprintf", vec![s("%f"), list(vec![n("1e30000")])]),
        ("replace", vec![long("a", 100_000), s("a"), long("b", 100_000)]),
        ("replace", vec![long("a", 100_000), s(""), long("b", 10_000)]),
        ("strings.replace_n", vec![Value::object([("a", long("b", 100_000))]), long("a", 100_000)]),
        ("concat", vec![long("a", 1_000_000), list(vec![s(""); 1000])]),
        ("split", vec![long("a", 300_000), s("")]),
        ("indexof_n", vec![long("a", 300_000), s("a")]),
        ("strings.count", vec![long("a", 300_000), long("a", 1000)]),
        ("indexof", vec![long("a", 300_000), s(&("a".repeat(100_000) + "b"))]),
        ("contains", vec![long("ab", 300_000), s(&("ab".repeat(100_000) + "b"))]),
        ("strings.any_prefix_match", vec![list(vec![long("a", 100); 2000]), list(vec![long("b", 100); 2000])]),
        ("trim", vec![long("a", 100_000), s(&(long_cutset() + "a"))]),
        ("upper", vec![long("ŉ", 300_000)]),
        ("strings.render_template", vec![s("{{range 9000000000}}x{{end}}"), Value::empty_object()]),
        (
            "strings.render_template",
            vec![s("{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}"), Value::empty_object()],
        ),
        (
            "strings.render_template",
            vec![s("{{printf \"%1000000d\" 1}}{{range 1000}}{{printf \"%1000000d\" 1}}{{end}}"), Value::empty_object()],
        ),
        (
            "strings.render_template",
            vec![s("{{$x := \"xxxxxxxx\"}}{{range 100}}{{$x = print $x $x}}{{end}}"), Value::empty_object()],
        ),
        ("strings.render_template", vec![long("{{if 1}}", 20_000), Value::empty_object()]),
        ("strings.render_template", vec![s(&("{{".to_owned() + &"(".repeat(100_000))), Value::empty_object()]),
        // Documents.
        ("json.unmarshal", vec![s(&deep_text(100_000))]),
        ("json.is_valid", vec![s(&deep_text(100_000))]),
        ("json.unmarshal", vec![s("1e1000000000")]),
        ("json.unmarshal", vec![long("9", 1_000_000)]),
        (
            "json.marshal_with_options",
            vec![deep(300), Value::object([("indent", long(" ", 10_000)), ("pretty", Value::Bool(true))])],
        ),
        ("json.patch", vec![Value::empty_object(), patch_that_doubles()]),
        ("json.filter", vec![deep(300), list(vec![long("0/", 10_000); 20])]),
        ("yaml.unmarshal", vec![s(&yaml_bomb())]),
        ("yaml.is_valid", vec![s(&yaml_bomb())]),
        ("yaml.unmarshal", vec![s(&deep_text(100_000))]),
        ("yaml.unmarshal", vec![long("- ", 100_000)]),
        ("yaml.unmarshal", vec![long("? ", 100_000)]),
        ("yaml.unmarshal", vec![long("{", 100_000)]),
        ("yaml.unmarshal", vec![s("a: &a [*a]")]),
        ("yaml.marshal", vec![deep(300)]),
        ("json.match_schema", vec![n("1"), recursive_schema()]),
        ("json.match_schema", vec![s("a"), doubling_schema()]),
        ("json.match_schema", vec![deep(300), nesting_schema()]),
        ("json.verify_schema", vec![Value::object([("$ref", s("http://127.0.0.1:1/x"))])]),
        ("json.verify_schema", vec![Value::object([("$ref", s("file:///etc/passwd"))])]),
        (
            "json.match_schema",
            vec![s(&"a".repeat(50_000)), Value::object([("pattern", s("^(a+)+$")), ("type", s("string"))])],
        ),
        ("json.match_schema", vec![s("x"), Value::object([("$schema", s("http://127.0.0.1:1/x"))])]),
        ("graphql.parse", vec![s(&graphql_nesting(50_000)), s("type Query { a: Query b: Int }")]),
        ("graphql.is_valid", vec![s(&graphql_fragments(100)), s("type Query { a: Query b: Int }")]),
        ("graphql.parse_query", vec![s(&graphql_nesting(50_000))]),
        ("graphql.parse_query", vec![s(&("{a(x:".to_owned() + &"[".repeat(100_000)))]),
        (
            "graphql.schema_is_valid",
            vec![s(&("type Query { a: ".to_owned() + &"[".repeat(50_000) + "Int" + &"]".repeat(50_000) + "}"))],
        ),
        ("rego.parse_module", vec![s("x.rego"), s(&("package x\np := ".to_owned() + &deep_text(100_000)))]),
        ("rego.parse_module", vec![s("x.rego"), s(&("package x\np := ".to_owned() + &"1 + ".repeat(50_000) + "1"))]),
        ("walk", vec![deep(300)]),
        ("graph.reachable_paths", vec![complete_graph(12), list(vec![s("0")])]),
        ("object.union_n", vec![list(vec![deep(300); 100])]),
        // Networks.
        ("net.cidr_expand", vec![s("0.0.0.0/0")]),
        ("net.cidr_expand", vec![s("::/0")]),
        ("net.cidr_merge", vec![list((0..3000).map(|i| s(&format!("10.{}.{}.0/25", i / 250, i % 250))).collect())]),
        ("uri.parse", vec![long("a", 1_000_000)]),
        ("urlquery.decode_object", vec![long("a=b&", 50_000)]),
        ("urlquery.decode", vec![long("%", 300_000)]),
        // Time.
        ("time.parse_ns", vec![long("2006", 50_000), long("2024", 50_000)]),
        ("time.format", vec![list(vec![n("0"), s("UTC"), long("January", 50_000)])]),
        ("time.parse_duration_ns", vec![long("1h", 100_000)]),
        ("time.add_date", vec![n("0"), n("9223372036854775807"), n("9223372036854775807"), n("9223372036854775807")]),
        ("time.format", vec![list(vec![n("0"), long("A/", 100_000)])]),
        // Keys, certificates and tokens.
        ("io.jwt.verify_rs256", vec![s(&token("{\"alg\":\"RS256\"}", "{}")), s(&huge_rsa_key())]),
        ("io.jwt.verify_ps512", vec![s(&token("{\"alg\":\"PS512\"}", "{}")), s(&huge_rsa_key())]),
        ("io.jwt.verify_rs256", vec![s(&token("{\"alg\":\"RS256\"}", "{}")), s(&largest_rsa_key())]),
        ("io.jwt.encode_sign", vec![Value::object([("alg", s("RS256"))]), Value::empty_object(), json(RSA_8192)]),
        ("io.jwt.encode_sign", vec![Value::object([("alg", s("PS512"))]), Value::empty_object(), json(RSA_8192)]),
        ("io.jwt.decode", vec![s(&token(&deep_text(50_000), "{}"))]),
        ("io.jwt.decode", vec![long(".", 300_000)]),
        ("io.jwt.verify_hs256", vec![s(&token("{\"alg\":\"HS256\"}", &"x".repeat(300_000))), s("k")]),
        ("io.jwt.verify_es256", vec![s(&token("{\"alg\":\"ES256\"}", "{}")), s(&many_keys(5000))]),
        (
            "io.jwt.encode_sign",
            vec![
                Value::object([("alg", s("HS256"))]),
                deep(300),
                Value::object([("kty", s("oct")), ("k", long("A", 300_000))]),
            ],
        ),
        ("crypto.x509.parse_certificates", vec![s(&base64(&nested_der(10_000)))]),
        ("crypto.x509.parse_certificates", vec![s(&("-----BEGIN CERTIFICATE-----\n".repeat(10_000)))]),
        ("crypto.x509.parse_rsa_private_key", vec![s(&base64(&[0x30; 100_000]))]),
        (
            "crypto.parse_private_keys",
            vec![s(&"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n".repeat(5000))],
        ),
        ("crypto.sha256", vec![long("a", 1_000_000)]),
        ("crypto.hmac.sha512", vec![long("a", 1_000_000), long("k", 1_000_000)]),
        ("base64.decode", vec![long("A", 1_000_000)]),
        ("hex.decode", vec![long("a", 1_000_000)]),
        ("semver.compare", vec![s(&("1.0.0-".to_owned() + &"a.".repeat(100_000) + "a")), s("1.0.0")]),
        ("providers.aws.sign_req", vec![aws_request(), aws_config(), n("0")]),
    ]
}

fn s_number(digits: usize) -> Value {
    n(&"7".repeat(digits))
}

fn long_cutset() -> String {
    (0x400..0x3000u32).filter_map(char::from_u32).collect()
}

fn patch_that_doubles() -> Value {
    let operation = |op: &str, from: &str, path: &str| {
        Value::object([("op", s(op)), ("from", s(from)), ("path", s(path)), ("value", list(Vec::new()))])
    };
    let mut patches = vec![operation("add", "", "/0")];
    for i in 0..60 {
        patches.push(operation("add", "", &format!("/{}", i + 1)));
        patches.push(operation("copy", &format!("/{i}"), &format!("/{}/-", i + 1)));
        patches.push(operation("copy", &format!("/{i}"), &format!("/{}/-", i + 1)));
    }
    list(patches)
}

fn complete_graph(size: usize) -> Value {
    let all: Value = (0..size).map(|i| s(&i.to_string())).collect();
    Value::object((0..size).map(|i| (i.to_string(), all.clone())).collect::<Vec<_>>())
}

fn nested_der(depth: usize) -> Vec<u8> {
    (0..depth).fold(Vec::new(), |inner, _| {
        let mut out = vec![0x30, 0x83];
        out.extend_from_slice(&(inner.len() as u32).to_be_bytes()[1..]);
        out.extend_from_slice(&inner);
        out
    })
}

fn many_keys(count: usize) -> String {
    let key = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"z8J91ghFy5o6f2xZ4g8LsLH7u2wEpT2ntj8loahnlsE\",\"y\":\"7bdeXLH61KrGWRdh7ilnbcGQACxykaPKfmBccTHIOUo\"}";
    format!("{{\"keys\":[{}]}}", vec![key; count].join(","))
}

fn aws_request() -> Value {
    Value::object([
        ("method", s("get")),
        ("url", s(&format!("http://a/{}", "b/../".repeat(20_000)))),
        ("body", deep(300)),
    ])
}

fn aws_config() -> Value {
    Value::object(["aws_access_key", "aws_region", "aws_secret_access_key", "aws_service"].map(|k| (k, s("x"))))
}
