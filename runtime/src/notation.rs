//! The notation of `opa_value_dump` and `opa_value_parse`: JSON with sets (`{1, 2}`, `set()`) and keys of any type.

use writ_value::{Object, Value, json};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 2_000;

/// The value that `text` denotes.
///
/// # Errors
/// A message with the byte at which the text stops being one.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.space();
    if parser.at == text.len() { Ok(value) } else { Err(parser.wrong()) }
}

/// `value` in the notation. Strings are escaped as in JSON, unlike in Rego's own notation.
pub(crate) fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => list('[', items.iter(), ']', out),
        Value::Set(members) if members.is_empty() => out.push_str("set()"),
        Value::Set(members) => list('{', members.iter(), '}', out),
        Value::Object(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        scalar => json::write(scalar, out),
    }
}

fn list<'a>(open: char, items: impl Iterator<Item = &'a Value>, close: char, out: &mut String) {
    out.push(open);
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(close);
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("a value nested deeper than {MAX_DEPTH} levels"));
        }
        match self.peek() {
            Some(b'[') => {
                self.at += 1;
                self.list(b']', |this| this.value(depth + 1)).map(Value::from)
            }
            Some(b'{') => {
                self.at += 1;
                self.braces(depth + 1)
            }
            Some(b's') if self.text[self.at..].starts_with("set()") => {
                self.at += "set()".len();
                Ok(Value::set(Vec::new()))
            }
            Some(_) => self.scalar(),
            None => Err(self.wrong()),
        }
    }

    /// After `{`: an object if a colon follows the first term, otherwise a set; `{}` is an object.
    fn braces(&mut self, depth: usize) -> Result<Value, String> {
        if self.eat(b'}') {
            return Ok(Value::empty_object());
        }
        let first = self.value(depth)?;
        if self.eat(b':') {
            let mut entries = vec![(first, self.value(depth)?)];
            if self.more(b'}')? {
                entries.extend(self.items(b'}', |this| {
                    let key = this.value(depth)?;
                    if !this.eat(b':') {
                        return Err(this.wrong());
                    }
                    Ok((key, this.value(depth)?))
                })?);
            }
            return Ok(Value::from(entries.into_iter().collect::<Object>()));
        }
        let mut members = vec![first];
        if self.more(b'}')? {
            members.extend(self.items(b'}', |this| this.value(depth))?);
        }
        Ok(Value::set(members))
    }

    /// Items up to `close`, which is consumed.
    fn list<T>(&mut self, close: u8, item: impl FnMut(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        if self.eat(close) { Ok(Vec::new()) } else { self.items(close, item) }
    }

    /// At least one item, then `close`.
    fn items<T>(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        loop {
            items.push(item(self)?);
            if !self.more(close)? {
                return Ok(items);
            }
        }
    }

    /// True after a comma, false after `close`.
    fn more(&mut self, close: u8) -> Result<bool, String> {
        if self.eat(close) {
            Ok(false)
        } else if self.eat(b',') {
            Ok(true)
        } else {
            Err(self.wrong())
        }
    }

    /// A string, number, `true`, `false` or `null`: its extent is found here, its meaning is JSON's.
    fn scalar(&mut self) -> Result<Value, String> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let len = if rest.first() == Some(&b'"') {
            let mut escaped = false;
            let close = rest.iter().skip(1).position(|&b| {
                let closes = b == b'"' && !escaped;
                escaped = b == b'\\' && !escaped;
                closes
            });
            close.map_or(rest.len(), |i| i + 2)
        } else {
            rest.iter().position(|b| b",:]}{[\" \t\r\n".contains(b)).unwrap_or(rest.len())
        };
        let value = rest.get(..len).and_then(|text| json::parse(text).ok()).ok_or_else(|| self.wrong())?;
        self.at += len;
        Ok(value)
    }

    fn eat(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    }

    fn wrong(&self) -> String {
        format!("malformed value text at byte {}", self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        for text in [
            "null",
            "[]",
            "{}",
            "set()",
            "[1, 2.50, \"a\\\"b\\\\\", true]",
            "{1, {2}, [3]}",
            "{\"a\": {1}, 2: {}, [3]: null}",
            "{{\"result\": set()}}",
        ] {
            let value = parse(text).unwrap();
            assert_eq!(parse(&to_string(&value)).unwrap(), value, "{text}");
        }
        assert!(parse("{1, 2}").unwrap().as_set().is_some());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "{", "[1", "{1,}", "{1:}", "set(", "\"a", "[1] 2", "{1: 2, 3}", "nul", "[1 2]", "\"\\", "}"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(1_000_000)).is_err());
    }
}
