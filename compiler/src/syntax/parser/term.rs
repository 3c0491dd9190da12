//! Terms: scalars, references, calls, collections, comprehensions.

use std::collections::BTreeMap;

use writ_value::Value;

use super::super::ast::*;
use super::super::ast_util::{Visitor, walk_term};
use super::super::token::Tok;
use super::super::{constant, print};
use super::expr::builtin_ref;
use super::{Guess, Parser};

impl Parser<'_> {
    /// One term without operators around it. Leaves the parser at the token after it.
    pub(super) fn term(&mut self) -> Option<Term> {
        self.nested(Parser::term_here)
    }

    fn term_here(&mut self) -> Option<Term> {
        // `and(x, y)` and `or(x, y)` are set operations: where a term must stand, an operator cannot.
        if self.tok().is_logical() && self.peek_ws() == Tok::LParen {
            self.state.tok = Tok::Ident;
        }
        let head = match self.tok() {
            Tok::Null => self.scalar(TermKind::Null),
            Tok::True => self.scalar(TermKind::Bool(true)),
            Tok::False => self.scalar(TermKind::Bool(false)),
            Tok::Sub => return self.minus(),
            Tok::Dot | Tok::Number => self.number()?,
            Tok::String => self.string()?,
            Tok::RawString => self.raw_string(),
            Tok::TemplatePart | Tok::TemplateEnd => self.template(false)?,
            Tok::RawTemplatePart | Tok::RawTemplateEnd => self.template(true)?,
            Tok::Ident | Tok::Contains => self.var(),
            Tok::LBrack => self.array()?,
            Tok::LBrace => self.set_or_object()?,
            Tok::LParen => self.group()?,
            _ => {
                self.illegal_token();
                return None;
            }
        };
        self.finish(head)
    }

    fn scalar(&mut self, kind: TermKind) -> Term {
        self.grow(0);
        Term::new(kind, self.here())
    }

    /// A variable. Leaves the parser at its token.
    pub(super) fn var(&mut self) -> Term {
        self.grow(0);
        Term::new(TermKind::Var(self.plain_var()), self.here())
    }

    /// The current token as a variable; a wildcard gets a name of its own.
    pub(super) fn plain_var(&mut self) -> Var {
        let wildcard = self.lit() == "_";
        Var { span: self.here(), name: if wildcard { self.fresh_wildcard() } else { self.lit().into() }, wildcard }
    }

    /// A name that no author can write.
    pub(super) fn fresh_wildcard(&mut self) -> Box<str> {
        let name = format!("${}", self.state.n_wildcards).into();
        self.state.n_wildcards += 1;
        name
    }

    /// `-1` is a number, `-x` is `0 - x`.
    fn minus(&mut self) -> Option<Term> {
        let saved = self.save();
        let op = self.here();
        self.scan();
        if !matches!(self.tok(), Tok::Ident | Tok::Contains) {
            self.restore(&saved);
            let head = self.number()?;
            return self.finish(head);
        }
        let head = self.var();
        let operand = self.finish(head)?;
        self.grow(self.height);
        let zero = Term::new(TermKind::Number("0".into()), op);
        let span = self.since(op.start as usize);
        let call =
            Call { function: builtin_ref("minus", op), args: vec![zero, operand], syntax: CallSyntax::UnaryMinus };
        Some(Term::new(TermKind::Call(Box::new(call)), span))
    }

    /// `( … )`. Leaves the parser at the closing parenthesis.
    fn group(&mut self) -> Option<Term> {
        let start = self.state.start;
        self.scan();
        let mut term = self.infix_call()?;
        if !self.at(Tok::RParen) {
            self.error("non-terminated expression");
            return None;
        }
        term.span = self.span(start, self.state.end);
        Some(term)
    }

    /// Goes on after the last token of a term: a bracket or dot directly behind it makes it a reference or call.
    fn finish(&mut self, head: Term) -> Option<Term> {
        self.scan_ws();
        match self.tok() {
            Tok::LParen | Tok::Dot | Tok::LBrack => return self.reference(head),
            Tok::Whitespace => self.scan(),
            _ => {}
        }
        Some(root_as_ref(head))
    }

    /// The steps of a reference, calls included. The parser is at the first `.`, `[` or `(`.
    pub(super) fn reference(&mut self, head: Term) -> Option<Term> {
        let start = head.span.start as usize;
        let mut below = self.height;
        if !can_be_ref_head(&head) {
            self.error_at(head.span, format!("illegal ref (head cannot be {})", head.kind_name()));
        }
        let mut reference = Ref { span: head.span, head, path: Vec::new() };
        loop {
            match self.tok() {
                Tok::Dot => {
                    self.scan_ws();
                    if !self.at(Tok::Ident) && !(self.keyword_refs && self.tok().is_keyword()) {
                        self.illegal("expected identifier");
                        return None;
                    }
                    let name = Str { value: self.lit().into(), raw: false };
                    reference.path.push(RefArg { term: Term::new(TermKind::String(name), self.here()), dot: true });
                    self.scan_ws();
                }
                Tok::LBrack => {
                    self.scan();
                    let term = self.infix_call()?;
                    below = below.max(self.height);
                    if !self.at(Tok::RBrack) {
                        self.illegal("expected [");
                        return None;
                    }
                    reference.path.push(RefArg { term, dot: false });
                    self.scan_ws();
                }
                Tok::LParen => {
                    reference.span = self.span(start, self.state.start);
                    let call = self.call(reference, below)?;
                    match self.tok() {
                        Tok::Whitespace => self.scan(),
                        Tok::Dot | Tok::LBrack => return self.nested(|p| p.reference(call)),
                        _ => {}
                    }
                    return Some(call);
                }
                other => {
                    self.grow(below);
                    if other == Tok::Whitespace {
                        self.scan();
                    }
                    reference.span = self.since(start);
                    let span = reference.span;
                    return Some(Term::new(TermKind::Ref(Box::new(reference)), span));
                }
            }
        }
    }

    /// The arguments of a call. Leaves the parser after the closing parenthesis, before any white space.
    fn call(&mut self, function: Ref, below: u32) -> Option<Term> {
        self.scan();
        let mut args = Vec::new();
        let mut below = below;
        if !self.at(Tok::RParen) {
            self.term_list(Tok::RParen, &mut args)?;
            below = below.max(self.height);
        }
        let span = self.span(function.span.start as usize, self.state.end);
        self.scan_ws();
        self.grow(below);
        let kind = if args.is_empty() && function.path.is_empty() && function.is_named("set") {
            TermKind::Set(Vec::new())
        } else {
            TermKind::Call(Box::new(Call { function, args, syntax: CallSyntax::Call }))
        };
        Some(Term::new(kind, span))
    }

    /// Terms separated by commas, onto `terms`. Leaves the parser at `end`, the height at the greatest of those read.
    fn term_list(&mut self, end: Tok, terms: &mut Vec<Term>) -> Option<()> {
        let mut below = self.height;
        while !self.at(end) {
            let term = self.infix_call_in_list()?;
            below = below.max(self.height);
            terms.push(term);
            self.list_separator(end)?;
        }
        self.height = below;
        Some(())
    }

    /// Steps over a comma, or stays at `end`.
    fn list_separator(&mut self, end: Tok) -> Option<()> {
        match self.tok() {
            Tok::Comma => self.scan(),
            tok if tok == end => {}
            _ => {
                self.illegal(&format!("expected \",\" or \"{}\"", end.name()));
                return None;
            }
        }
        Some(())
    }

    /// `[ … ]`. Leaves the parser at the closing bracket.
    fn array(&mut self) -> Option<Term> {
        let start = self.state.start;
        self.scan();
        let mut terms = Vec::new();
        if self.at(Tok::RBrack) {
            self.grow(0);
            return Some(Term::new(TermKind::Array(terms), self.span(start, self.state.end)));
        }
        // OPA accepts one comma in front.
        let comma = self.at(Tok::Comma);
        if comma {
            self.scan();
        }
        let mut head = self.term()?;
        if self.at(Tok::Or) && !comma {
            match self.comprehension(head, Tok::RBrack)? {
                Comprehension::Is(c) => {
                    return Some(Term::new(TermKind::ArrayCompr(c), self.span(start, self.state.end)));
                }
                Comprehension::Not(term) => head = term,
            }
        }
        self.list_from(head, Tok::RBrack, &mut terms)?;
        self.grow(self.height);
        Some(Term::new(TermKind::Array(terms), self.span(start, self.state.end)))
    }

    /// The rest of a list whose first term (without operators) has been read.
    fn list_from(&mut self, first: Term, end: Tok, terms: &mut Vec<Term>) -> Option<()> {
        let first = self.infix_call_in_list_from(first)?;
        terms.push(first);
        self.list_separator(end)?;
        self.term_list(end, terms)
    }

    /// Tries `| body` after the first term of a collection. If it cannot be read and stops at a comma, the collection is
    /// a list after all; any other failure is an error.
    fn comprehension(&mut self, head: Term, end: Tok) -> Option<Comprehension> {
        let at = self.state.start;
        let height = self.height;
        if self.is_refuted(Guess::Comprehension, at) {
            return Some(Comprehension::Not(head));
        }
        let bar = self.save();
        self.scan();
        if let Some(body) = self.body(end) {
            self.grow(height.max(self.height));
            return Some(Comprehension::Is(Box::new(Compr { head, body })));
        }
        if !self.at(Tok::Comma) || self.fatal.is_some() {
            return None;
        }
        self.restore(&bar);
        self.refute(Guess::Comprehension, at);
        self.height = height;
        Some(Comprehension::Not(head))
    }

    /// `{ … }`. Leaves the parser at the closing brace.
    fn set_or_object(&mut self) -> Option<Term> {
        let start = self.state.start;
        self.scan();
        if self.at(Tok::RBrace) {
            self.grow(0);
            return Some(Term::new(TermKind::Object(Vec::new()), self.span(start, self.state.end)));
        }
        let comma = self.at(Tok::Comma);
        if comma {
            self.scan();
        }
        let mut head = self.term()?;
        if self.at(Tok::Or) && !comma {
            match self.comprehension(head, Tok::RBrace)? {
                Comprehension::Is(c) => {
                    return Some(Term::new(TermKind::SetCompr(c), self.span(start, self.state.end)));
                }
                Comprehension::Not(term) => {
                    let mut terms = Vec::new();
                    self.list_from(term, Tok::RBrace, &mut terms)?;
                    return Some(self.set(terms, start));
                }
            }
        }
        if !matches!(self.tok(), Tok::RBrace | Tok::Comma | Tok::Colon) {
            head = self.infix_call_in_list_from(head)?;
        }
        match self.tok() {
            Tok::RBrace | Tok::Comma => {
                let mut terms = vec![head];
                self.list_separator(Tok::RBrace)?;
                self.term_list(Tok::RBrace, &mut terms)?;
                Some(self.set(terms, start))
            }
            Tok::Colon => self.object(start, head, !comma),
            _ => {
                self.illegal("non-terminated set");
                None
            }
        }
    }

    fn set(&mut self, terms: Vec<Term>, start: usize) -> Term {
        self.grow(self.height);
        Term::new(TermKind::Set(terms), self.span(start, self.state.end))
    }

    /// An object or object comprehension; the parser is at the colon after the first key.
    fn object(&mut self, start: usize, key: Term, may_be_comprehension: bool) -> Option<Term> {
        let mut below = self.height;
        self.scan();
        let value = self.term()?;
        below = below.max(self.height);
        if self.at(Tok::Or) && may_be_comprehension && !self.is_refuted(Guess::Comprehension, self.state.start) {
            let bar = self.save();
            self.scan();
            if let Some(body) = self.body(Tok::RBrace) {
                self.grow(below.max(self.height));
                let kind = TermKind::ObjectCompr(Box::new(ObjectCompr { key, value, body }));
                return Some(Term::new(kind, self.span(start, self.state.end)));
            }
            self.restore(&bar);
            self.refute(Guess::Comprehension, bar.state.start);
        }
        self.height = below;
        let value = self.infix_call_in_list_from(value)?;
        below = below.max(self.height);
        if !matches!(self.tok(), Tok::RBrace | Tok::Comma) {
            self.illegal("non-terminated object");
            return None;
        }
        let mut entries = vec![(key, value)];
        self.list_separator(Tok::RBrace)?;
        while !self.at(Tok::RBrace) {
            let key = self.infix_call_in_list()?;
            below = below.max(self.height);
            if !self.at(Tok::Colon) {
                self.illegal("expected \":\"");
                return None;
            }
            self.scan();
            let value = self.infix_call_in_list()?;
            below = below.max(self.height);
            entries.push((key, value));
            self.list_separator(Tok::RBrace)?;
        }
        self.grow(below);
        keep_last_of_each_key(&mut entries);
        Some(Term::new(TermKind::Object(entries), self.span(start, self.state.end)))
    }
}

/// What came of trying to read a comprehension.
enum Comprehension {
    Is(Box<Compr>),
    /// It is a list; here is the first term back.
    Not(Term),
}

/// Of entries with the same key as written only the last is part of the policy: the values of the others are never looked at.
fn keep_last_of_each_key(entries: &mut Vec<(Term, Term)>) {
    if entries.len() < 2 {
        return;
    }
    let keys: Vec<Option<Key>> = entries.iter().map(|(key, _)| Key::of(key)).collect();
    let last: BTreeMap<&Key, usize> = keys.iter().enumerate().filter_map(|(i, k)| Some((k.as_ref()?, i))).collect();
    let mut kept = keys.iter().enumerate().map(|(i, key)| key.as_ref().is_none_or(|k| last.get(k) == Some(&i)));
    entries.retain(|_| kept.next().unwrap_or(true));
}

/// What a key is, wherever it stands.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Scalar(Value),
    Text(String),
}

impl Key {
    /// `None` for a key with a wildcard, which is like no other.
    fn of(key: &Term) -> Option<Key> {
        if let Some(value) = constant::scalar(key) {
            return Some(Key::Scalar(value));
        }
        let mut search = Wildcards { found: false };
        search.term(key);
        (!search.found).then(|| Key::Text(print::term(key)))
    }
}

struct Wildcards {
    found: bool,
}

impl Visitor for Wildcards {
    fn term(&mut self, term: &Term) {
        self.found |= term.as_var().is_some_and(|var| var.wildcard);
        walk_term(self, term);
    }
}

/// `input` and `data` are references even without a path.
pub(super) fn root_as_ref(term: Term) -> Term {
    match term.as_var() {
        Some(var) if matches!(&*var.name, "input" | "data") => {
            let span = term.span;
            Term::new(TermKind::Ref(Box::new(Ref { span, head: term, path: Vec::new() })), span)
        }
        _ => term,
    }
}

fn can_be_ref_head(head: &Term) -> bool {
    match &head.kind {
        TermKind::Var(_)
        | TermKind::Array(_)
        | TermKind::Object(_)
        | TermKind::Set(_)
        | TermKind::ArrayCompr(_)
        | TermKind::SetCompr(_)
        | TermKind::ObjectCompr(_)
        | TermKind::Call(_) => true,
        TermKind::Null
        | TermKind::Bool(_)
        | TermKind::Number(_)
        | TermKind::String(_)
        | TermKind::Template(_)
        | TermKind::Ref(_) => false,
    }
}
