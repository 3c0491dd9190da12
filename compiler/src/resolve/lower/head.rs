//! Rules: parameters, branches, and what each branch yields.

use rustc_hash::FxHashSet;
use writ_value::Value;

use super::closure::mentions;
use super::locals::{Locals, Occurrence};
use super::names::computes;
use super::{Lowerer, constant_term, var_term};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Branch, Head, Literal, Rule, Term, TermKind, VarId};
use crate::resolve::annotations::RuleMetadata;
use crate::resolve::index::RuleEntry;
use crate::resolve::report::Stage;
use crate::resolve::text;
use crate::source::Span;
use crate::syntax::ast::{self, TermKind as Ast};
use crate::syntax::constant;

/// A rule in the making.
#[derive(Debug)]
pub(in crate::resolve) struct LoweredRule {
    /// The rule; the suffixes of its branches begin behind its ground path.
    pub(in crate::resolve) rule: Rule,
    /// For each branch, the variables that were not declared.
    pub(in crate::resolve) raw: Vec<Vec<VarId>>,
    /// Captures of template strings and prints.
    pub(in crate::resolve) captures: rustc_hash::FxHashMap<VarId, super::Capture>,
}

/// A parameter.
enum Param<'a> {
    /// A pattern that needs nothing computed.
    Pattern(Term),
    /// A variable that each branch unifies with the term at its end.
    Computed(VarId, &'a ast::Term),
}

impl<'a, 'c> Lowerer<'a, 'c> {
    /// Lowers a rule with all its branches. `metadata` is for `rego.metadata.*`.
    pub(in crate::resolve) fn rule(mut self, entry: &RuleEntry<'a>, metadata: Option<&'c RuleMetadata>) -> LoweredRule {
        let rule = entry.rule;
        let args = rule.head.args.as_deref().unwrap_or_default();
        self.check_argument_names(rule, args);
        self.ignore.push(argument_names(args));
        let names = self.declare_arguments(args);
        let scope_of_arguments = self.locals.clone();
        let params: Vec<Param<'a>> = args.iter().map(|arg| self.param(arg)).collect();
        let mut unused: Vec<&'a str> = names;

        let mut branches = Vec::with_capacity(1 + rule.elses.len());
        let mut raw = Vec::with_capacity(1 + rule.elses.len());
        let main = (rule.head.value.as_ref(), &rule.body, rule.span);
        let elses = rule.elses.iter().map(|e| (e.value.as_ref(), &e.body, e.span));
        for (i, (value, body, span)) in std::iter::once(main).chain(elses).enumerate() {
            self.start_branch(&scope_of_arguments);
            self.metadata = metadata.map(|m| if i == 0 { &m.rule } else { &m.else_branch });
            branches.push(self.branch(entry, &params, value, body, span, &mut unused));
            raw.push(self.take_raw());
        }
        self.report_unused_arguments(rule, &unused);
        let params = params
            .into_iter()
            .zip(args)
            .map(|(param, arg)| match param {
                Param::Pattern(term) => term,
                Param::Computed(var, _) => var_term(var, arg.span),
            })
            .collect();
        let rule = Rule { params, branches, scope: self.scope, name: text::data_path(&entry.path), span: rule.span };
        LoweredRule { rule, raw, captures: self.captures }
    }

    fn start_branch(&mut self, arguments: &Locals<'a>) {
        self.locals = arguments.clone();
        self.raw.clear();
        self.declaration_errors = false;
        self.unused_reported = false;
        self.with_reported = false;
    }

    fn branch(
        &mut self,
        entry: &RuleEntry<'a>,
        params: &[Param<'a>],
        value: Option<&'a ast::Term>,
        body: &'a ast::Body,
        span: Span,
        unused: &mut Vec<&'a str>,
    ) -> Branch {
        let head = &entry.rule.head;
        self.enter_names(body);
        let steps: Vec<&'a ast::Term> = head.reference.path.iter().map(|a| &a.term).collect();
        let in_head: Vec<&ast::Term> = steps.iter().copied().chain(head.key.as_ref()).chain(value).collect();
        let mut out = self.body(body, &|name| mentions(&in_head, name));
        let in_value: Vec<&ast::Term> = value.into_iter().collect();
        unused.retain(|name| self.locals.find(name).is_some_and(|e| e.count <= 1) && !mentions(&in_value, name));

        // Comprehensions of the head are scopes beside the body: what is said about one hides nothing of the other.
        self.declaration_errors = false;
        self.unused_reported = false;
        let suffix =
            steps.iter().skip_while(|t| constant::scalar(t).is_some()).map(|t| self.step(t, &mut out)).collect();
        for param in params {
            if let Param::Computed(var, term) = param {
                let term = self.term(term, &mut out);
                let span = term.span;
                let kind = crate::hir::LiteralKind::Unify(var_term(*var, span), term);
                out.push(super::generated(kind, span));
            }
        }
        let head = match (entry.is_set(), &head.key) {
            (true, Some(key)) => Head::Member(self.computed_head(key, &mut out)),
            _ => Head::Value(match value {
                Some(value) => self.computed_head(value, &mut out),
                None => constant_term(Value::Bool(true), head.span),
            }),
        };
        self.leave_names();
        Branch { suffix, head, body: out, span }
    }

    /// A step of the rule's own reference: a scalar or a variable.
    fn step(&mut self, term: &'a ast::Term, out: &mut Vec<Literal>) -> Term {
        let lowered = self.term(term, out);
        match (&lowered.kind, constant::scalar(term)) {
            (TermKind::Var(_), _) | (_, Some(_)) => lowered,
            _ => {
                let span = lowered.span;
                var_term(self.bind(lowered, out), span)
            }
        }
    }

    fn check_argument_names(&mut self, rule: &ast::Rule, args: &'a [ast::Term]) {
        let mut open: Vec<&ast::Term> = args.iter().rev().collect();
        while let Some(term) = open.pop() {
            match &term.kind {
                Ast::Ref(r) if r.path.is_empty() => {
                    if let Some(name @ ("input" | "data")) = r.head_name() {
                        let message = format!("args must not shadow {name} (use a different variable name)");
                        self.error(Stage::Arguments, Code::Compile, rule.span, message);
                        return;
                    }
                }
                Ast::Array(items) => open.extend(items.iter().rev()),
                Ast::Object(entries) => open.extend(entries.iter().rev().map(|(_, v)| v)),
                _ => {}
            }
        }
    }

    /// Declares the variables of the parameters and gives their names, wildcards excepted.
    fn declare_arguments(&mut self, args: &'a [ast::Term]) -> Vec<&'a str> {
        let mut names = Vec::new();
        let mut open: Vec<&'a ast::Term> = args.iter().rev().collect();
        while let Some(term) = open.pop() {
            match &term.kind {
                Ast::Var(var) => names.extend(self.declare_argument(var)),
                Ast::Ref(r) => {
                    // As in OPA, the start of a reference becomes a parameter, too, which nothing binds.
                    open.extend(r.path.iter().rev().map(|a| &a.term));
                    open.push(&r.head);
                }
                Ast::Array(items) => open.extend(items.iter().rev()),
                Ast::Object(entries) => open.extend(entries.iter().rev().map(|(_, v)| v)),
                Ast::Call(_) => {
                    let message = "rule arguments cannot contain calls";
                    self.error(Stage::Locals, Code::Compile, term.span, message);
                }
                _ => {}
            }
        }
        names
    }

    /// The name, if the variable is new and no wildcard.
    fn declare_argument(&mut self, var: &'a ast::Var) -> Option<&'a str> {
        if self.locals.see(&var.name).is_some() {
            return None;
        }
        self.declare(var, Occurrence::Argument, var.span, var.span)?;
        (!var.wildcard).then_some(&*var.name)
    }

    fn param(&mut self, arg: &'a ast::Term) -> Param<'a> {
        if computes(arg) || has_variable_keys(arg) {
            return Param::Computed(self.temporary(arg.span), arg);
        }
        let mut none = Vec::new();
        Param::Pattern(self.term(arg, &mut none))
    }

    fn report_unused_arguments(&mut self, rule: &ast::Rule, unused: &[&str]) {
        if !self.cx.strict {
            return;
        }
        for name in unused {
            let message = format!("unused argument {name}. (hint: use _ (wildcard variable) instead)");
            let diagnostic = Diagnostic::error(Code::Compile, rule.head.span, message);
            self.reports.note(Stage::Locals, diagnostic);
        }
    }
}

/// Names in parameters, which mean no rule or import in the whole rule.
fn argument_names(args: &[ast::Term]) -> FxHashSet<&str> {
    let mut names = FxHashSet::default();
    let mut open: Vec<&ast::Term> = args.iter().collect();
    while let Some(term) = open.pop() {
        match &term.kind {
            Ast::Var(var) => {
                names.insert(&*var.name);
            }
            Ast::Ref(r) => {
                open.push(&r.head);
                open.extend(r.path.iter().map(|a| &a.term));
            }
            Ast::Array(items) => open.extend(items),
            Ast::Object(entries) => open.extend(entries.iter().map(|(_, v)| v)),
            _ => {}
        }
    }
    names
}

fn has_variable_keys(term: &ast::Term) -> bool {
    match &term.kind {
        Ast::Object(entries) => entries.iter().any(|(k, v)| !k.is_ground_constant() || has_variable_keys(v)),
        Ast::Array(items) => items.iter().any(has_variable_keys),
        _ => false,
    }
}
