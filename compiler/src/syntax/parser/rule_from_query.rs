//! A statement at file level that is not followed by a body, such as `p[x]` or `f(1) := 2; q`: reads it as a query and
//! makes a rule of that, or says why it is none.

use super::super::ast::*;
use super::super::format;
use crate::builtins;

/// The rule that a statement defines, or the message of the error.
pub(super) fn rule_from_query(body: Body) -> Result<Rule, String> {
    let span = body.literals.first().map_or(body.span, |l| l.span);
    let [literal] = <[Literal; 1]>::try_from(body.literals)
        .map_err(|_| "multiple expressions cannot be used for rule head".to_owned())?;
    if !literal.with.is_empty() {
        return Err("expressions using with keyword cannot be used for rule head".to_owned());
    }
    let term = match literal.kind {
        LiteralKind::Expr(term) => term,
        LiteralKind::Not(not) if not.form == NotForm::Classic => {
            return Err("negated expressions cannot be used for rule head".to_owned());
        }
        LiteralKind::Some(_) | LiteralKind::SomeIn(_) => {
            return Err("'some' declarations cannot be used for rule head".to_owned());
        }
        LiteralKind::Every(_) | LiteralKind::Not(_) | LiteralKind::Logical(_) => {
            return Err("expression cannot be used for rule head".to_owned());
        }
    };
    let mut head = match term.kind {
        TermKind::Call(call) => head_from_call(*call)?,
        TermKind::Ref(reference) => head_from_ref(*reference)?,
        _ => return Err(format!("{} cannot be used for rule name", term.kind_name())),
    };
    head.span = span;
    let body = Body { span, literals: Vec::new() };
    Ok(Rule { span, default: false, head, body, elses: Vec::new(), chained: false })
}

fn head_from_call(call: Call) -> Result<Head, String> {
    let assign = call.function.is_named("assign");
    if assign || call.function.is_named("eq") {
        let mut args = call.args.into_iter();
        let (Some(lhs), Some(rhs)) = (args.next(), args.next()) else {
            return Err("assignment requires two operands".to_owned());
        };
        let mut head = head_of(lhs)?;
        head.value = Some(rhs);
        head.assign = assign;
        return Ok(head);
    }
    if call.function.dotted().is_some_and(|name| builtins::lookup(&name).is_some()) {
        return Err("rule name conflicts with built-in function".to_owned());
    }
    if call.args.is_empty() {
        return Err("rule argument list must take at least one argument".to_owned());
    }
    function_head(call)
}

/// The head left of `:=`.
fn head_of(term: Term) -> Result<Head, String> {
    let kind_name = term.kind_name();
    let span = term.span;
    match term.kind {
        TermKind::Var(_) => Ok(head(Ref { span, head: term, path: Vec::new() })),
        TermKind::Ref(reference) => {
            check_head(&reference)?;
            Ok(head(*reference))
        }
        TermKind::Call(call) if call.syntax == CallSyntax::Call => {
            function_head(*call).map_err(|_| format!("{kind_name} cannot be used for rule name"))
        }
        _ => Err(format!("{kind_name} cannot be used for rule name")),
    }
}

fn head_from_ref(mut reference: Ref) -> Result<Head, String> {
    if reference.path.is_empty() {
        return Err("refs cannot be used for rule head".to_owned());
    }
    check_head(&reference)?;
    if reference.path.len() > 1 {
        return Ok(head(reference));
    }
    let key = reference.path.pop().map(|arg| arg.term);
    reference.span = reference.head.span;
    Ok(Head { key, kind: HeadKind::Set, ..head(reference) })
}

fn function_head(call: Call) -> Result<Head, String> {
    check_head(&call.function)?;
    let kind = if call.args.is_empty() { HeadKind::Value } else { HeadKind::Function };
    Ok(Head { kind, args: Some(call.args), ..head(call.function) })
}

fn check_head(reference: &Ref) -> Result<(), String> {
    match reference.head_name() {
        Some(_) => Ok(()),
        None => Err(format!("invalid rule head: {}", format::dotted_reference(reference))),
    }
}

fn head(reference: Ref) -> Head {
    Head {
        span: reference.span,
        kind: HeadKind::Value,
        reference,
        args: None,
        key: None,
        value: None,
        assign: false,
        has_if: false,
        has_contains: false,
    }
}
