//! Template strings and `print`: their parts may be undefined, so each becomes a set with at most one element.

use writ_value::Value;

use super::{Capture, Lowerer, constant_term, generated, var_term};
use crate::diag::Code;
use crate::hir::{Callee, Compr, Literal, LiteralKind, Term, TermKind};
use crate::resolve::report::Stage;
use crate::source::Span;
use crate::syntax::ast::{self, TermKind as Ast};

impl<'a> Lowerer<'a, '_> {
    /// `$"a {x} b"` is a call of `internal.template_string` with `["a ", {x}, " b"]`.
    pub(super) fn template(&mut self, template: &'a ast::Template, span: Span, out: &mut Vec<Literal>) -> Term {
        let mut parts = Vec::with_capacity(template.parts.len().max(1));
        for part in &template.parts {
            match part {
                ast::TemplatePart::Text(span, text) => parts.push(constant_term(Value::from(&**text), *span)),
                ast::TemplatePart::Expr(literal) => parts.extend(self.template_part(literal)),
            }
        }
        if parts.is_empty() {
            parts.push(constant_term(Value::from(""), span));
        }
        let result = self.temporary(span);
        let args = vec![super::term::fold_array(parts, span)];
        let callee = Callee::Builtin("internal.template_string".to_owned());
        out.push(generated(LiteralKind::Call { callee, args, out: Some(var_term(result, span)) }, span));
        var_term(result, span)
    }

    fn template_part(&mut self, literal: &'a ast::Literal) -> Option<Term> {
        let ast::LiteralKind::Expr(term) = &literal.kind else {
            let kind = match &literal.kind {
                ast::LiteralKind::Not(_) => "Not",
                ast::LiteralKind::Logical(l) if l.op == ast::LogicalOp::And => "LogicalAnd",
                ast::LiteralKind::Logical(_) => "LogicalOr",
                ast::LiteralKind::Every(_) => "Every",
                _ => "SomeDecl",
            };
            let message = format!("unexpected template-string expression type: *ast.{kind}");
            self.error(Stage::Templates, Code::Compile, literal.span, message);
            return None;
        };
        if let Some(call) = term.as_call() {
            let builtin = call.function.dotted().and_then(|name| self.cx.vocabulary.lookup(&name));
            if let Some(relation) = builtin.filter(|b| b.relation) {
                let message =
                    format!("illegal call to relation built-in '{}' that may cause multiple outputs", relation.name);
                self.error(Stage::Templates, Code::Compile, literal.span, message);
                return None;
            }
        }
        if let (Ast::Var(var), true) = (&term.kind, literal.with.is_empty())
            && self.globals.get(&var.name).is_none()
        {
            let item = self.variable(var, term.span);
            return Some(Term { kind: TermKind::Set(vec![item]), span: term.span });
        }
        Some(self.capture(term, Some(literal), Capture::Template))
    }

    /// `print(a, b)`: `internal.print([{a}, {b}])`, or nothing at all if prints are erased.
    pub(super) fn print(&mut self, call: &'a ast::Call, span: Span) -> Option<LiteralKind> {
        let before = self.discarding;
        self.discarding |= !self.cx.prints;
        let sets: Vec<Term> = call.args.iter().map(|arg| self.capture(arg, None, Capture::Print)).collect();
        self.discarding = before;
        if !self.cx.prints {
            return None;
        }
        let args = vec![super::term::fold_array(sets, span)];
        Some(LiteralKind::Call { callee: Callee::Builtin("internal.print".to_owned()), args, out: None })
    }

    /// `{v | v = term}`.
    fn capture(&mut self, term: &'a ast::Term, literal: Option<&'a ast::Literal>, capture: Capture) -> Term {
        let span = term.span;
        let mut support = Vec::new();
        let value = self.term(term, &mut support);
        if let (TermKind::Const(value), true) = (&value.kind, literal.is_none_or(|l| l.with.is_empty())) {
            return constant_term(Value::set([value.clone()]), span);
        }
        let var = self.temporary(span);
        self.captures.insert(var, capture);
        support.push(generated(LiteralKind::Unify(var_term(var, span), value), span));
        let mut body = Vec::new();
        if let Some(literal) = literal {
            self.attach_with(literal, &mut support, &mut body);
        }
        body.append(&mut support);
        Term { kind: TermKind::SetCompr(Box::new(Compr { head: var_term(var, span), body })), span }
    }
}
