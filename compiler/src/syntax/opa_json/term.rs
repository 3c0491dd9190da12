//! Statements and terms.

use writ_value::{Number, Value};

use super::{Fields, order, string, typed};
use crate::syntax::ast::{
    Body, Call, Literal, LiteralKind, Logical, LogicalOp, NotForm, Ref, Template, TemplatePart, Term, TermKind, With,
};

/// A body; the one that nobody wrote is `true`.
pub(super) fn body(body: &Body) -> Value {
    if body.is_empty() {
        let mut fields = Fields::new();
        fields.put_true("generated", true);
        fields.put("index", Value::from(0));
        fields.put("terms", typed("boolean", Value::Bool(true)));
        return Value::from(vec![fields.done()]);
    }
    literals(body)
}

fn literals(body: &Body) -> Value {
    body.literals.iter().enumerate().map(|(i, l)| literal(l, i)).collect()
}

fn literal(literal: &Literal, index: usize) -> Value {
    let mut fields = Fields::new();
    let classic = match &literal.kind {
        LiteralKind::Not(not) if not.form == NotForm::Classic => not.body.literals.first(),
        _ => None,
    };
    fields.put("index", Value::from(i64::try_from(index).unwrap_or(i64::MAX)));
    fields.put_true("negated", classic.is_some());
    fields.put("terms", terms(classic.unwrap_or(literal)));
    fields.put_list("with", literal.with.iter().map(with).collect());
    fields.done()
}

fn with(with: &With) -> Value {
    Value::object([("target", term(&with.target)), ("value", term(&with.value))])
}

fn terms(literal: &Literal) -> Value {
    match &literal.kind {
        LiteralKind::Expr(Term { kind: TermKind::Call(c), .. }) => call(c),
        LiteralKind::Expr(t) => term(t),
        LiteralKind::Some(vars) => symbols(vars.iter().map(|v| var(&v.name)).collect()),
        LiteralKind::SomeIn(some) => {
            let (name, key) = match &some.key {
                Some(key) => ("member_3", Some(term(key))),
                None => ("member_2", None),
            };
            let function = typed("ref", Value::from(vec![var("internal"), string(name)]));
            let args = [Some(function), key, Some(term(&some.value)), Some(term(&some.domain))];
            symbols(vec![typed("call", args.into_iter().flatten().collect())])
        }
        LiteralKind::Every(every) => Value::object([
            ("key", every.key.as_ref().map_or(Value::Null, |k| var(&k.name))),
            ("value", var(&every.value.name)),
            ("domain", term(&every.domain)),
            ("body", literals(&every.body)),
        ]),
        LiteralKind::Not(not) => Value::object([
            ("type", Value::from("not")),
            ("body", literals(&not.body)),
            ("explicit_body", Value::Bool(not.form == NotForm::Explicit)),
        ]),
        LiteralKind::Logical(logical) => both(logical),
    }
}

fn symbols(list: Vec<Value>) -> Value {
    Value::object([("symbols", Value::from(list))])
}

fn both(logical: &Logical) -> Value {
    let mut fields = Fields::new();
    fields.put("type", Value::from(if logical.op == LogicalOp::And { "and" } else { "or" }));
    fields.put("lhs", literals(&logical.lhs.body));
    fields.put("rhs", literals(&logical.rhs.body));
    fields.put_true("explicit_lhs", logical.lhs.explicit);
    fields.put_true("explicit_rhs", logical.rhs.explicit);
    fields.done()
}

/// A variable.
pub(super) fn var(name: &str) -> Value {
    typed("var", Value::from(name))
}

/// The terms of a reference.
pub(super) fn reference(r: &Ref) -> Value {
    std::iter::once(term(&r.head)).chain(r.path.iter().map(|arg| term(&arg.term))).collect()
}

/// The callee and the arguments.
fn call(call: &Call) -> Value {
    let function = typed("ref", reference(&call.function));
    std::iter::once(function).chain(call.args.iter().map(term)).collect()
}

/// A term as `{"type", "value"}`.
pub(super) fn term(t: &Term) -> Value {
    let all = |terms: &[Term]| terms.iter().map(term).collect::<Vec<_>>();
    let (kind, value) = match &t.kind {
        // Go's null of this tree is a type without fields.
        TermKind::Null => ("null", Value::empty_object()),
        TermKind::Bool(b) => ("boolean", Value::Bool(*b)),
        TermKind::Number(text) => ("number", number(text)),
        TermKind::String(s) => ("string", Value::from(&*s.value)),
        TermKind::Template(template) => ("templatestring", parts(template)),
        TermKind::Var(v) => return var(&v.name),
        TermKind::Ref(r) => ("ref", reference(r)),
        TermKind::Call(c) => ("call", call(c)),
        TermKind::Array(terms) => ("array", Value::from(all(terms))),
        TermKind::Set(terms) => ("set", Value::from(order::set(all(terms)))),
        TermKind::Object(entries) => {
            ("object", Value::from(order::object(entries.iter().map(|(k, v)| (term(k), term(v))).collect())))
        }
        TermKind::ArrayCompr(c) => ("arraycomprehension", comprehension(&c.head, &c.body)),
        TermKind::SetCompr(c) => ("setcomprehension", comprehension(&c.head, &c.body)),
        TermKind::ObjectCompr(c) => {
            let fields = [("key", term(&c.key)), ("value", term(&c.value)), ("body", literals(&c.body))];
            ("objectcomprehension", Value::object(fields))
        }
    };
    typed(kind, value)
}

fn number(text: &str) -> Value {
    Number::parse(text).or_else(|_| Number::parse_go(text)).map_or(Value::Null, Value::Number)
}

fn comprehension(head: &Term, body: &Body) -> Value {
    Value::object([("term", term(head)), ("body", literals(body))])
}

fn parts(template: &Template) -> Value {
    let part = |p: &TemplatePart| match p {
        TemplatePart::Text(_, text) => string(text),
        // As OPA does: a plain constant is a part itself.
        TemplatePart::Expr(l) => match &l.kind {
            LiteralKind::Expr(t) if is_plain(t) => term(t),
            _ => literal(l, 0),
        },
    };
    let parts = match template.parts.as_slice() {
        [] => Value::Null,
        all => all.iter().map(part).collect(),
    };
    Value::object([("parts", parts), ("multi_line", Value::Bool(template.raw))])
}

fn is_plain(t: &Term) -> bool {
    matches!(t.kind, TermKind::Null | TermKind::Bool(_) | TermKind::Number(_) | TermKind::String(_))
}
