//! Bodies and the statements in them: `some`, `every`, `not`, expressions, `with`.

use super::super::ast::*;
use super::super::token::Tok;
use super::{Guess, Parser};

impl Parser<'_> {
    /// Literals up to `end`, separated by `;` or line breaks. Leaves the parser at `end`.
    pub(super) fn body(&mut self, end: Tok) -> Option<Body> {
        self.nested(|p| p.query(end, false))
    }

    /// Literals up to `end`; with `one_statement`, literals joined by `;` only, ended by whatever follows.
    pub(super) fn query(&mut self, end: Tok, one_statement: bool) -> Option<Body> {
        if self.at(end) {
            self.error("found empty body");
            return None;
        }
        let start = self.state.start;
        let mut literals = Vec::new();
        let mut below = 0;
        loop {
            literals.push(self.literal()?);
            below = below.max(self.height);
            if self.at(Tok::Semicolon) {
                self.scan();
                continue;
            }
            if self.at(end) || one_statement {
                self.grow(below);
                return Some(Body { span: self.since(start), literals });
            }
            if !self.state.skipped_newline {
                if self.is_clean() {
                    self.hint_missing_infix_keyword();
                    self.illegal(&format!("expected \\n or ; or {}", end.name()));
                }
                return None;
            }
        }
    }

    /// One literal with its `with` parts.
    pub(super) fn literal(&mut self) -> Option<Literal> {
        let start = self.state.start;
        let mut literal = self.literal_here()?;
        literal.span = self.since(start);
        // As in OPA, what stands behind an unbraced `not` has the place of the whole negation.
        if let LiteralKind::Not(not) = &mut literal.kind
            && not.form != NotForm::Explicit
            && let [inner] = not.body.literals.as_mut_slice()
        {
            inner.span = literal.span;
        }
        Some(literal)
    }

    fn literal_here(&mut self) -> Option<Literal> {
        if self.logical_keywords_active() {
            if self.at(Tok::LBrace)
                && let Some(result) = self.brace_operand_statement()
            {
                return result;
            }
            if self.at(Tok::LParen)
                && let Some(group) = self.logical_group(false, "")
            {
                return self.fold_logical_tail(group?);
            }
        }
        if self.take_keyword_ref() {
            return self.expr_literal(None);
        }
        let not_at = self.at(Tok::Not).then_some(self.state.start);
        if not_at.is_some() {
            self.scan();
        }
        match (self.tok(), not_at) {
            (Tok::LBrace, Some(at)) if self.not_bodies => {
                let not = self.not_body(at)?;
                self.fold_logical_tail(not.into())
            }
            (Tok::Some, None) => self.some(),
            (Tok::Every, None) => self.every(),
            (Tok::Some, Some(_)) => {
                self.illegal("illegal negation of 'some'");
                None
            }
            (Tok::Every, Some(_)) => {
                self.illegal("illegal negation of 'every'");
                None
            }
            _ => self.expr_literal(not_at),
        }
    }

    /// `{ body } and …` at the start of a statement. Outer `None`: it is something else, and nothing was read.
    fn brace_operand_statement(&mut self) -> Option<Option<Literal>> {
        let brace = self.state.start;
        if self.is_refuted(Guess::BraceOperand, brace) {
            return None;
        }
        let saved = self.save();
        self.scan();
        if let Some(body) = self.body(Tok::RBrace) {
            self.scan();
            if self.tok().is_logical() {
                if self.is_ambiguous_union(&body) {
                    self.error_ambiguous_union(brace, &body, "");
                    return Some(None);
                }
                let lhs = super::logical::Parsed { body, explicit: true, start: brace };
                return Some(self.fold_logical_tail(lhs));
            }
        }
        if self.fatal.is_some() {
            return Some(None);
        }
        self.restore(&saved);
        self.refute(Guess::BraceOperand, brace);
        None
    }

    /// An expression, perhaps negated, with its `with` parts, perhaps the left operand of `and` or `or`.
    fn expr_literal(&mut self, not_at: Option<usize>) -> Option<Literal> {
        let at_expr = self.save();
        if let Some(not_start) = not_at
            && self.not_bodies
            && self.at(Tok::LParen)
            && let Some(group) = self.logical_group(true, "not ")
        {
            let not = self.not_group(not_start, group?);
            return self.fold_logical_tail(not.into());
        }
        let start = self.state.start;
        let term = self.expr()?;
        let expr_span = self.since(start);
        let mut below = self.height;
        let with_at = self.at(Tok::With).then(|| self.here());
        let with = self.with_parts()?;
        below = below.max(self.height);
        if self.version == RegoVersion::V0 && term.as_var().is_some_and(|v| &*v.name == "every") {
            self.hint_every(&at_expr);
        }
        let mut literal = Literal { span: expr_span, kind: LiteralKind::Expr(term), with };
        if let Some(not_start) = not_at {
            let form = if self.not_bodies { NotForm::Implicit } else { NotForm::Classic };
            let with = std::mem::take(&mut literal.with);
            let body = Body { span: expr_span, literals: vec![literal] };
            let kind = LiteralKind::Not(Box::new(Not { form, body }));
            literal = Literal { span: self.since(not_start), kind, with };
            below += 2;
        }
        self.grow(below);
        if !self.tok().is_logical() {
            return Some(literal);
        }
        let op = self.tok().name();
        if let Some(span) = with_at {
            self.error_with_on_operand(span, op);
            return None;
        }
        if not_at.is_none() && self.text(start, start + 1) == "{" {
            if matches!(&literal.kind, LiteralKind::Expr(t) if is_empty_object(t)) {
                self.error_at(expr_span, "found empty body");
            } else {
                self.error_brace_led_operand(expr_span, op);
            }
            return None;
        }
        self.fold_logical_tail(literal.into())
    }

    /// `with target as value`, repeated. Sets the height to that of the highest part, or 0.
    pub(super) fn with_parts(&mut self) -> Option<Vec<With>> {
        let mut parts = Vec::new();
        let mut below = 0;
        while self.at(Tok::With) {
            let start = self.state.start;
            self.scan();
            if !self.at(Tok::Ident) {
                self.illegal("expected ident");
                return None;
            }
            let target = self.term()?;
            below = below.max(self.height);
            if !matches!(target.kind, TermKind::Ref(_) | TermKind::Var(_)) {
                self.illegal("expected with target path");
            }
            if !self.at(Tok::As) {
                self.illegal("expected as keyword");
                return None;
            }
            self.scan();
            let value = self.infix_call()?;
            below = below.max(self.height);
            parts.push(With { span: self.since(start), target, value });
        }
        self.height = below;
        Some(parts)
    }

    /// Adds `with` parts that stand here to a literal.
    pub(super) fn attach_with(&mut self, mut literal: Literal) -> Option<Literal> {
        let below = self.height;
        let parts = self.with_parts()?;
        if !parts.is_empty() {
            literal.with.extend(parts);
            self.grow(below.max(self.height));
        } else {
            self.height = below;
        }
        Some(literal)
    }

    /// `some x, y` or `some k, v in xs`.
    fn some(&mut self) -> Option<Literal> {
        let start = self.state.start;
        let saved = self.save();
        self.scan();
        if let Some(Term { kind: TermKind::Call(call), .. }) = self.infix_call() {
            let below = self.height;
            let some_in = self.membership(*call, "expected `x in xs` or `x, y in xs` expression")?;
            let with = self.with_parts()?;
            self.grow(below.max(self.height));
            return Some(Literal { span: self.since(start), kind: LiteralKind::SomeIn(Box::new(some_in)), with });
        }
        if self.fatal.is_some() {
            return None;
        }
        self.restore(&saved);
        if self.version == RegoVersion::V0 {
            let is_in = self.is_future_membership();
            if is_in {
                self.hint("`import future.keywords.in` for `some x in xs` expressions");
            }
        }
        let mut vars = Vec::new();
        loop {
            self.scan();
            if !self.at(Tok::Ident) {
                self.illegal("expected var");
                return None;
            }
            vars.push(self.plain_var());
            self.scan();
            if !self.at(Tok::Comma) {
                break;
            }
        }
        self.grow(0);
        Some(Literal { span: self.since(start), kind: LiteralKind::Some(vars), with: Vec::new() })
    }

    /// The parts of `x in xs` or `k, v in xs`; an error for any other call.
    fn membership(&mut self, call: Call, expected: &str) -> Option<SomeIn> {
        let is_member = call.function.is_named("internal.member_2");
        if !is_member && !call.function.is_named("internal.member_3") {
            self.illegal(expected);
            return None;
        }
        let mut args = call.args;
        let wanted = if is_member { 2 } else { 3 };
        let n_args = args.len();
        match (args.pop(), args.pop()) {
            (Some(domain), Some(value)) if n_args == wanted => Some(SomeIn { key: args.pop(), value, domain }),
            _ => {
                self.illegal("illegal domain");
                None
            }
        }
    }

    /// `every k, v in xs { … }`.
    fn every(&mut self) -> Option<Literal> {
        const EXPECTED: &str = "expected `x[, y] in xs { ... }` expression";
        let start = self.state.start;
        self.scan();
        let term = self.infix_call()?;
        let mut below = self.height;
        let TermKind::Call(call) = term.kind else {
            self.illegal(EXPECTED);
            return None;
        };
        let SomeIn { key, value, domain } = self.membership(*call, EXPECTED)?;
        let key = match key.map(|t| t.kind) {
            Some(TermKind::Var(var)) => Some(var),
            None => None,
            Some(_) => {
                self.illegal("expected key to be a variable");
                return None;
            }
        };
        let TermKind::Var(value) = value.kind else {
            self.illegal("expected value to be a variable");
            return None;
        };
        if !self.at(Tok::LBrace) {
            self.illegal("missing body");
            return None;
        }
        self.scan();
        let body = self.body(Tok::RBrace)?;
        below = below.max(self.height);
        self.scan();
        let with = self.with_parts()?;
        self.grow(below.max(self.height));
        let every = Every { key, value, domain, body };
        Some(Literal { span: self.since(start), kind: LiteralKind::Every(Box::new(every)), with })
    }

    /// In v0: the plain word `every` may be meant as the keyword. `expr` is the place of the expression.
    fn hint_every(&mut self, expr: &super::Checkpoint) {
        let saved = self.save();
        let errors = self.errors.split_off(expr.n_errors.min(self.errors.len()));
        let comments = self.comments.split_off(expr.n_comments.min(self.comments.len()));
        self.restore(expr);
        let is_every = self.in_future(|p| p.every().is_some());
        self.restore(&saved);
        self.errors.extend(errors);
        self.comments.extend(comments);
        if is_every {
            self.hint("`import future.keywords.every` for `every x in xs { ... }` expressions");
        }
    }

    /// True if `x in xs` would stand behind the current token with every keyword switched on.
    fn is_future_membership(&mut self) -> bool {
        let saved = self.save();
        self.scan();
        let is_in = self.in_future(|p| p.infix_call().is_some_and(|t| t.as_call().is_some_and(is_membership)));
        self.restore(&saved);
        is_in
    }

    /// An error is about to be reported behind an expression: hints at the import if a keyword is used as if imported.
    fn hint_missing_infix_keyword(&mut self) {
        if !self.hints.is_empty() {
            return;
        }
        let keyword = match self.tok() {
            Tok::Ident => self.lit(),
            Tok::Comma if self.is_future_membership() => "in",
            _ => return,
        };
        let example = match keyword {
            "in" => "x in xs",
            "and" => "x and y",
            "or" => "x or y",
            _ => return,
        };
        self.hint(format!("`import future.keywords.{keyword}` for `{example}` expressions"));
    }
}

fn is_membership(call: &Call) -> bool {
    call.function.is_named("internal.member_2") || call.function.is_named("internal.member_3")
}

fn is_empty_object(term: &Term) -> bool {
    matches!(&term.kind, TermKind::Object(entries) if entries.is_empty())
}
