//! Comprehensions.

use super::Lowerer;
use super::names::each_name;
use crate::hir::{Body, Compr, Literal, Term, TermKind};
use crate::syntax::ast::{self, TermKind as Ast};

impl<'a> Lowerer<'a, '_> {
    /// Lowers a comprehension. Its body has a scope of its own; what its head needs stands at the end of the body.
    pub(super) fn comprehension(&mut self, term: &'a ast::Term) -> Term {
        let span = term.span;
        let kind = match &term.kind {
            Ast::ArrayCompr(c) => TermKind::ArrayCompr(Box::new(self.compr(c))),
            Ast::SetCompr(c) => TermKind::SetCompr(Box::new(self.compr(c))),
            Ast::ObjectCompr(c) => {
                let (mut heads, body) = self.compr_parts(&[&c.key, &c.value], &c.body);
                match (heads.pop(), heads.pop()) {
                    (Some(value), Some(key)) => {
                        TermKind::ObjectCompr(Box::new(key), Box::new(Compr { head: value, body }))
                    }
                    _ => TermKind::Const(writ_value::Value::Null),
                }
            }
            _ => TermKind::Const(writ_value::Value::Null),
        };
        Term { kind, span }
    }

    fn compr(&mut self, compr: &'a ast::Compr) -> Compr {
        let (mut heads, body) = self.compr_parts(&[&compr.head], &compr.body);
        let head = heads.pop().unwrap_or_else(|| super::constant_term(writ_value::Value::Null, compr.head.span));
        Compr { head, body }
    }

    fn compr_parts(&mut self, heads: &[&'a ast::Term], body: &'a ast::Body) -> (Vec<Term>, Body) {
        self.enter_names(body);
        self.locals.push();
        let used = |name: &str| mentions(heads, name);
        let mut out = self.body(body, &used);
        let heads = heads.iter().map(|head| self.computed_head(head, &mut out)).collect();
        self.locals.pop();
        self.leave_names();
        (heads, out)
    }

    /// Lowers what a rule or comprehension yields: a variable if it needs computing.
    pub(super) fn computed_head(&mut self, head: &'a ast::Term, out: &mut Vec<Literal>) -> Term {
        let term = self.term(head, out);
        self.bind_computed(term, out)
    }
}

/// True if one of the terms mentions the name at any depth.
pub(super) fn mentions(terms: &[&ast::Term], name: &str) -> bool {
    let mut found = false;
    for term in terms {
        each_name(term, &mut |n, _| found |= n == name);
    }
    found
}
