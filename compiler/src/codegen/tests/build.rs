//! Short ways to write plans.

use writ_value::{Value, json};

use crate::codegen::{EmitOptions, emit};
use crate::plan::ir::{
    Block, CompareOp, ConstId, Entrypoint, EntrypointKind, Func, FuncId, Local, Operand, PathId, Plan, Stmt,
};
use crate::source::{FileId, SourceMap, Span};

use super::host::Host;

/// Row 2, column 1 of the file that [`wasm`] gives to the compiler.
pub(super) const SPAN: Span = Span::new(FileId(0), 10, 15);

/// A plan under construction.
#[derive(Debug, Default)]
pub(super) struct Build {
    pub(super) plan: Plan,
}

impl Build {
    /// A constant, given as JSON text.
    pub(super) fn json(&mut self, text: &str) -> Operand {
        self.value(json::parse(text.as_bytes()).expect("JSON"))
    }

    /// A constant.
    pub(super) fn value(&mut self, value: Value) -> Operand {
        Operand::Const(self.id(value))
    }

    /// The number of a constant.
    pub(super) fn id(&mut self, value: Value) -> ConstId {
        // Numbers of one value but different text are different constants.
        let same = |v: &Value| *v == value && v.to_string() == value.to_string();
        let position = self.plan.constants.iter().position(same).unwrap_or_else(|| {
            self.plan.constants.push(value);
            self.plan.constants.len() - 1
        });
        ConstId(position as u32)
    }

    /// The input at a path of strings.
    pub(super) fn input(&mut self, dst: u32, path: &[&str]) -> Stmt {
        self.plan.input_paths.push(path.iter().map(|p| Value::from(*p)).collect());
        Stmt::InputPath { dst: Local(dst), path: PathId(self.plan.input_paths.len() as u32 - 1) }
    }

    /// Adds a function.
    pub(super) fn func(&mut self, name: &str, params: u32, locals: u32, body: Vec<Stmt>) -> FuncId {
        let func = Func { name: name.to_owned(), params, locals, memo: None, body: Block(body) };
        self.plan.funcs.push(func);
        FuncId(self.plan.funcs.len() as u32 - 1)
    }

    /// Adds a function that remembers its result.
    pub(super) fn memo_func(&mut self, name: &str, locals: u32, body: Vec<Stmt>) -> FuncId {
        let id = self.func(name, 0, locals, body);
        self.plan.funcs[id.0 as usize].memo = Some(self.plan.memo_slots);
        self.plan.memo_slots += 1;
        id
    }

    /// Adds an entrypoint.
    pub(super) fn entrypoint(&mut self, name: &str, func: FuncId, kind: EntrypointKind) {
        self.plan.entrypoints.push(Entrypoint { name: name.to_owned(), func, kind, effects: Default::default() });
    }

    /// A plan with one entrypoint `p`, whose function has this body.
    pub(super) fn main(mut self, locals: u32, body: Vec<Stmt>) -> Plan {
        let func = self.func("data.p", 0, locals, body);
        self.entrypoint("p", func, EntrypointKind::Document);
        self.plan
    }
}

/// The module of a plan, which must be valid.
pub(super) fn wasm(plan: &Plan) -> Vec<u8> {
    crate::plan::verify(plan).expect("plan keeps the rules");
    let mut sources = SourceMap::new();
    sources.add("p.rego", "package p\nallow := 1\nallow := 2\n");
    emit(plan, &sources, &EmitOptions::default()).expect("plan fits")
}

/// Result of entrypoint 0 by the fast path; the OPA ABI must agree.
pub(super) fn eval(plan: &Plan, input: Option<&str>, data: Option<&str>) -> Result<String, String> {
    let mut host = Host::new(&wasm(plan));
    let fast = host.fast(0, input, data);
    let set = match fast.as_deref() {
        Ok("undefined") => Ok("set()".to_owned()),
        Ok(value) => Ok(format!("{{{{\"result\":{value}}}}}")),
        Err(text) => Err(text.to_owned()),
    };
    let plain = |outcome: Result<String, String>| outcome.map(|text| text.replace(' ', ""));
    let set = plain(set);
    assert_eq!(plain(host.in_steps(0, input, data)), set);
    assert_eq!(plain(host.one_shot(0, input, data)), set);
    fast
}

/// Result for an input, which must not abort.
pub(super) fn answer(plan: &Plan, input: &str) -> String {
    eval(plan, Some(input), None).expect("no abort")
}

pub(super) fn local(n: u32) -> Operand {
    Operand::Local(Local(n))
}

pub(super) fn block(body: Vec<Stmt>) -> Stmt {
    Stmt::Block(Block(body))
}

pub(super) fn not(body: Vec<Stmt>) -> Stmt {
    Stmt::Not(Block(body))
}

pub(super) fn ret(value: Operand) -> Stmt {
    Stmt::Return { value }
}

pub(super) fn compare(left: Operand, op: CompareOp, right: Operand) -> Stmt {
    Stmt::Compare { op, left, right }
}

pub(super) fn get(dst: u32, source: Operand, key: Operand) -> Stmt {
    Stmt::Get { dst: Local(dst), source, key }
}

pub(super) fn call(dst: u32, func: FuncId, args: Vec<Operand>) -> Stmt {
    Stmt::Call { dst: Local(dst), func, args }
}

pub(super) fn builtin(dst: u32, name: &str, args: Vec<Operand>) -> Stmt {
    Stmt::Builtin { dst: Some(Local(dst)), name: name.to_owned(), args, span: SPAN }
}

pub(super) fn scan(source: Operand, key: Option<u32>, value: Option<u32>, body: Vec<Stmt>) -> Stmt {
    Stmt::Scan { source, key: key.map(Local), value: value.map(Local), body: Block(body) }
}

pub(super) fn array(dst: u32, items: Vec<Operand>) -> Stmt {
    Stmt::MakeArray { dst: Local(dst), items }
}

pub(super) fn push(array: u32, value: Operand) -> Stmt {
    Stmt::Push { array: Local(array), value }
}
