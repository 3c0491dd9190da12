//! A group of rules becomes one function: its value, set, object, or what it computes from arguments.

use std::rc::Rc;

use writ_value::Value;

use super::builder::Open;
use super::env::Env;
use super::{LowerError, Lowerer, Planner};
use crate::hir::{self, Branch, Default_, Group, GroupId, GroupKind, Head, Rule, TermKind};
use crate::plan::ir::{Conflict, Func, Leaf, Local, Operand, Stmt};

/// Lowers the group's function for one environment.
pub(super) fn lower(planner: &mut Planner<'_>, id: GroupId, env: &Rc<Env>) -> Result<Func, LowerError> {
    let program = planner.program;
    let Some(group) = program.groups.get(id.0 as usize) else {
        return Err(LowerError::defect("group out of range", None));
    };
    let name = display_path(&group.path);
    let arity = match group.kind {
        GroupKind::Function { arity } => arity,
        _ => 0,
    };
    // Rules have variables of their own; the function's locals are shared, so each rule gets a fresh `bound` map.
    let empty = hir::Scope::default();
    let mut f = Lowerer::new(planner, env, &empty, arity as u32);
    match group.kind {
        GroupKind::Complete => f.single_value(group, Conflict::Rule)?,
        GroupKind::Function { .. } => f.single_value(group, Conflict::Function)?,
        GroupKind::Set => f.set(group)?,
        GroupKind::Object => f.object(group)?,
    }
    let memo = if arity == 0 { Some(f.planner.memo_slot()) } else { None };
    f.finish(name, memo)
}

/// `data.a.b` with brackets where a part is no plain name.
pub(super) fn display_path(path: &[Value]) -> String {
    let mut text = String::from("data");
    path.iter().for_each(|part| crate::plan::print::step(&mut text, part));
    text
}

/// What to do when the branch of a rule has a solution.
enum Yield {
    /// End the function with the value.
    Return,
    /// Keep the value in this local, all solutions must agree.
    Once(Local, Conflict),
    /// Add to the set.
    Member(Local),
    /// Insert into the object, and say in the second local that something was inserted.
    Insert(Local, Option<Local>),
}

impl<'p> Lowerer<'_, 'p> {
    fn single_value(&mut self, group: &'p Group, conflict: Conflict) -> Result<(), LowerError> {
        if let [rule] = group.rules.as_slice()
            && rule.branches.iter().all(is_constant)
        {
            // The first solution of the first branch that has one decides: no other can differ.
            for branch in &rule.branches {
                self.rule_scope(rule, |f| f.branch(branch, &Yield::Return))?;
            }
            return self.default_value(group);
        }
        if same_constant(&group.rules) {
            for rule in &group.rules {
                for branch in &rule.branches {
                    self.rule_scope(rule, |f| f.branch(branch, &Yield::Return))?;
                }
            }
            return self.default_value(group);
        }
        let result = self.b.reset();
        for rule in &group.rules {
            if let [branch] = rule.branches.as_slice() {
                self.rule_scope(rule, |f| f.branch(branch, &Yield::Once(result, conflict)))?;
            } else {
                self.else_chain(rule, result, conflict)?;
            }
        }
        self.b.push(Stmt::ReturnIfDefined { local: result });
        self.default_value(group)
    }

    /// The first branch with a solution gives the rule's value, which then must agree with the other rules'.
    fn else_chain(&mut self, rule: &'p Rule, result: Local, conflict: Conflict) -> Result<(), LowerError> {
        let depth = self.b.depth();
        self.b.open(Open::Block);
        let value = self.b.reset();
        for (n, branch) in rule.branches.iter().enumerate() {
            let outer = self.b.depth();
            self.b.open(Open::Block);
            if n > 0 {
                self.b.push(Stmt::IsUndefined { local: value });
            }
            self.rule_scope(rule, |f| f.branch(branch, &Yield::Once(value, conflict)))?;
            self.b.close_to(outer);
        }
        self.b.push(Stmt::IsDefined { local: value });
        self.b.push(Stmt::AssignOnce { dst: result, source: Operand::Local(value), conflict, span: rule.span });
        self.b.close_to(depth);
        Ok(())
    }

    fn default_value(&mut self, group: &'p Group) -> Result<(), LowerError> {
        let Some(Default_ { value, body, scope, .. }) = &group.default else { return Ok(()) };
        self.in_scope(scope, |f| {
            f.body(body)?;
            let value = f.term(value)?;
            f.b.push(Stmt::Return { value });
            Ok(())
        })
    }

    fn set(&mut self, group: &'p Group) -> Result<(), LowerError> {
        let set = self.b.make_set(Vec::new());
        for rule in &group.rules {
            for branch in &rule.branches {
                self.rule_scope(rule, |f| f.branch(branch, &Yield::Member(set)))?;
            }
        }
        self.b.push(Stmt::Return { value: Operand::Local(set) });
        Ok(())
    }

    fn object(&mut self, group: &'p Group) -> Result<(), LowerError> {
        let object = self.b.local();
        self.b.push(Stmt::MakeObject { dst: object, pairs: Vec::new() });
        for rule in &group.rules {
            if let [branch] = rule.branches.as_slice() {
                self.rule_scope(rule, |f| f.branch(branch, &Yield::Insert(object, None)))?;
                continue;
            }
            // An `else` of an object rule counts only when no branch before it inserted anything.
            let done = self.b.reset();
            for branch in &rule.branches {
                let depth = self.b.depth();
                self.b.open(Open::Block);
                self.b.push(Stmt::IsUndefined { local: done });
                self.rule_scope(rule, |f| f.branch(branch, &Yield::Insert(object, Some(done))))?;
                self.b.close_to(depth);
            }
        }
        self.b.push(Stmt::Return { value: Operand::Local(object) });
        Ok(())
    }

    /// Runs `inner` with the rule's variables, its parameters matched against the arguments, in a block of its own.
    fn rule_scope(
        &mut self,
        rule: &'p Rule,
        inner: impl FnOnce(&mut Lowerer<'_, 'p>) -> Result<(), LowerError>,
    ) -> Result<(), LowerError> {
        self.in_scope(&rule.scope, |f| {
            for (n, param) in rule.params.iter().enumerate() {
                f.match_pattern(param, Operand::Local(Local(n as u32)))?;
            }
            inner(f)
        })
    }

    /// Runs `inner` in a block of its own over the variables of `scope`.
    fn in_scope(
        &mut self,
        scope: &hir::Scope,
        inner: impl FnOnce(&mut Lowerer<'_, 'p>) -> Result<(), LowerError>,
    ) -> Result<(), LowerError> {
        let builder = std::mem::replace(&mut self.b, super::builder::Builder::new(0));
        let mut f = Lowerer {
            planner: &mut *self.planner,
            env: Rc::clone(&self.env),
            b: builder,
            bound: vec![None; scope.vars.len()],
            scope,
        };
        let depth = f.b.depth();
        f.b.open(Open::Block);
        let result = inner(&mut f);
        f.b.close_to(depth);
        self.b = f.b;
        result
    }

    fn branch(&mut self, branch: &'p Branch, yields: &Yield) -> Result<(), LowerError> {
        self.body(&branch.body)?;
        match (yields, &branch.head) {
            (Yield::Return, Head::Value(term)) => {
                let value = self.term(term)?;
                self.b.push(Stmt::Return { value });
            }
            (Yield::Once(dst, conflict), Head::Value(term)) => {
                let source = self.term(term)?;
                self.b.push(Stmt::AssignOnce { dst: *dst, source, conflict: *conflict, span: branch.span });
            }
            (Yield::Member(set), Head::Member(term)) => {
                let value = self.term(term)?;
                self.b.push(Stmt::Add { set: *set, value });
            }
            (Yield::Insert(object, done), head) => {
                let path = branch.suffix.iter().map(|key| self.term(key)).collect::<Result<Vec<_>, _>>()?;
                let (term, leaf) = match head {
                    Head::Value(term) => (term, Leaf::Value),
                    Head::Member(term) => (term, Leaf::Member),
                };
                let value = self.term(term)?;
                self.b.push(Stmt::InsertPath { object: *object, path, value, leaf, span: branch.span });
                if let Some(dst) = *done {
                    let source = self.constant(&Value::Bool(true));
                    self.b.push(Stmt::Assign { dst, source });
                }
            }
            (_, _) => return Err(LowerError::defect("rule head does not fit its group", Some(branch.span))),
        }
        Ok(())
    }
}

fn is_constant(branch: &Branch) -> bool {
    matches!(&branch.head, Head::Value(term) if matches!(term.kind, TermKind::Const(_)))
}

/// True when every branch of every rule yields one and the same constant, so that the first solution found is the answer.
fn same_constant(rules: &[Rule]) -> bool {
    let mut seen: Option<&Value> = None;
    rules.iter().flat_map(|rule| &rule.branches).all(|branch| match &branch.head {
        Head::Value(hir::Term { kind: TermKind::Const(value), .. }) => {
            *seen.get_or_insert(value) == value && seen.is_some_and(|first| first.to_string() == value.to_string())
        }
        _ => false,
    })
}
