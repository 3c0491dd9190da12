//! `with`: what is replaced and by what.

use writ_value::Value;

use super::call::{Target, constant_steps};
use super::{Lowerer, var_term};
use crate::builtins::Known;
use crate::diag::Code;
use crate::hir::{Callee, Literal, With, WithTarget, WithValue};
use crate::resolve::report::Stage;
use crate::syntax::ast::{self, TermKind as Ast};

impl<'a> Lowerer<'a, '_> {
    /// Lowers `with` parts; literals that compute values are appended to `out`.
    pub(super) fn withs(&mut self, withs: &'a [ast::With], out: &mut Vec<Literal>) -> Vec<With> {
        withs.iter().filter_map(|with| self.with(with, out)).collect()
    }

    fn with(&mut self, with: &'a ast::With, out: &mut Vec<Literal>) -> Option<With> {
        let target = self.with_target(&with.target);
        let mocks_function = matches!(target, Ok(WithTarget::Callee(_)));
        let value = self.with_value(&with.value, mocks_function, out);
        match target {
            Ok(target) => Some(With { target, value, span: with.span }),
            Err(error) => {
                if !self.with_reported {
                    self.with_reported = true;
                    self.error(Stage::With, error.code, with.target.span, error.message);
                }
                None
            }
        }
    }

    fn with_target(&mut self, term: &'a ast::Term) -> Result<WithTarget, BadTarget> {
        let name = match &term.kind {
            Ast::Var(var) => {
                if let Some(global) = self.global(&var.name) {
                    return self.document_target(global.input, global.path.clone());
                }
                if self.locals.see(&var.name).is_some() {
                    return Err(BadTarget::nothing());
                }
                self.locals.insert_seen(&var.name, None, var.span);
                var.name.to_string()
            }
            Ast::Ref(r) => {
                let head = r.head_name().unwrap_or_default();
                let global = self.global(head);
                let (input, mut path) = match (global, head) {
                    (Some(global), _) => (global.input, global.path.clone()),
                    (None, "input") => (true, Vec::new()),
                    (None, "data") => (false, Vec::new()),
                    _ => return self.builtin_target(&r.dotted().unwrap_or_default()),
                };
                let Some(steps) = constant_steps(r) else { return Err(BadTarget::dynamic()) };
                path.extend(steps);
                return self.document_target(input, path);
            }
            _ => return Err(BadTarget::nothing()),
        };
        self.builtin_target(&name)
    }

    fn document_target(&self, input: bool, path: Vec<Value>) -> Result<WithTarget, BadTarget> {
        if input {
            return Ok(WithTarget::Input(path));
        }
        let index = &self.cx.index;
        let mut place = Some(&index.root);
        for (i, step) in path.iter().enumerate() {
            place = place.and_then(|p| p.children.get(step));
            if i + 1 < path.len() && place.is_some_and(|p| !p.rules.is_empty()) {
                return Err(BadTarget::compile("with keyword cannot partially replace virtual document(s)"));
            }
        }
        let function = index.rules_at(&path).find(|entry| entry.arity() > 0).map(|entry| entry.group);
        Ok(function.map_or(WithTarget::Data(path), |group| WithTarget::Callee(Callee::Group(group))))
    }

    fn builtin_target(&self, name: &str) -> Result<WithTarget, BadTarget> {
        let builtin = self.cx.vocabulary.lookup(name).ok_or_else(BadTarget::nothing)?;
        replaceable(&builtin)?;
        Ok(WithTarget::Callee(Callee::Builtin(builtin.name.to_owned())))
    }

    fn with_value(&mut self, term: &'a ast::Term, mocks_function: bool, out: &mut Vec<Literal>) -> WithValue {
        let names_builtin = self.names_builtin(term);
        if mocks_function {
            if let Some(builtin) = names_builtin {
                return WithValue::Callee(Callee::Builtin(builtin.name.to_owned()));
            }
            if let Some(group) = self.names_function(term) {
                return WithValue::Callee(Callee::Group(group));
            }
            if self.names_document(term) {
                return WithValue::Document(self.term(term, out));
            }
        }
        let span = term.span;
        let value = self.term(term, out);
        // A built-in's name where a value is needed is a reference to it in OPA, computed in front and not bound by anything.
        let value = match names_builtin {
            Some(_) => var_term(self.bind(value, out), span),
            None => self.bind_computed(value, out),
        };
        WithValue::Term(value)
    }

    /// The built-in that a bare name or dotted path means, unless a local or global has the name.
    fn names_builtin(&self, term: &ast::Term) -> Option<Known<'a>> {
        let name = match &term.kind {
            Ast::Var(var) => var.name.to_string(),
            Ast::Ref(r) => r.dotted()?,
            _ => return None,
        };
        let head = name.split('.').next().unwrap_or_default();
        let hidden = self.globals.get(head).is_some() || self.locals.find(head).is_some_and(|e| e.var.is_some());
        self.cx.vocabulary.lookup(&name).filter(|_| !hidden)
    }

    /// True for a constant path to a rule or package.
    fn names_document(&mut self, term: &'a ast::Term) -> bool {
        let path = match &term.kind {
            Ast::Var(var) => self.global(&var.name).filter(|g| !g.input).map(|g| g.path.clone()),
            Ast::Ref(r) => {
                let head = r.head_name().unwrap_or_default();
                let base = match self.global(head) {
                    Some(global) => (!global.input).then(|| global.path.clone()),
                    None => (head == "data").then(Vec::new),
                };
                base.zip(constant_steps(r)).map(|(base, steps)| [base, steps].concat())
            }
            _ => None,
        };
        path.is_some_and(|path| self.cx.index.root.find(&path).is_some())
    }

    /// The function that a name or path means.
    fn names_function(&mut self, term: &'a ast::Term) -> Option<crate::hir::GroupId> {
        match &term.kind {
            Ast::Ref(r) => match self.callee(r).0 {
                Target::Rules(group, Some(_)) => Some(group),
                _ => None,
            },
            Ast::Var(var) => {
                let path = self.global(&var.name).filter(|g| !g.input)?.path.clone();
                let entry = self.cx.index.rules_at(&path).next()?;
                (entry.arity() > 0).then_some(entry.group)
            }
            _ => None,
        }
    }
}

/// Why something cannot be replaced.
struct BadTarget {
    code: Code,
    message: String,
}

impl BadTarget {
    fn compile(message: impl Into<String>) -> Self {
        BadTarget { code: Code::Compile, message: message.into() }
    }

    fn nothing() -> Self {
        BadTarget {
            code: Code::Type,
            message: "with keyword target must reference existing input, data, or a function".to_owned(),
        }
    }

    fn dynamic() -> Self {
        BadTarget::compile("with keyword target must not contain variables or references")
    }
}

fn replaceable(builtin: &Known<'_>) -> Result<(), BadTarget> {
    let refuse = |what: &str| Err(BadTarget::compile(format!("with keyword replacing built-in function: {what}")));
    match builtin.name {
        name @ ("eq" | "rego.metadata.chain" | "rego.metadata.rule") => {
            refuse(&format!("replacement of \"{name}\" invalid"))
        }
        name if name.starts_with("internal.") => {
            refuse(&format!("replacement of internal function \"{name}\" invalid"))
        }
        _ if builtin.relation => refuse("target must not be a relation"),
        _ if builtin.is_void() => refuse("target must not be a void function"),
        _ => Ok(()),
    }
}
