//! Literals: each adds statements that fail where it does not hold, and binds its variables for those behind it.

use writ_value::Value;

use super::builder::Open;
use super::env::Mock;
use super::{LowerError, Lowerer, What};
use crate::hir::{Callee, Literal, LiteralKind, Logic, Ref, RefBase, Term, TermKind, VarId};
use crate::plan::ir::{CompareOp, Operand, Stmt, TypeTest};
use crate::source::Span;

impl Lowerer<'_, '_> {
    /// Lowers literals in order. Loops that they open stay open.
    pub(super) fn body(&mut self, body: &[Literal]) -> Result<(), LowerError> {
        body.iter().try_for_each(|literal| self.literal(literal))
    }

    fn literal(&mut self, literal: &Literal) -> Result<(), LowerError> {
        if literal.with.is_empty() { self.literal_kind(literal) } else { self.with(literal) }
    }

    /// The literal without its `with` modifiers.
    pub(super) fn literal_kind(&mut self, literal: &Literal) -> Result<(), LowerError> {
        match &literal.kind {
            LiteralKind::Term(term) => self.statement(term),
            LiteralKind::Unify(left, right) => self.unify(left, right),
            LiteralKind::Call { callee, args, out } => self.call(callee, args, out.as_ref(), literal.span),
            LiteralKind::Iterate { key, value, domain } => self.iterate(key.as_ref(), value, domain),
            LiteralKind::Every { key, value, domain, body } => self.every(*key, *value, domain, body),
            LiteralKind::Not(body) => self.not(body),
            LiteralKind::Logic(logic) => self.logic(logic),
        }
    }

    fn statement(&mut self, term: &Term) -> Result<(), LowerError> {
        match &term.kind {
            TermKind::Const(Value::Bool(false)) => self.b.push(Stmt::Fail),
            TermKind::Const(_) => {}
            _ => {
                let value = self.term(term)?;
                self.b.push(Stmt::Holds { value });
            }
        }
        Ok(())
    }

    fn iterate(&mut self, key: Option<&Term>, value: &Term, domain: &Term) -> Result<(), LowerError> {
        let source = self.term(domain)?;
        let key_local = key.map(|_| self.b.local());
        let value_local = self.b.local();
        self.b.open(Open::Scan { source, key: key_local, value: Some(value_local) });
        if let (Some(pattern), Some(local)) = (key, key_local) {
            self.match_pattern(pattern, Operand::Local(local))?;
        }
        self.match_pattern(value, Operand::Local(value_local))
    }

    fn every(&mut self, key: Option<VarId>, value: VarId, domain: &Term, body: &[Literal]) -> Result<(), LowerError> {
        let source = self.term(domain)?;
        self.b.push(Stmt::IsType { value: source, test: TypeTest::Collection });
        let counterexample = self.b.reset();
        self.scoped(|f| {
            let key_local = key.map(|_| f.b.local());
            let value_local = f.b.local();
            let outside = f.b.depth();
            f.b.open(Open::Scan { source, key: key_local, value: Some(value_local) });
            if let (Some(var), Some(local)) = (key, key_local) {
                f.bind(var, Operand::Local(local));
            }
            f.bind(value, Operand::Local(value_local));
            f.not(body)?;
            f.mark(counterexample);
            f.b.break_to(outside);
            Ok(())
        })?;
        self.b.push(Stmt::IsUndefined { local: counterexample });
        Ok(())
    }

    fn not(&mut self, body: &[Literal]) -> Result<(), LowerError> {
        let found = self.b.local();
        let loops = self.scoped(|f| {
            let outside = f.b.depth();
            let scans = f.b.scans();
            f.b.open(Open::Not);
            f.body(body)?;
            if f.b.scans() == scans {
                return Ok(false);
            }
            // The end of a loop is reached whether or not a round held, so the first round that does says so and leaves.
            f.mark(found);
            f.b.break_to(outside);
            f.b.reopen(outside, Open::Block);
            let inside = f.b.take_open(outside);
            f.b.push(Stmt::Reset { dst: found });
            f.b.put_back(inside);
            Ok(true)
        })?;
        if loops {
            self.b.push(Stmt::IsUndefined { local: found });
        }
        Ok(())
    }

    fn logic(&mut self, logic: &Logic) -> Result<(), LowerError> {
        match logic {
            Logic::And(left, right) => {
                self.logic(left)?;
                self.logic(right)
            }
            Logic::Or(left, right) => {
                let holds = self.b.reset();
                for (n, side) in [left, right].into_iter().enumerate() {
                    self.scoped(|f| {
                        f.b.open(Open::Block);
                        if n > 0 {
                            f.b.push(Stmt::IsUndefined { local: holds });
                        }
                        f.logic(side)?;
                        f.mark(holds);
                        Ok(())
                    })?;
                }
                self.b.push(Stmt::IsDefined { local: holds });
                Ok(())
            }
            Logic::Body(body) => {
                let holds = self.b.reset();
                self.scoped(|f| {
                    let outside = f.b.depth();
                    f.b.open(Open::Block);
                    f.body(body)?;
                    f.mark(holds);
                    f.b.break_to(outside);
                    Ok(())
                })?;
                self.b.push(Stmt::IsDefined { local: holds });
                Ok(())
            }
        }
    }

    /// Notes in a local that control came here.
    pub(super) fn mark(&mut self, dst: crate::plan::ir::Local) {
        let source = self.constant(&Value::Bool(true));
        self.b.push(Stmt::Assign { dst, source });
    }

    fn call(&mut self, callee: &Callee, args: &[Term], out: Option<&Term>, span: Span) -> Result<(), LowerError> {
        if let (Callee::Builtin(name), [left, right], None, None) = (callee, args, out, self.env.mocks.get(callee))
            && let Some(op) = compare_op(name)
        {
            let left = self.term(left)?;
            let right = self.term(right)?;
            self.b.push(Stmt::Compare { op, left, right });
            return Ok(());
        }
        let args = args.iter().map(|arg| self.term(arg)).collect::<Result<Vec<_>, _>>()?;
        // As in OPA, a call whose result nobody takes holds without a look at the document that stands in for the function.
        if out.is_none() && matches!(self.env.mocks.get(callee), Some(Mock::Document(_))) {
            return Ok(());
        }
        let Some(result) = self.invoke(callee, args, span)? else { return Ok(()) };
        let result = if self.is_relation(callee) && !self.env.mocks.contains_key(callee) {
            let value = self.b.local();
            self.b.open(Open::Scan { source: result, key: None, value: Some(value) });
            Operand::Local(value)
        } else {
            result
        };
        match out {
            Some(pattern) => self.match_pattern(pattern, result),
            None => {
                self.b.push(Stmt::Holds { value: result });
                Ok(())
            }
        }
    }

    /// Calls `callee` or what stands in for it; `None` when it has no result.
    fn invoke(&mut self, callee: &Callee, args: Vec<Operand>, span: Span) -> Result<Option<Operand>, LowerError> {
        match self.env.mocks.get(callee).cloned() {
            Some(Mock::Cell(cell)) => return Ok(Some(Operand::Cell(cell))),
            Some(Mock::Document(path)) => {
                let env = std::rc::Rc::new(self.env.without_mock(callee));
                let outer = std::mem::replace(&mut self.env, env);
                let path = path.into_iter().map(|key| Term { kind: TermKind::Const(key), span }).collect();
                let value = self.reference(&Ref { base: RefBase::Data, path });
                self.env = outer;
                return value.map(Some);
            }
            Some(Mock::Callee(stand_in)) => {
                let env = std::rc::Rc::new(self.env.without_mocks());
                return self.invoke_plain(&stand_in, args, span, &env);
            }
            None => {}
        }
        let env = std::rc::Rc::clone(&self.env);
        self.invoke_plain(callee, args, span, &env)
    }

    fn is_relation(&self, callee: &Callee) -> bool {
        let relation = |name: &str| self.planner.program.vocabulary.lookup(name).is_some_and(|b| b.relation);
        matches!(callee, Callee::Builtin(name) if relation(name))
    }

    fn invoke_plain(
        &mut self,
        callee: &Callee,
        args: Vec<Operand>,
        span: Span,
        env: &std::rc::Rc<super::env::Env>,
    ) -> Result<Option<Operand>, LowerError> {
        match callee {
            Callee::Group(id) => {
                let func = self.planner.func(What::Group(*id), env)?;
                let dst = self.b.local();
                self.b.push(Stmt::Call { dst, func, args });
                Ok(Some(Operand::Local(dst)))
            }
            Callee::Builtin(name) => {
                let is_void = self.planner.program.vocabulary.lookup(name).is_some_and(|b| b.is_void());
                let dst = if is_void { None } else { Some(self.b.local()) };
                self.b.push(Stmt::Builtin { dst, name: name.clone(), args, span });
                Ok(dst.map(Operand::Local))
            }
        }
    }
}

fn compare_op(name: &str) -> Option<CompareOp> {
    Some(match name {
        "equal" => CompareOp::Eq,
        "neq" => CompareOp::Ne,
        "lt" => CompareOp::Lt,
        "lte" => CompareOp::Le,
        "gt" => CompareOp::Gt,
        "gte" => CompareOp::Ge,
        _ => return None,
    })
}
