//! `and`, `or` and `not { … }`, and the errors that keep their braces apart from sets and objects.
//!
//! An operand is an expression, a negation, `{ body }`, or a group in parentheses. `(` and `{` at the start of a
//! statement may also begin a term, so they are tried as an operand first.

use super::super::ast::*;
use super::super::token::Tok;
use super::{Guess, Parser};
use crate::source::Span;

/// Built-in functions without a result. An operand that only calls these could never fail.
const VOID_BUILTINS: [&str; 3] = ["print", "internal.print", "internal.test_case"];

/// An operand that has been read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) body: Body,
    /// Written in braces.
    pub(super) explicit: bool,
    /// Offset of its first byte, brace or parenthesis included.
    pub(super) start: usize,
}

impl From<Literal> for Parsed {
    fn from(literal: Literal) -> Self {
        let start = literal.span.start as usize;
        Parsed { body: Body { span: literal.span, literals: vec![literal] }, explicit: false, start }
    }
}

impl Parser<'_> {
    /// True where `and` or `or` is a keyword.
    pub(super) fn logical_keywords_active(&self) -> bool {
        self.lexer.keywords.and || self.lexer.keywords.or
    }

    /// Goes on after a complete operand: a chain of `and` and `or`, or nothing; then `with` parts.
    pub(super) fn fold_logical_tail(&mut self, lhs: Parsed) -> Option<Literal> {
        let literal =
            if self.tok().is_logical() { self.or_chain(lhs)? } else { lhs.body.literals.into_iter().next()? };
        self.attach_with(literal)
    }

    fn or_chain(&mut self, lhs: Parsed) -> Option<Literal> {
        self.nested(|p| {
            let mut lhs = p.and_chain(lhs)?;
            while p.at(Tok::LogicalOr) {
                let height = p.height;
                p.scan();
                let rhs = p.logical_operand("or")?;
                let rhs = p.and_chain(rhs)?;
                let below = height.max(p.height);
                lhs = p.logical(LogicalOp::Or, lhs, rhs, below);
            }
            lhs.body.literals.into_iter().next()
        })
    }

    /// Folds the `and`s behind an operand into it; without any, gives it back.
    fn and_chain(&mut self, mut lhs: Parsed) -> Option<Parsed> {
        while self.at(Tok::LogicalAnd) {
            let height = self.height;
            self.scan();
            let rhs = self.logical_operand("and")?;
            let below = height.max(self.height);
            lhs = self.logical(LogicalOp::And, lhs, rhs, below);
        }
        Some(lhs)
    }

    fn logical(&mut self, op: LogicalOp, lhs: Parsed, rhs: Parsed, below: u32) -> Parsed {
        let word = if op == LogicalOp::And { "and" } else { "or" };
        for operand in [&lhs, &rhs] {
            if let Some((name, span)) = void_call(&operand.body) {
                self.hint(format!(
                    "`{name}` produces no value and always succeeds, so the operand can never fail; move it out of the \
                     operand, or add an expression that can fail"
                ));
                self.error_at(span, format!("operand of `{word}` cannot consist only of calls to `{name}`"));
            }
        }
        self.grow(below + 1);
        let start = lhs.start;
        let operand = |p: Parsed| Operand { explicit: p.explicit, body: p.body };
        let logical = Logical { op, lhs: operand(lhs), rhs: operand(rhs) };
        let kind = LiteralKind::Logical(Box::new(logical));
        let mut parsed: Parsed = Literal { span: self.since(start), kind, with: Vec::new() }.into();
        parsed.start = start;
        parsed
    }

    /// One operand of `op`. `op` is empty while only trying, where the caller goes back on failure.
    fn logical_operand(&mut self, op: &str) -> Option<Parsed> {
        if self.at(Tok::LBrace) {
            return self.brace_operand(op);
        }
        let not_at =
            (self.at(Tok::Not) && !matches!(self.peek_ws(), Tok::Dot | Tok::LBrack)).then_some(self.state.start);
        if not_at.is_some() {
            self.scan();
        }
        if let Some(at) = not_at
            && self.not_bodies
            && self.at(Tok::LBrace)
        {
            return Some(self.not_body(at)?.into());
        }
        if self.at(Tok::LParen) && self.logical_keywords_active() && (not_at.is_none() || self.not_bodies) {
            let prefix = if not_at.is_some() { "not " } else { "" };
            if let Some(group) = self.logical_group(true, prefix) {
                let group = group?;
                return Some(match not_at {
                    Some(at) => self.not_group(at, group).into(),
                    None => group,
                });
            }
        }
        let start = self.state.start;
        let term = self.expr()?;
        let literal = Literal { span: self.since(start), kind: LiteralKind::Expr(term), with: Vec::new() };
        self.grow(self.height);
        Some(match not_at {
            Some(at) => {
                let form = if self.not_bodies { NotForm::Implicit } else { NotForm::Classic };
                self.negation(at, form, literal.into()).into()
            }
            None => literal.into(),
        })
    }

    fn brace_operand(&mut self, op: &str) -> Option<Parsed> {
        let start = self.state.start;
        let brace = self.here();
        let saved = self.save();
        self.scan();
        let empty = self.at(Tok::RBrace);
        let Some(body) = self.body(Tok::RBrace) else {
            // The braces may hold a value rather than a body: then that is the error.
            if !empty && !op.is_empty() && self.fatal.is_none() {
                let failed = self.go_back(&saved);
                if self.infix_call().is_some() {
                    self.error_brace_led_operand_at(brace, start, op);
                } else {
                    self.return_to(failed);
                }
            }
            return None;
        };
        self.scan();
        if self.is_ambiguous_union(&body) {
            // The operand is handed back all the same: a caller that was only trying forgets the error with the rest.
            self.error_ambiguous_union(start, &body, "");
        }
        Some(Parsed { body, explicit: true, start })
    }

    /// `not { … }`; the parser is at the brace.
    pub(super) fn not_body(&mut self, not_start: usize) -> Option<Literal> {
        let start = self.state.start;
        let brace = self.here();
        let saved = self.save();
        self.scan();
        let empty = self.at(Tok::RBrace);
        let Some(body) = self.body(Tok::RBrace) else {
            if empty || self.fatal.is_some() {
                return None;
            }
            let failed = self.go_back(&saved);
            match self.infix_call() {
                Some(term) => self.error_operand_brace_needs_body(brace, start, &term),
                None => self.return_to(failed),
            }
            return None;
        };
        self.scan();
        if self.is_ambiguous_union(&body) {
            self.error_ambiguous_union(start, &body, "not ");
            return None;
        }
        Some(self.negation(not_start, NotForm::Explicit, Parsed { body, explicit: true, start }))
    }

    /// `not ( … )` over a logical group.
    pub(super) fn not_group(&mut self, not_start: usize, group: Parsed) -> Literal {
        let form = if group.explicit { NotForm::Explicit } else { NotForm::Implicit };
        self.negation(not_start, form, group)
    }

    fn negation(&mut self, not_start: usize, form: NotForm, operand: Parsed) -> Literal {
        self.grow(self.height);
        let span = self.since(not_start);
        Literal { span, kind: LiteralKind::Not(Box::new(Not { form, body: operand.body })), with: Vec::new() }
    }

    /// A group in parentheses that holds `and`, `or` or `not`. Outer `None`: it is a term, and nothing was read. Inner
    /// `None`: it is a group with an error.
    pub(super) fn logical_group(&mut self, is_operand: bool, prefix: &str) -> Option<Option<Parsed>> {
        let guess = if is_operand { Guess::OperandGroup } else { Guess::StatementGroup };
        let at = self.state.start;
        if self.is_refuted(guess, at) {
            return None;
        }
        // A group that is too deep counts as one with an error.
        let result = self.nested(|p| Some(p.logical_group_here(is_operand, prefix))).unwrap_or(Some(None));
        if self.fatal.is_some() {
            return Some(None);
        }
        if result.is_none() {
            self.refute(guess, at);
        }
        result
    }

    fn logical_group_here(&mut self, is_operand: bool, prefix: &str) -> Option<Option<Parsed>> {
        let saved = self.save();
        let start = self.state.start;
        let open = self.here();
        self.scan();
        if self.at(Tok::RParen) {
            if is_operand {
                self.error_at(open, "empty parenthesized group");
                return Some(None);
            }
            self.restore(&saved);
            return None;
        }
        let Some(mut lhs) = self.logical_operand("") else {
            self.restore(&saved);
            return None;
        };
        let single = lhs.body.literals.len() == 1;
        match self.tok() {
            tok if tok.is_logical() => {
                let Some(literal) = self.fold_logical_tail(lhs) else { return Some(None) };
                return Some(self.close_group(literal.into(), start));
            }
            Tok::With if !lhs.explicit && single => {
                let with_at = self.here();
                let Some(literal) = lhs.body.literals.pop().and_then(|literal| self.attach_with(literal)) else {
                    return Some(None);
                };
                if self.tok().is_logical() {
                    let op = self.tok().name();
                    self.error_with_on_operand(with_at, op);
                    return Some(None);
                }
                let group = self.close_group(literal.into(), start);
                if group.is_none() || is_operand || self.tok().is_logical() {
                    return Some(group);
                }
            }
            _ if lhs.explicit => {
                // Parentheses do not wrap a body: these braces must be a value.
                let braces = self.text(lhs.start, self.state.last_end);
                self.restore(&saved);
                self.scan();
                let is_term = self.term().is_some();
                self.restore(&saved);
                if !is_term {
                    self.hint(format!("drop the parens to keep the body: `{prefix}{braces}`"));
                    self.error_at(open, "`(...)` in an operand position cannot contain a body");
                    return Some(None);
                }
                return None;
            }
            _ if is_logical(&lhs.body) || is_negated(&lhs.body) => return Some(self.close_group(lhs, start)),
            _ => {}
        }
        self.restore(&saved);
        None
    }

    fn close_group(&mut self, mut group: Parsed, start: usize) -> Option<Parsed> {
        if !self.at(Tok::RParen) {
            self.error("expected ) to close parenthesized group");
            return None;
        }
        self.scan();
        group.start = start;
        group.explicit = false;
        Some(group)
    }

    /// Goes back to `to`, and gives what is needed to undo that.
    fn go_back(&mut self, to: &super::Checkpoint) -> Undo {
        let undo = Undo {
            at: self.save(),
            errors: self.errors.split_off(to.n_errors.min(self.errors.len())),
            comments: self.comments.split_off(to.n_comments.min(self.comments.len())),
        };
        self.restore(to);
        undo
    }

    fn return_to(&mut self, undo: Undo) {
        let keep = undo.at.n_errors - undo.errors.len();
        self.errors.truncate(keep);
        self.comments.truncate(undo.at.n_comments - undo.comments.len());
        self.errors.extend(undo.errors);
        self.comments.extend(undo.comments);
        self.state = undo.at.state;
        self.hints = undo.at.hints;
    }

    /// True if a braced body could as well be a comprehension: its first expression is a bare union, `{ a | b }`.
    pub(super) fn is_ambiguous_union(&self, body: &Body) -> bool {
        let Some(first) = body.literals.first() else { return false };
        top_call(first).is_some_and(|call| call.is("or", 2) && call.syntax == CallSyntax::Infix)
            && self.text(first.span.start as usize, first.span.start as usize + 1) != "("
    }

    pub(super) fn error_ambiguous_union(&mut self, start: usize, body: &Body, prefix: &str) {
        let braces = self.text(start, self.state.last_end);
        let union = body.literals.first().map_or(braces.to_owned(), |first| {
            let (from, to) = (first.span.start as usize, first.span.end as usize);
            format!("{}({}){}", self.text(start, from), self.text(from, to), self.text(to, self.state.last_end))
        });
        self.hint(format!("write `{prefix}({braces})` for the comprehension, or `{prefix}{union}` for the set union"));
        let span = self.span(start, start + 1);
        self.error_at(
            span,
            "ambiguous `{ ... | ... }` operand: read as a body holding a set-union expression, not as a comprehension",
        );
    }

    pub(super) fn error_with_on_operand(&mut self, span: Span, op: &str) {
        self.hint(format!(
            "Wrap the operand in `(...)` or `{{...}}` to scope, or move `with` after the `{op}` expression to apply it to \
             the whole expression"
        ));
        self.error_at(span, format!("`with` modifier is not allowed on operand of `{op}`"));
    }

    pub(super) fn error_brace_led_operand(&mut self, span: Span, op: &str) {
        let operand = self.text(span.start as usize, span.end as usize);
        self.hint(format!("wrap the operand to keep the value: `({operand}) {op} ...`"));
        self.error_at(span, format!("operand of `{op}` cannot begin with `{{` unless the braces hold a body"));
    }

    fn error_brace_led_operand_at(&mut self, brace: Span, start: usize, op: &str) {
        let operand = self.since(start);
        self.error_brace_led_operand(operand, op);
        if let Some(error) = self.errors.last_mut() {
            error.span = Some(brace);
        }
    }

    fn error_operand_brace_needs_body(&mut self, brace: Span, start: usize, term: &Term) {
        let operand = self.text(start, self.state.last_end);
        self.hint(format!("write `not ({operand})` to negate the value, or `not {{{operand}}}` for a body holding it"));
        let got = brace_led_value(term).kind_name();
        self.error_at(brace, format!("`{{...}}` in an operand position must contain expression(s), got: {got}"));
    }
}

/// What [`Parser::return_to`] needs.
struct Undo {
    at: super::Checkpoint,
    errors: Vec<crate::diag::Diagnostic>,
    comments: Vec<Span>,
}

/// The value that the first brace of a term opens.
fn brace_led_value(term: &Term) -> &Term {
    match &term.kind {
        TermKind::Call(call) if call.syntax == CallSyntax::Infix => call.args.first().map_or(term, brace_led_value),
        _ => term,
    }
}

/// The call that a literal makes, be it negated in the classic form or not.
fn top_call(literal: &Literal) -> Option<&Call> {
    match &literal.kind {
        LiteralKind::Expr(term) => term.as_call(),
        LiteralKind::Not(not) if not.form == NotForm::Classic => not.body.literals.first().and_then(top_call),
        _ => None,
    }
}

/// Name and place of the first call, if a body consists only of calls without result.
fn void_call(body: &Body) -> Option<(String, Span)> {
    let mut first = None;
    for literal in &body.literals {
        let LiteralKind::Expr(term) = &literal.kind else { return None };
        let name = term.as_call()?.function.dotted()?;
        if !VOID_BUILTINS.contains(&name.as_str()) {
            return None;
        }
        first.get_or_insert((name, literal.span));
    }
    first
}

fn is_logical(body: &Body) -> bool {
    matches!(body.literals.as_slice(), [Literal { kind: LiteralKind::Logical(_), .. }])
}

fn is_negated(body: &Body) -> bool {
    matches!(body.literals.as_slice(), [Literal { kind: LiteralKind::Not(_), .. }])
}
