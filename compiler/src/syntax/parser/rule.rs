//! Rules: heads, bodies, `else`, default rules, and the several bodies of one v0 rule.

use super::super::ast::*;
use super::super::ast_util::{Visitor, walk_term};
use super::super::format;
use super::super::token::Tok;
use super::Parser;
use super::term::root_as_ref;
use crate::source::Span;

/// What came of trying to read a rule.
pub(super) enum TriedRule {
    /// One rule, or several for several v0 bodies.
    Rules(Vec<Rule>),
    /// An error was recorded.
    Failed,
    /// It is a statement without body: to be read as a query. Nothing was recorded.
    NotRule,
}

impl Parser<'_> {
    /// Tries to read a rule. On [`TriedRule::NotRule`] the caller goes back.
    pub(super) fn rule(&mut self) -> TriedRule {
        match self.rule_here() {
            Some(rules) => TriedRule::Rules(rules),
            None if self.is_clean() && self.fatal.is_none() => TriedRule::NotRule,
            None => TriedRule::Failed,
        }
    }

    fn rule_here(&mut self) -> Option<Vec<Rule>> {
        let start = self.state.start;
        self.take_keyword_ref();
        if self.at(Tok::Default) {
            self.scan();
            self.take_keyword_ref();
            if !self.at(Tok::Ident) {
                self.keyword_rule_name(true);
                return None;
            }
            return self.default_rule(start);
        }
        if !self.at(Tok::Ident) {
            return None;
        }
        let (mut head, spaced) = self.head(false)?;
        head.has_if = self.at(Tok::If);
        if head.has_if || self.at(Tok::LBrace) {
            return self.rule_with_body(start, head);
        }
        if head.kind == HeadKind::Set {
            return Some(vec![Rule { span: head.span, ..self.bare_rule(head) }]);
        }
        // `p := 1`: read as a query it would come out the same, unless one of these follows or the query would stop
        // at a space that a head allows.
        let joined = matches!(self.tok(), Tok::Semicolon | Tok::With) || self.tok().is_logical();
        if head.value.is_some() && head.reference.head_name().is_some() && !spaced && !joined && self.is_clean() {
            return Some(vec![Rule { span: head.span, ..self.bare_rule(head) }]);
        }
        None
    }

    /// A rule without body.
    fn bare_rule(&self, head: Head) -> Rule {
        let body = Body { span: head.span, literals: Vec::new() };
        Rule { span: head.span, default: false, head, body, elses: Vec::new(), chained: false }
    }

    fn rule_with_body(&mut self, start: usize, mut head: Head) -> Option<Vec<Rule>> {
        let is_function = head.args.as_ref().is_some_and(|args| !args.is_empty());
        let one_step = !head.has_contains && head.reference.path.len() == 1;
        if one_step && head.value.is_some() && head.reference.head_name().is_none() {
            return None;
        }
        // Whether `else` may follow, in OPA's terms: does the head have a key.
        let mut has_key = head.key.is_some();
        if one_step && !is_function {
            let step = head.reference.path.last().map(|arg| &arg.term)?;
            if head.has_if {
                has_key = !step.is_ground() || matches!(step.kind, TermKind::Ref(_));
            } else {
                head.reference.head_name()?;
                has_key = true;
                if head.value.is_none() {
                    // `p[x] { … }` of v0 is a set.
                    head.key = head.reference.path.pop().map(|arg| arg.term);
                    head.kind = HeadKind::Set;
                    head.reference.span = head.reference.head.span;
                }
            }
        }
        let body = if head.has_if {
            self.scan();
            self.if_body()?
        } else {
            self.braced_body()?
        };
        let mut rule = Rule { body, ..self.bare_rule(head) };
        if self.at(Tok::Else) && !self.take_keyword_ref() {
            if !rule.head.reference.is_ground() {
                self.error("else keyword cannot be used on rules with variables in head");
                return None;
            }
            if has_key {
                self.error("else keyword cannot be used on multi-value rules");
                return None;
            }
            while self.at(Tok::Else) {
                let part = self.else_part(&rule.head)?;
                rule.elses.push(part);
                // Only directly behind a body does another `else` belong to it.
                if rule.elses.last().is_some_and(|e| e.body.is_empty()) {
                    break;
                }
            }
        }
        rule.span = self.since(start);
        let mut rules = vec![rule];
        while self.at(Tok::LBrace) {
            let next = self.chained_rule(rules.first()?)?;
            rules.push(next);
        }
        Some(rules)
    }

    /// What follows `if`: one literal or `{ body }`. Braces that hold one term are a body and not a set, since a set
    /// always holds; braces that begin another expression (an object, a comprehension) are that.
    fn if_body(&mut self) -> Option<Body> {
        let saved = self.save();
        let brace = self.at(Tok::LBrace);
        match self.literal() {
            Some(literal) => {
                let is_set = matches!(&literal.kind, LiteralKind::Expr(t) if matches!(t.kind, TermKind::Set(_)));
                if !(brace && is_set) {
                    return Some(Body { span: literal.span, literals: vec![literal] });
                }
            }
            None if !brace => return None,
            None => {}
        }
        if self.fatal.is_some() {
            return None;
        }
        self.restore(&saved);
        self.braced_body()
    }

    /// `{ body }`. Leaves the parser after the brace.
    fn braced_body(&mut self) -> Option<Body> {
        self.scan();
        let body = self.body(Tok::RBrace)?;
        self.scan();
        Some(body)
    }

    /// `else := value if body`, of which value or body may be missing.
    fn else_part(&mut self, head: &Head) -> Option<Else> {
        let start = self.state.start;
        let is_wildcard = |arg: &&Term| matches!(&arg.kind, TermKind::Var(v) if v.wildcard);
        let n_wildcards = head.args.iter().flatten().filter(is_wildcard).count();
        let wildcards = (0..n_wildcards).map(|_| self.fresh_wildcard()).collect();
        self.scan();
        let (mut value, mut assign) = (None, false);
        match self.tok() {
            Tok::LBrace | Tok::If => {}
            Tok::Assign | Tok::Unify => {
                assign = self.at(Tok::Assign);
                self.scan();
                value = Some(self.infix_call()?);
            }
            _ => {
                self.illegal("expected else value term or rule body");
                return None;
            }
        }
        let has_if = self.at(Tok::If);
        let mut body = Body { span: self.since(start), literals: Vec::new() };
        if has_if || self.at(Tok::LBrace) {
            if has_if {
                self.scan();
            }
            body = match self.tok() {
                Tok::LBrace => self.braced_body()?,
                Tok::Eof => {
                    self.illegal("rule body expected");
                    return None;
                }
                _ => {
                    let literal = self.literal()?;
                    Body { span: literal.span, literals: vec![literal] }
                }
            };
        }
        Some(Else { span: self.since(start), value, assign, has_if, body, wildcards })
    }

    /// A further `{ body }` of a v0 rule: a rule of its own with the same head.
    fn chained_rule(&mut self, first: &Rule) -> Option<Rule> {
        if !first.elses.is_empty() {
            self.error("expected else keyword");
            return None;
        }
        let start = self.state.start;
        let body = self.braced_body()?;
        let span = self.since(start);
        let mut head = Head { span, ..first.head.clone() };
        for arg in head.args.iter_mut().flatten() {
            if let TermKind::Var(var) = &mut arg.kind
                && var.wildcard
            {
                var.name = self.fresh_wildcard();
            }
        }
        Some(Rule { span, default: false, head, body, elses: Vec::new(), chained: true })
    }

    /// A head, and whether a space stands between its name and a bracket. The parser is at the name.
    fn head(&mut self, default: bool) -> Option<(Head, bool)> {
        let start = self.state.start;
        let name = self.var();
        let name_end = self.state.end;
        self.scan_ws();
        match self.tok() {
            Tok::Add | Tok::Sub | Tok::Mul | Tok::Div | Tok::Rem | Tok::And | Tok::Or => self.illegal_token(),
            Tok::Equal | Tok::Neq | Tok::Gt | Tok::Gte | Tok::Lt | Tok::Lte => self.illegal_token(),
            Tok::Whitespace => self.scan(),
            _ => {}
        }
        let mut spaced = false;
        let term = if matches!(self.tok(), Tok::LParen | Tok::Dot | Tok::LBrack) {
            spaced = self.state.start != name_end;
            match self.reference(name) {
                Some(term) => term,
                None => {
                    self.illegal("expected rule head name");
                    return None;
                }
            }
        } else {
            root_as_ref(name)
        };
        let mut head = Head {
            span: term.span,
            kind: HeadKind::Value,
            reference: Ref { span: term.span, head: term, path: Vec::new() },
            args: None,
            key: None,
            value: None,
            assign: false,
            has_if: false,
            has_contains: false,
        };
        head.reference = self.head_reference(head.reference.head, &mut head.args, &mut head.kind)?;
        self.head_value(&mut head, default);
        head.span = self.since(start);
        Some((head, spaced))
    }

    /// Takes a head term apart into reference and arguments.
    fn head_reference(&mut self, term: Term, args: &mut Option<Vec<Term>>, kind: &mut HeadKind) -> Option<Ref> {
        let span = term.span;
        match term.kind {
            TermKind::Var(_) => Some(Ref { span, head: term, path: Vec::new() }),
            TermKind::Ref(reference) => Some(*reference),
            TermKind::Call(call) => {
                if call.function.head_name().is_none() {
                    self.illegal(&format!("rule head ref {} invalid", format::dotted_reference(&call.function)));
                    return None;
                }
                if !call.args.is_empty() {
                    *kind = HeadKind::Function;
                }
                *args = Some(call.args);
                Some(call.function)
            }
            // `set()`
            _ => None,
        }
    }

    /// `contains key`, `:= value`, `= value` or nothing. A missing term is recorded as an error.
    fn head_value(&mut self, head: &mut Head, default: bool) {
        let name = |head: &Head| format::dotted_reference(&head.reference);
        match self.tok() {
            Tok::Contains => {
                if head.args.is_some() {
                    self.illegal(&format!(
                        "the contains keyword can only be used with multi-value rule definitions (e.g., {} contains \
                         <VALUE> {{ ... }})",
                        name(head)
                    ));
                }
                self.scan();
                head.has_contains = true;
                head.kind = HeadKind::Set;
                head.key = self.infix_call();
                if head.key.is_none() {
                    self.illegal(&format!("expected rule key term (e.g., {} contains <VALUE> {{ ... }})", name(head)));
                }
            }
            Tok::Unify => {
                self.scan();
                head.value = self.infix_call();
                if head.value.is_none() {
                    let name = name(head);
                    self.illegal(&format!("expected rule value term (e.g., {name}[<nil>] = <VALUE> {{ ... }})"));
                }
            }
            Tok::Assign => {
                self.scan();
                head.assign = true;
                head.value = self.infix_call();
                if head.value.is_none() {
                    let name = name(head);
                    let note = if head.kind == HeadKind::Function {
                        format!("expected function value term (e.g., {name}(...) := <VALUE> {{ ... }})")
                    } else if default {
                        format!("expected default rule value term (e.g., default {name} := <VALUE>)")
                    } else {
                        format!("expected rule value term (e.g., {name} := <VALUE> {{ ... }})")
                    };
                    self.illegal(&note);
                }
            }
            _ => {}
        }
    }

    /// The rest of `default …`; `start` is the place of `default`.
    fn default_rule(&mut self, start: usize) -> Option<Vec<Rule>> {
        let (head, _) = self.head(true)?;
        let n_errors = self.errors.len();
        let span = self.since(start);
        let no_value = head.value.is_none() && head.reference.path.len() == 1 && head.kind != HeadKind::Function;
        if no_value || head.kind == HeadKind::Set {
            self.error_at(span, "illegal default rule (must have a value)");
            return None;
        }
        if let Some(value) = &head.value {
            let mut found = NotConstant::default();
            found.term(value);
            for kind in found.kinds {
                self.error_at(span, format!("illegal default rule (value cannot contain {kind})"));
            }
        }
        if self.errors.len() == n_errors {
            self.check_default_args(&head, span);
        }
        (self.errors.len() == n_errors).then(|| vec![Rule { default: true, span, ..self.bare_rule(head) }])
    }

    fn check_default_args(&mut self, head: &Head, span: Span) {
        let mut seen: Vec<&str> = Vec::new();
        for arg in head.args.iter().flatten() {
            match arg.as_var() {
                Some(var) if seen.contains(&&*var.name) => {
                    self.error_at(span, format!("illegal default rule (arguments cannot be repeated {})", var.name));
                }
                Some(var) => seen.push(&var.name),
                None => {
                    let kind = arg.kind_name();
                    self.error_at(span, format!("illegal default rule (arguments cannot contain {kind})"));
                }
            }
        }
    }
}

/// Collects what may not stand in a default value, comprehensions aside.
#[derive(Default)]
struct NotConstant {
    kinds: Vec<&'static str>,
}

impl Visitor for NotConstant {
    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Var(_) | TermKind::Ref(_) | TermKind::Call(_) => self.kinds.push(term.kind_name()),
            TermKind::ArrayCompr(_) | TermKind::SetCompr(_) | TermKind::ObjectCompr(_) => {}
            _ => walk_term(self, term),
        }
    }
}
