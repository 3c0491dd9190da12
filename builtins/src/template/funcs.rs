//! The functions of templates.

use writ_value::Value;

use super::datum::{Content, Datum, format_all};
use super::escape;

/// A function by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    UrlQuery,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// Anything, as it is.
    Any,
    /// Anything; what is missing becomes nil.
    Interface,
    Text,
}

use Function as F;

impl Function {
    pub(super) fn named(name: &str) -> Option<Function> {
        Some(match name {
            "and" => F::And,
            "call" => F::Call,
            "eq" => F::Eq,
            "ge" => F::Ge,
            "gt" => F::Gt,
            "html" => F::Html,
            "index" => F::Index,
            "js" => F::Js,
            "le" => F::Le,
            "len" => F::Len,
            "lt" => F::Lt,
            "ne" => F::Ne,
            "not" => F::Not,
            "or" => F::Or,
            "print" => F::Print,
            "printf" => F::Printf,
            "println" => F::Println,
            "slice" => F::Slice,
            "urlquery" => F::UrlQuery,
            _ => return None,
        })
    }

    /// How many arguments it needs, and whether it takes more.
    pub(super) fn arity(self) -> (usize, bool) {
        match self {
            F::Len | F::Not => (1, false),
            F::Ge | F::Gt | F::Le | F::Lt | F::Ne => (2, false),
            F::And | F::Call | F::Eq | F::Index | F::Or | F::Printf | F::Slice => (1, true),
            F::Html | F::Js | F::Print | F::Println | F::UrlQuery => (0, true),
        }
    }

    pub(super) fn parameter(self, index: usize) -> Parameter {
        match self {
            F::Printf if index == 0 => Parameter::Text,
            F::Html | F::Js | F::Print | F::Printf | F::Println | F::UrlQuery => Parameter::Interface,
            _ => Parameter::Any,
        }
    }

    /// Calls it; `and` and `or` are not called, since they look at their arguments one by one.
    pub(super) fn call(self, args: &[Datum]) -> Result<Datum, String> {
        let truth = |b: Result<bool, String>| b.map(|b| Content::Bool(b).into());
        match self {
            F::Call => call(&args[0]),
            F::Index => index(&args[0], &args[1..]),
            F::Slice => slice(&args[0], &args[1..]),
            F::Len => length(&args[0]).map(|n| Content::Int(n).into()),
            F::Eq => truth(eq(&args[0], &args[1..])),
            F::Ne => truth(eq(&args[0], &args[1..]).map(|b| !b)),
            F::Lt => truth(lt(&args[0], &args[1])),
            F::Le => truth(le(&args[0], &args[1])),
            F::Gt => truth(le(&args[0], &args[1]).map(|b| !b)),
            F::Ge => truth(lt(&args[0], &args[1]).map(|b| !b)),
            F::And | F::Or | F::Not => truth(Ok(!args[0].is_true())),
            F::Print => sprint(args).map(Datum::from),
            F::Println => sprintln(args).map(Datum::from),
            F::Printf => {
                let format = args[0].string().map(|s| s.as_bytes().to_vec()).unwrap_or_default();
                let rest: Vec<_> = args[1..].iter().map(Datum::arg).collect();
                format_all(&format, &rest).map(Datum::from)
            }
            F::Html => escaped(args, escape::html),
            F::Js => escaped(args, escape::js),
            F::UrlQuery => escaped(args, |b| crate::url::escape(b, crate::url::Part::Query).into_bytes()),
        }
    }
}

/// Longest text that a function makes, in bytes.
const MAX_TEXT: usize = 4 << 20;

fn checked(text: Vec<u8>) -> Result<Vec<u8>, String> {
    if text.len() > MAX_TEXT { Err("result too large".to_owned()) } else { Ok(text) }
}

fn escaped(args: &[Datum], escape: impl Fn(&[u8]) -> Vec<u8>) -> Result<Datum, String> {
    // Unlike `print`, these print nil as missing.
    let shown = |d: &Datum| match d.content {
        Content::Nil => b"<no value>".to_vec(),
        _ => d.print(),
    };
    let shown: Vec<Datum> = args
        .iter()
        .map(|d| if matches!(d.content, Content::Nil | Content::Missing) { shown(d).into() } else { d.clone() })
        .collect();
    checked(escape(&sprint(&shown)?)).map(Datum::from)
}

/// With spaces between arguments of which neither is a text.
fn sprint(args: &[Datum]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for (i, d) in args.iter().enumerate() {
        if i > 0 && d.text().is_none() && args[i - 1].text().is_none() {
            out.push(b' ');
        }
        out.extend_from_slice(&format_all(b"%v", &[d.arg()])?);
        out = checked(out)?;
    }
    Ok(out)
}

/// With spaces between all arguments and a line break.
fn sprintln(args: &[Datum]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for (i, d) in args.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(&format_all(b"%v", &[d.arg()])?);
        out = checked(out)?;
    }
    out.push(b'\n');
    Ok(out)
}

fn call(function: &Datum) -> Result<Datum, String> {
    let of = function.clone().taken();
    match of.content {
        Content::Missing => Err("call of nil".to_owned()),
        _ => Err(format!("non-function {{name}} of type {}", of.type_name())),
    }
}

/// An index up to and including the length.
fn position(index: &Datum, length: usize) -> Result<usize, String> {
    let i = match index.content {
        Content::Int(i) => i,
        Content::Byte(b) => i64::from(b),
        Content::Missing => return Err("cannot index slice/array with nil".to_owned()),
        _ => return Err(format!("cannot index slice/array with type {}", index.type_name())),
    };
    usize::try_from(i).ok().filter(|&i| i <= length).ok_or_else(|| format!("index out of range: {i}"))
}

fn index(item: &Datum, indexes: &[Datum]) -> Result<Datum, String> {
    let mut item = item.clone();
    if matches!(item.clone().taken().content, Content::Missing) {
        return Err("index of untyped nil".to_owned());
    }
    for i in indexes {
        let i = i.clone().taken();
        item = match &item.content {
            Content::Missing | Content::Nil => return Err("index of nil pointer".to_owned()),
            Content::Json(Value::Array(a)) => {
                let at = position(&i, a.len())?;
                Datum::element(a.get(at).ok_or("reflect: slice index out of range")?)
            }
            Content::Json(Value::Object(o)) => {
                let key = match (&i.content, i.string()) {
                    (_, Some(s)) => s.clone(),
                    (Content::Missing, _) => return Err("value is nil; should be of type string".to_owned()),
                    _ => return Err(format!("value has type {}; should be string", i.type_name())),
                };
                Datum::element(o.get(&Value::String(key)).unwrap_or(&Value::Null))
            }
            Content::Json(_) => {
                let text = item.text().unwrap_or_default();
                let at = position(&i, text.len())?;
                Content::Byte(*text.get(at).ok_or("reflect: string index out of range")?).into()
            }
            _ => return Err(format!("can't index item of type {}", item.clone().taken().type_name())),
        };
    }
    Ok(item)
}

fn slice(item: &Datum, indexes: &[Datum]) -> Result<Datum, String> {
    let item = item.clone().taken();
    let length = match &item.content {
        Content::Missing => return Err("slice of untyped nil".to_owned()),
        Content::Json(Value::Array(a)) => a.len(),
        Content::Json(Value::String(_) | Value::Number(_)) => item.text().unwrap_or_default().len(),
        _ if indexes.len() > 3 => return Err(format!("too many slice indexes: {}", indexes.len())),
        _ => return Err(format!("can't slice item of type {}", item.type_name())),
    };
    let is_text = item.text().is_some();
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    if is_text && indexes.len() == 3 {
        return Err("cannot 3-index slice a string".to_owned());
    }
    let mut at = [0, length, length];
    for (i, index) in indexes.iter().enumerate() {
        at[i] = position(index, length)?;
    }
    for (a, b) in [(at[0], at[1]), (at[1], at[2])] {
        if a > b {
            return Err(format!("invalid slice index: {a} > {b}"));
        }
    }
    match &item.content {
        Content::Json(Value::Array(a)) => Ok(Content::Json(Value::from(a[at[0]..at[1]].to_vec())).into()),
        _ => Ok(item.text().unwrap_or_default()[at[0]..at[1]].to_vec().into()),
    }
}

fn length(item: &Datum) -> Result<i64, String> {
    let n = match &item.content {
        Content::Missing => return Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        Content::Nil => return Err("len of nil pointer".to_owned()),
        Content::Json(Value::Array(a)) => a.len(),
        Content::Json(Value::Object(o)) => o.len(),
        Content::Json(_) => item.text().unwrap_or_default().len(),
        _ => return Err(format!("len of type {}", item.clone().taken().type_name())),
    };
    Ok(i64::try_from(n).unwrap_or(i64::MAX))
}

/// The kinds that can be compared.
#[derive(PartialEq, Eq)]
enum Basic {
    None,
    Bool,
    Int,
    Uint,
    Float,
    Text,
}

fn basic(d: &Datum) -> Basic {
    match &d.content {
        Content::Missing | Content::Nil => Basic::None,
        Content::Bool(_) => Basic::Bool,
        Content::Int(_) => Basic::Int,
        Content::Byte(_) => Basic::Uint,
        Content::Float(_) => Basic::Float,
        Content::Json(Value::String(_) | Value::Number(_)) => Basic::Text,
        Content::Json(_) => Basic::None,
    }
}

fn incompatible(a: &Datum, b: &Datum) -> String {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name())
}

/// Equal to any of the others.
fn eq(a: &Datum, others: &[Datum]) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    let a = a.clone().taken();
    for b in others {
        if equal(&a, &b.clone().taken())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Datum, b: &Datum) -> Result<bool, String> {
    match (&a.content, &b.content) {
        (Content::Missing, Content::Missing) => Ok(true),
        (Content::Missing, _) | (_, Content::Missing) => Ok(false),
        (Content::Bool(a), Content::Bool(b)) => Ok(a == b),
        (Content::Float(a), Content::Float(b)) => Ok(a == b),
        (Content::Int(_) | Content::Byte(_), Content::Int(_) | Content::Byte(_)) => Ok(integer(a) == integer(b)),
        _ if basic(a) != basic(b) => Err(incompatible(a, b)),
        _ => match (a.text(), b.text()) {
            (Some(a), Some(b)) => Ok(a == b),
            _ if a.type_name() != b.type_name() => {
                let y = String::from_utf8_lossy(&b.print()).into_owned();
                Err(format!("non-comparable types {}: {}, {}: {y}", as_text(a), a.type_name(), b.type_name()))
            }
            _ => Err(format!("non-comparable type {}: {}", as_text(b), b.type_name())),
        },
    }
}

/// As Go's verb `%s` writes it.
fn as_text(d: &Datum) -> String {
    format_all(b"%s", &[d.arg()]).map_or_else(|e| e, |text| String::from_utf8_lossy(&text).into_owned())
}

fn integer(d: &Datum) -> Option<i64> {
    match d.content {
        Content::Int(i) => Some(i),
        Content::Byte(b) => Some(i64::from(b)),
        _ => None,
    }
}

fn lt(a: &Datum, b: &Datum) -> Result<bool, String> {
    let (a, b) = (a.clone().taken(), b.clone().taken());
    let invalid = || Err("invalid type for comparison".to_owned());
    if basic(&a) == Basic::None || basic(&b) == Basic::None {
        return invalid();
    }
    if let (Some(a), Some(b)) = (integer(&a), integer(&b)) {
        return Ok(a < b);
    }
    if basic(&a) != basic(&b) {
        return Err(incompatible(&a, &b));
    }
    match (&a.content, &b.content) {
        (Content::Float(a), Content::Float(b)) => Ok(a < b),
        _ => match (a.text(), b.text()) {
            (Some(a), Some(b)) => Ok(a < b),
            _ => invalid(),
        },
    }
}

fn le(a: &Datum, b: &Datum) -> Result<bool, String> {
    Ok(lt(a, b)? || eq(a, std::slice::from_ref(b))?)
}
