//! Operators by precedence. From loose to tight: `in`, comparisons, `|`, `&`, `+ -`, `* / %`; all group to the left.

use super::super::ast::*;
use super::super::token::Tok;
use super::Parser;
use crate::source::Span;

/// How tightly an operator binds.
pub(in crate::syntax) type Level = u8;

/// The loosest level of [`binary_level`].
const RELATION: Level = 1;

/// Level of an operator token that stands between two terms; `in`, `:=` and `=` are handled apart.
fn binary_level(tok: Tok) -> Option<Level> {
    Some(match tok {
        Tok::Equal | Tok::Neq | Tok::Lt | Tok::Gt | Tok::Lte | Tok::Gte => RELATION,
        Tok::Or => 2,
        Tok::And => 3,
        Tok::Add | Tok::Sub => 4,
        Tok::Mul | Tok::Div | Tok::Rem => 5,
        _ => return None,
    })
}

impl Parser<'_> {
    /// A term with operators, where `k, v in xs` may stand.
    pub(super) fn infix_call(&mut self) -> Option<Term> {
        self.infix_in(None, true)
    }

    /// A term with operators within a list, where a comma ends it.
    pub(super) fn infix_call_in_list(&mut self) -> Option<Term> {
        self.infix_in(None, false)
    }

    /// As [`Parser::infix_call_in_list`], where the first term has been read already.
    pub(super) fn infix_call_in_list_from(&mut self, first: Term) -> Option<Term> {
        self.infix_in(Some(first), false)
    }

    fn infix_in(&mut self, first: Option<Term>, key_value: bool) -> Option<Term> {
        let mut lhs = self.infix(first, RELATION)?;
        loop {
            let height = self.height;
            if key_value && self.at(Tok::Comma) {
                let comma = self.save();
                self.scan();
                if let Some(middle) = self.infix(None, RELATION)
                    && self.at(Tok::In)
                {
                    let height = height.max(self.height);
                    let op = self.here();
                    self.scan();
                    if let Some(rhs) = self.infix(None, RELATION) {
                        let below = height.max(self.height);
                        lhs = self.operator_call("internal.member_3", op, vec![lhs, middle, rhs], below);
                        if self.at(Tok::In) {
                            continue;
                        }
                        return Some(lhs);
                    }
                }
                self.restore(&comma);
                self.height = height;
            }
            self.take_keyword_ref();
            if !self.at(Tok::In) {
                return Some(lhs);
            }
            let op = self.here();
            self.scan();
            let Some(rhs) = self.infix(None, RELATION) else {
                self.height = height;
                return Some(lhs);
            };
            let below = height.max(self.height);
            lhs = self.operator_call("internal.member_2", op, vec![lhs, rhs], below);
            if !self.at(Tok::In) {
                return Some(lhs);
            }
        }
    }

    /// Operators of `min` level and tighter. If the right side of one cannot be read, the error is recorded and the
    /// left side returned: what follows may still be read, and the caller sees the error.
    fn infix(&mut self, first: Option<Term>, min: Level) -> Option<Term> {
        let mut lhs = match first {
            Some(term) => term,
            None => self.term()?,
        };
        let mut max = Level::MAX;
        while let Some(level) = binary_level(self.tok()).filter(|level| (min..=max).contains(level)) {
            let height = self.height;
            let (name, op) = (self.tok().name(), self.here());
            self.scan();
            match self.infix(None, level + 1) {
                Some(rhs) => {
                    let below = height.max(self.height);
                    lhs = self.operator_call(name, op, vec![lhs, rhs], below);
                    max = level;
                }
                None => {
                    self.height = height;
                    max = level - 1;
                }
            }
        }
        Some(lhs)
    }

    /// The call that an operator stands for.
    fn operator_call(&mut self, name: &str, op: Span, args: Vec<Term>, below: u32) -> Term {
        self.grow(below);
        let start = args.first().map_or(op.start, |t| t.span.start);
        let span = self.since(start as usize);
        let call = Call { function: builtin_ref(name, op), args, syntax: CallSyntax::Infix };
        Term::new(TermKind::Call(Box::new(call)), span)
    }

    /// An expression: a term with operators, perhaps assigned or unified.
    pub(super) fn expr(&mut self) -> Option<Term> {
        let lhs = self.infix_call()?;
        if !matches!(self.tok(), Tok::Assign | Tok::Unify) {
            return Some(lhs);
        }
        let height = self.height;
        let (name, op) = (self.tok().name(), self.here());
        self.scan();
        let rhs = self.infix_call()?;
        let below = height.max(self.height);
        Some(self.operator_call(name, op, vec![lhs, rhs], below))
    }
}

/// A reference to a built-in function that nobody spelled out, placed at `span`.
pub(super) fn builtin_ref(name: &str, span: Span) -> Ref {
    let mut parts = name.split('.');
    let head = Var { span, name: parts.next().unwrap_or("").into(), wildcard: false };
    let path = parts.map(|part| RefArg {
        term: Term::new(TermKind::String(Str { value: part.into(), raw: false }), span),
        dot: true,
    });
    Ref { span, head: Term::new(TermKind::Var(head), span), path: path.collect() }
}
