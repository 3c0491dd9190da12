//! Strings and template strings.

use super::super::ast::*;
use super::super::token::Tok;
use super::Parser;

impl Parser<'_> {
    /// A quoted string. Leaves the parser at its token.
    pub(super) fn string(&mut self) -> Option<Term> {
        let lit = self.lit();
        let inner = lit.get(1..lit.len() - 1).unwrap_or("");
        let Some(value) = unescape(inner, false) else {
            self.error(format!("illegal string literal: {lit}"));
            return None;
        };
        self.grow(0);
        Some(Term::new(TermKind::String(Str { value, raw: false }), self.here()))
    }

    /// A string between back quotes. Leaves the parser at its token.
    pub(super) fn raw_string(&mut self) -> Term {
        let lit = self.lit();
        let value = lit.get(1..lit.len() - 1).unwrap_or("").into();
        self.grow(0);
        Term::new(TermKind::String(Str { value, raw: true }), self.here())
    }

    /// A template string. Leaves the parser at its last token.
    pub(super) fn template(&mut self, raw: bool) -> Option<Term> {
        let start = self.state.start;
        if !self.templates {
            self.error("template strings are not supported by current capabilities");
            return None;
        }
        let mut parts = Vec::new();
        let mut below = 0;
        // The first text opens with two bytes, `$"`; later ones with the `}` of the expression before.
        let mut text_start = start + 2;
        loop {
            let inner = self.text(text_start, self.state.end - 1);
            let text = if raw { Some(inner.replace("\\{", "{").into()) } else { unescape(inner, true) };
            let Some(text) = text else {
                let lit = self.text(text_start - 1, self.state.end);
                self.error(format!("illegal template-string part: {}", lit.replace("\\{", "{")));
                return None;
            };
            if !text.is_empty() {
                parts.push(TemplatePart::Text(self.here(), text));
            }
            if matches!(self.tok(), Tok::TemplateEnd | Tok::RawTemplateEnd) {
                break;
            }
            self.scan();
            let Some(literal) = self.nested(Parser::literal) else {
                self.error("invalid template-string expression");
                return None;
            };
            below = below.max(self.height);
            if let Some(problem) = not_in_template(&literal) {
                self.error_at(literal.span, problem);
                return None;
            }
            parts.push(TemplatePart::Expr(literal));
            if !self.at(Tok::RBrace) {
                self.error("expected } to end template string expression");
                return None;
            }
            text_start = self.state.end;
            self.scan_template(raw);
            if !matches!(self.tok(), Tok::TemplatePart | Tok::TemplateEnd | Tok::RawTemplatePart | Tok::RawTemplateEnd)
            {
                self.error("expected template-string part");
                return None;
            }
        }
        self.grow(below);
        let span = self.span(start, self.state.end);
        Some(Term::new(TermKind::Template(Box::new(Template { raw, parts })), span))
    }
}

/// Why a literal may not stand in a template string.
fn not_in_template(literal: &Literal) -> Option<&'static str> {
    match &literal.kind {
        LiteralKind::Not(not) if not.form == NotForm::Classic => {
            Some("unexpected negation ('not') in template-string expression")
        }
        LiteralKind::Expr(term) => {
            let call = term.as_call()?;
            if call.is("eq", 2) {
                Some("unexpected unification ('=') in template-string expression")
            } else if call.is("assign", 2) {
                Some("unexpected assignment (':=') in template-string expression")
            } else {
                None
            }
        }
        LiteralKind::Every(_) => Some("unexpected 'every' in template-string expression"),
        LiteralKind::Some(_) | LiteralKind::SomeIn(_) => Some("unexpected 'some' in template-string expression"),
        LiteralKind::Not(_) | LiteralKind::Logical(_) => None,
    }
}

/// Text between quotes without its escapes, as in JSON; `None` if one is wrong. `brace` allows `\{`.
///
/// As in OPA, control characters are allowed only where there is no escape at all.
fn unescape(text: &str, brace: bool) -> Option<Box<str>> {
    if !text.contains('\\') {
        return Some(text.into());
    }
    // A template's `\{` is taken out first, so a text with only these is free of escapes.
    let mut has_escape = false;
    let mut has_control = false;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '\\' || (c as u32) < 0x20) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = tail.chars();
        let first = chars.next()?;
        if first != '\\' {
            has_control = true;
            out.push(first);
            rest = chars.as_str();
            continue;
        }
        let escape = chars.next()?;
        has_escape |= escape != '{';
        rest = chars.as_str();
        match escape {
            '"' | '\\' | '/' => out.push(escape),
            '{' if brace => out.push('{'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' => {
                let unit = hex4(rest)?;
                rest = rest.get(4..)?;
                let low = || rest.strip_prefix("\\u").and_then(hex4).filter(|low| (0xdc00..0xe000).contains(low));
                let c = match unit {
                    0xd800..0xdc00 => match low() {
                        Some(low) => {
                            rest = rest.get(6..)?;
                            char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
                        }
                        None => None,
                    },
                    _ => char::from_u32(unit),
                };
                out.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => return None,
        }
    }
    out.push_str(rest);
    (!has_control || !has_escape).then(|| out.into())
}

fn hex4(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}
