//! The syntax tree in the JSON form of OPA's, as `rego.parse_module` and `opa parse --format json` give it.
//!
//! ```text
//!   ast::Module ──module──▶ {"package", "imports", "rules", "comments"}
//!                 rules: mod.rs   statements and terms: term.rs   order of sets and keys: order.rs
//! ```
//!
//! Terms are `{"type", "value"}`; sets and objects come sorted, since OPA's tree holds them as collections.

mod order;
mod term;

use writ_value::{Object, Value};

use self::term::{body, reference, term, var};
use super::ast::{Else, Head, HeadKind, Import, Module, Name, Rule, Term, TermKind};
use super::{ParseOptions, RegoVersion, parse_module};
use crate::diag::text;
use crate::source::{SourceMap, Span};

/// Reads a module of Rego v1 into the JSON form of OPA's syntax tree.
///
/// # Errors
/// OPA's text about the first syntax error.
pub fn parse_module_json(filename: &str, source: &str) -> Result<Value, String> {
    let mut sources = SourceMap::new();
    let file = sources.add(filename, source);
    let (module, diagnostics) = parse_module(file, source, &ParseOptions::new(RegoVersion::V1));
    let Some(module) = module else {
        let errors: Vec<_> = diagnostics.into_iter().filter(|d| d.is_error()).take(1).collect();
        return Err(match errors.as_slice() {
            // OPA raises this one without a list around it, and with a row that there is not.
            [e] if e.message == "empty module" => {
                let place = if filename.is_empty() { "0:0".to_owned() } else { format!("{filename}:0") };
                format!("{place}: {}: {}", e.code, e.message)
            }
            all => text::report(&sources, all),
        });
    };
    let json = module_json(&module, &sources);
    if json.is_within_depth(writ_value::MAX_DEPTH) { Ok(json) } else { Err("module nests too deep".to_owned()) }
}

/// The tree of a module. Cost: linear, but for sorting sets and objects.
pub fn module_json(module: &Module, sources: &SourceMap) -> Value {
    let mut fields = Fields::new();
    fields.put("package", Value::object([("path", path("data", &module.package.path))]));
    fields.put_list("imports", module.imports.iter().map(import).collect());
    fields.put_list("rules", module.rules.iter().map(rule).collect());
    fields.put_list("comments", module.comments.iter().map(|c| comment(*c, sources)).collect());
    fields.done()
}

/// An object under construction; fields that are empty in OPA's tree are left out.
struct Fields(Object);

impl Fields {
    fn new() -> Self {
        Fields(Object::new())
    }

    fn put(&mut self, key: &str, value: Value) {
        self.0.insert(Value::from(key), value);
    }

    fn put_true(&mut self, key: &str, on: bool) {
        if on {
            self.put(key, Value::Bool(true));
        }
    }

    fn put_list(&mut self, key: &str, list: Vec<Value>) {
        if !list.is_empty() {
            self.put(key, Value::from(list));
        }
    }

    fn done(self) -> Value {
        Value::from(self.0)
    }
}

fn typed(kind: &str, value: Value) -> Value {
    Value::object([("type", Value::from(kind)), ("value", value)])
}

fn string(text: &str) -> Value {
    typed("string", Value::from(text))
}

/// The terms of a path below a root.
fn path(root: &str, names: &[Name]) -> Value {
    std::iter::once(var(root)).chain(names.iter().map(|n| string(&n.text))).collect()
}

fn import(import: &Import) -> Value {
    let mut fields = Fields::new();
    let rest = import.path.get(1..).unwrap_or_default();
    fields.put("path", typed("ref", path(import.root(), rest)));
    if let Some(alias) = &import.alias {
        fields.put("alias", Value::from(&*alias.text));
    }
    fields.done()
}

fn comment(span: Span, sources: &SourceMap) -> Value {
    let position = sources.position(span);
    let text = sources.text(span);
    let location = Value::object([
        ("file", Value::from(sources.name(span))),
        ("row", Value::from(i64::from(position.row))),
        ("col", Value::from(i64::from(position.col))),
    ]);
    let text = base64(text.strip_prefix('#').unwrap_or(text).as_bytes());
    Value::object([("Text", Value::from(text.as_str())), ("Location", location)])
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |n, &b| n << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

fn rule(rule: &Rule) -> Value {
    let head = head_fields(rule);
    let mut fields = Fields::new();
    fields.put_true("default", rule.default);
    fields.put("head", Value::from(head.clone()));
    fields.put("body", body(&rule.body));
    if let Some((first, rest)) = rule.elses.split_first() {
        fields.put("else", else_rule(&rule.head, &head, first, rest));
    }
    fields.done()
}

/// A part behind `else` is a rule of its own, with the head's name and arguments.
fn else_rule(head: &Head, first_head: &Object, part: &Else, rest: &[Else]) -> Value {
    let mut copy = Fields(first_head.clone());
    if let Some(value) = &part.value {
        copy.0.remove(&Value::from("assign"));
        copy.put_true("assign", part.assign);
        copy.put("value", term(value));
    } else {
        copy.put("value", typed("boolean", Value::Bool(true)));
    }
    let mut fresh = part.wildcards.iter();
    let argument = |arg: &Term| match &arg.kind {
        TermKind::Var(v) if v.wildcard => var(fresh.next().unwrap_or(&v.name)),
        _ => term(arg),
    };
    copy.put_list("args", head.args.iter().flatten().map(argument).collect());
    let mut fields = Fields::new();
    fields.put("head", copy.done());
    fields.put("body", body(&part.body));
    if let Some((next, rest)) = rest.split_first() {
        fields.put("else", else_rule(head, first_head, next, rest));
    }
    fields.done()
}

fn head_fields(rule: &Rule) -> Object {
    let head = &rule.head;
    let mut fields = Fields::new();
    let (n_terms, is_function) = (1 + head.reference.path.len(), head.args.is_some());
    let second = head.reference.path.first().map(|arg| &arg.term).filter(|_| n_terms == 2);
    let is_set = head.kind == HeadKind::Set;
    // OPA keeps older names for heads of two terms: a name, and the second term as a key.
    let is_pair = second.is_some() && !is_set && !rule.default && !is_function;
    let named = n_terms == 1 || (is_pair && (!head.has_if || head.value.is_some())) || named_function(rule, n_terms);
    if named {
        fields.put("name", Value::from(head.reference.head_name().unwrap_or_default()));
    }
    let key = match second {
        Some(key) if is_pair && (!head.has_if || !key.is_ground() || matches!(key.kind, TermKind::Ref(_))) => Some(key),
        _ => head.key.as_ref(),
    };
    if let Some(key) = key {
        fields.put("key", term(key));
    }
    fields.put("ref", reference(&head.reference));
    fields.put_list("args", head.args.iter().flatten().map(term).collect());
    fields.put_true("assign", head.assign);
    match &head.value {
        Some(value) => fields.put("value", term(value)),
        None if is_set => {}
        None => fields.put("value", typed("boolean", Value::Bool(true))),
    }
    fields.0
}

/// A function `a.f` with value and body, too.
fn named_function(rule: &Rule, n_terms: usize) -> bool {
    n_terms == 2 && rule.head.args.is_some() && rule.head.has_if && rule.head.value.is_some()
}
