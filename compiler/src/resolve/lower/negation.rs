//! `not`, `and`, `or`.

use super::body::{NO_ASSIGNMENT_IN_NOT, Position};
use super::{Lowerer, written};
use crate::hir::{Body, Literal, LiteralKind, Logic, Origin};
use crate::syntax::ast;

impl<'a> Lowerer<'a, '_> {
    /// A negation in one of its three forms.
    pub(super) fn not(&mut self, literal: &'a ast::Literal, not: &'a ast::Not, out: &mut Vec<Literal>) {
        let origin = Origin { classic_not: not.form == ast::NotForm::Classic, ..Origin::default() };
        let (body, with) = match not.form {
            ast::NotForm::Classic => {
                let mut support = Vec::new();
                let Some(inner) = self.classic_not(literal, not, &mut support) else { return };
                let with = self.attach_with(literal, &mut support, out);
                out.append(&mut support);
                (vec![inner], with)
            }
            ast::NotForm::Implicit => {
                let body = self.implicit_body(&not.body, NO_ASSIGNMENT_IN_NOT);
                (body, self.attach_with(literal, &mut [], out))
            }
            ast::NotForm::Explicit => {
                let body = self.braced_body(&not.body);
                (body, self.attach_with(literal, &mut [], out))
            }
        };
        out.push(Literal { kind: LiteralKind::Not(body), with, span: literal.span, origin });
    }

    /// The expression under a classic `not`; calls in its arguments go to `support`, which stands in front of the `not`.
    fn classic_not(
        &mut self,
        literal: &'a ast::Literal,
        not: &'a ast::Not,
        support: &mut Vec<Literal>,
    ) -> Option<Literal> {
        let inner = not.body.literals.first()?;
        let ast::LiteralKind::Expr(term) = &inner.kind else { return None };
        if term.as_call().is_some_and(|c| c.is("assign", 2)) {
            self.declaration_error(literal.span, NO_ASSIGNMENT_IN_NOT);
            return None;
        }
        let kind = self.statement(literal, term, support)?;
        Some(written(kind, inner.span))
    }

    /// A body in braces: a scope of its own.
    fn braced_body(&mut self, body: &'a ast::Body) -> Body {
        self.locals.push();
        let out = self.body(body, &|_| false);
        self.locals.pop();
        out
    }

    /// An operand without braces, which declares nothing.
    fn implicit_body(&mut self, body: &'a ast::Body, no_assignment: &'static str) -> Body {
        let mut out = Vec::new();
        for literal in body {
            self.literal(literal, Position::Implicit(no_assignment), &mut out);
        }
        out.iter_mut().for_each(|l| l.origin.implicit = true);
        out
    }

    /// `a and b`, `a or b`.
    pub(super) fn logical(&mut self, literal: &'a ast::Literal, out: &mut Vec<Literal>) {
        let ast::LiteralKind::Logical(logical) = &literal.kind else { return };
        let logic = self.logic(logical);
        let with = self.attach_with(literal, &mut [], out);
        out.push(Literal { with, ..written(LiteralKind::Logic(logic), literal.span) });
    }

    fn logic(&mut self, logical: &'a ast::Logical) -> Logic {
        let message = match logical.op {
            ast::LogicalOp::And => "cannot assign vars inside implicit and operand",
            ast::LogicalOp::Or => "cannot assign vars inside implicit or operand",
        };
        let left = Box::new(self.operand(&logical.lhs, message));
        let right = Box::new(self.operand(&logical.rhs, message));
        match logical.op {
            ast::LogicalOp::And => Logic::And(left, right),
            ast::LogicalOp::Or => Logic::Or(left, right),
        }
    }

    fn operand(&mut self, operand: &'a ast::Operand, no_assignment: &'static str) -> Logic {
        if operand.explicit {
            return Logic::Body(self.braced_body(&operand.body));
        }
        if let [literal] = &operand.body.literals[..]
            && let (ast::LiteralKind::Logical(nested), true) = (&literal.kind, literal.with.is_empty())
        {
            return self.logic(nested);
        }
        Logic::Body(self.implicit_body(&operand.body, no_assignment))
    }
}
