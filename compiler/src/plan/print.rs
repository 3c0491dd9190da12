//! A plan as text, for people and snapshots.
//!
//! ```text
//!   func data.p.allow() memo 0
//!     l0 = input.user.role
//!     compare l0 == "admin"
//!     return true
//!   entrypoint 0 p/allow = data.p.allow
//! ```

use std::fmt::{self, Display, Formatter, Write};

use writ_value::Value;

use super::ir::{
    Block, CompareOp, ConstId, Document, EntrypointKind, Func, FuncId, Leaf, Local, Operand, Part, Plan, Stmt, TypeTest,
};

/// Prints the whole plan.
pub fn print(plan: &Plan) -> String {
    let mut out = String::new();
    // Writing into a string does not fail.
    let _ = Printer { plan, out: &mut out }.plan();
    out
}

struct Printer<'p, 'o> {
    plan: &'p Plan,
    out: &'o mut String,
}

impl<'p> Printer<'p, '_> {
    fn plan(&mut self) -> fmt::Result {
        for func in &self.plan.funcs {
            self.func(func)?;
        }
        for (id, entrypoint) in self.plan.entrypoints.iter().enumerate() {
            let kind = match entrypoint.kind {
                EntrypointKind::Document => "entrypoint",
                EntrypointKind::Query => "query",
            };
            writeln!(self.out, "{kind} {id} {} = {}", entrypoint.name, self.func_name(entrypoint.func))?;
        }
        Ok(())
    }

    fn func(&mut self, func: &Func) -> fmt::Result {
        write!(self.out, "func {}(", func.name)?;
        for param in 0..func.params {
            write!(self.out, "{}l{param}", if param == 0 { "" } else { ", " })?;
        }
        self.out.push(')');
        if let Some(slot) = func.memo {
            write!(self.out, " memo {slot}")?;
        }
        self.out.push('\n');
        self.block(&func.body, 1)
    }

    fn func_name(&self, func: FuncId) -> &'p str {
        self.plan.funcs.get(func.0 as usize).map_or("?", |f| &f.name)
    }

    fn block(&mut self, block: &Block, depth: usize) -> fmt::Result {
        for stmt in &block.0 {
            self.out.extend(std::iter::repeat_n("  ", depth));
            self.head(stmt)?;
            self.out.push('\n');
            match stmt {
                Stmt::Scan { body, .. }
                | Stmt::Select { body, .. }
                | Stmt::Block(body)
                | Stmt::Not(body)
                | Stmt::With { body, .. } => {
                    self.block(body, depth + 1)?;
                }
                Stmt::Switch { cases, default, .. } => {
                    for (value, block) in cases {
                        self.out.extend(std::iter::repeat_n("  ", depth));
                        writeln!(self.out, "case {}", self.constant(*value))?;
                        self.block(block, depth + 1)?;
                    }
                    self.out.extend(std::iter::repeat_n("  ", depth));
                    self.out.push_str("default\n");
                    self.block(default, depth + 1)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn head(&mut self, stmt: &Stmt) -> fmt::Result {
        let text = match stmt {
            Stmt::Document { dst, document } => format!("{} = {}", show(*dst), document_name(*document)),
            Stmt::InputPath { dst, path } => format!("{} = input{}", show(*dst), self.input_path(path.0)),
            Stmt::DataPath { dst, path } => format!("{} = data{}", show(*dst), self.const_path(path)),
            Stmt::Get { dst, source, key } => {
                format!("{} = get {} {}", show(*dst), self.operand(*source), self.operand(*key))
            }
            Stmt::IndexLookup { dst, join, source, key } => {
                let path = self.plan.joins.get(join.0 as usize).map_or(String::new(), |j| self.const_path(&j.key));
                format!("{} = lookup {} where {path} == {}", show(*dst), self.operand(*source), self.operand(*key))
            }
            Stmt::Assign { dst, source } => format!("{} = {}", show(*dst), self.operand(*source)),
            Stmt::Reset { dst } => format!("reset {}", show(*dst)),
            Stmt::AssignOnce { dst, source, conflict, .. } => {
                format!("{} = once {} else {conflict:?}", show(*dst), self.operand(*source))
            }
            Stmt::IsDefined { local } => format!("is_defined {}", show(*local)),
            Stmt::IsUndefined { local } => format!("is_undefined {}", show(*local)),
            Stmt::Holds { value } => format!("holds {}", self.operand(*value)),
            Stmt::Compare { op, left, right } => {
                format!("compare {} {} {}", self.operand(*left), symbol(*op), self.operand(*right))
            }
            Stmt::IsType { value, test } => format!("is_{} {}", test_name(*test), self.operand(*value)),
            Stmt::LenIs { value, len } => format!("len_is {} {len}", self.operand(*value)),
            Stmt::Has { slot, source, equals } => {
                format!("has {slot} {} {}", self.operand(*source), self.operand(*equals))
            }
            Stmt::Call { dst, func, args } => {
                format!("{} = call {}({})", show(*dst), self.func_name(*func), self.list(args))
            }
            Stmt::Builtin { dst: Some(dst), name, args, .. } => {
                format!("{} = builtin {name}({})", show(*dst), self.list(args))
            }
            Stmt::Builtin { dst: None, name, args, .. } => format!("builtin {name}({})", self.list(args)),
            Stmt::MakeArray { dst, items } => format!("{} = array [{}]", show(*dst), self.list(items)),
            Stmt::MakeSet { dst, items } => format!("{} = set {{{}}}", show(*dst), self.list(items)),
            Stmt::MakeObject { dst, pairs, .. } => {
                let pairs: Vec<_> =
                    pairs.iter().map(|(k, v)| format!("{}: {}", self.operand(*k), self.operand(*v))).collect();
                format!("{} = object {{{}}}", show(*dst), pairs.join(", "))
            }
            Stmt::Push { array, value } => format!("push {} to {}", self.operand(*value), show(*array)),
            Stmt::Add { set, value } => format!("add {} to {}", self.operand(*value), show(*set)),
            Stmt::Insert { object, key, value } => {
                format!("insert {}: {} to {}", self.operand(*key), self.operand(*value), show(*object))
            }
            Stmt::InsertOnce { object, key, value, conflict, .. } => {
                let (key, value) = (self.operand(*key), self.operand(*value));
                format!("insert_once {key}: {value} to {} else {conflict:?}", show(*object))
            }
            Stmt::InsertPath { object, path, value, leaf, .. } => {
                let verb = match leaf {
                    Leaf::Value => "insert_path",
                    Leaf::Member => "add_path",
                };
                format!("{verb} [{}]: {} to {}", self.list(path), self.operand(*value), show(*object))
            }
            Stmt::Merge { dst, over, base } => format!("{} = merge {} over {}", show(*dst), show(*over), show(*base)),
            Stmt::Scan { source, key, value, .. } => {
                let name = |local: &Option<Local>| local.map_or("_".to_owned(), |l| show(l).to_string());
                format!("scan {} as {}, {}", self.operand(*source), name(key), name(value))
            }
            Stmt::Select { slot, source, part, equals, key, value, .. } => {
                let name = |local: &Option<Local>| local.map_or("_".to_owned(), |l| show(l).to_string());
                let part = match part {
                    Part::Key => "key".to_owned(),
                    Part::Path(path) => format!("value{}", self.const_path(path)),
                };
                let (source, equals) = (self.operand(*source), self.operand(*equals));
                format!("select {slot} {source} as {}, {} where {part} == {equals}", name(key), name(value))
            }
            Stmt::Block(_) => "block".to_owned(),
            Stmt::Not(_) => "not".to_owned(),
            Stmt::Break { levels } => format!("break {levels}"),
            Stmt::With { replace, cells, .. } => {
                let documents = replace.iter().map(|r| {
                    let place = format!("{}{}", document_name(r.document), self.const_path(&r.path));
                    format!("{place} = {}", self.operand(r.value))
                });
                let cells = cells.iter().map(|(cell, value)| format!("cell {cell} = {}", self.operand(*value)));
                format!("with {}", documents.chain(cells).collect::<Vec<_>>().join(", "))
            }
            Stmt::Return { value } => format!("return {}", self.operand(*value)),
            Stmt::ReturnIfDefined { local } => format!("return_if_defined {}", show(*local)),
            Stmt::Switch { on, .. } => format!("switch {}", self.operand(*on)),
            Stmt::Fail => "fail".to_owned(),
        };
        self.out.write_str(&text)
    }

    fn operand(&self, operand: Operand) -> String {
        match operand {
            Operand::Local(local) => show(local).to_string(),
            Operand::Const(id) => self.constant(id),
            Operand::Cell(cell) => format!("cell {cell}"),
        }
    }

    fn list(&self, operands: &[Operand]) -> String {
        operands.iter().map(|o| self.operand(*o)).collect::<Vec<_>>().join(", ")
    }

    fn constant(&self, id: ConstId) -> String {
        self.plan.constants.get(id.0 as usize).map_or("?".to_owned(), |value| value.to_string())
    }

    fn const_path(&self, path: &[ConstId]) -> String {
        path.iter().map(|id| format!("[{}]", self.constant(*id))).collect()
    }

    fn input_path(&self, path: u32) -> String {
        match self.plan.input_paths.get(path as usize) {
            Some(path) => path.iter().map(|key| format!("[{key}]")).collect(),
            None => "?".to_owned(),
        }
    }
}

/// Adds a step of a path: `.name`, or in brackets what is no plain name.
pub(super) fn step(text: &mut String, key: &Value) {
    match key.as_str() {
        Some(name) if is_name(name) => {
            text.push('.');
            text.push_str(name);
        }
        _ => {
            text.push('[');
            text.push_str(&key.to_string());
            text.push(']');
        }
    }
}

fn is_name(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn show(local: Local) -> impl Display {
    struct Show(u32);
    impl Display for Show {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            write!(f, "l{}", self.0)
        }
    }
    Show(local.0)
}

fn document_name(document: Document) -> &'static str {
    match document {
        Document::Input => "input",
        Document::Data => "data",
    }
}

fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "==",
        CompareOp::Ne => "!=",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
    }
}

fn test_name(test: TypeTest) -> &'static str {
    match test {
        TypeTest::Array => "array",
        TypeTest::Object => "object",
        TypeTest::Set => "set",
        TypeTest::Collection => "collection",
    }
}
