//! Takes the code out of a module that this host never calls, so that no machine code is made for it: a module of ours also carries what other hosts
//! of the OPA ABI call, such as a parser and a printer of JSON, which is more than half of a small policy.
//!
//! A body that nothing reaches becomes `unreachable` and padding, byte for byte in its place: no other byte of the module changes, no offset moves.
//! What is kept is found conservatively: by calls and references from the exports that are kept, the start function, globals and, once a reachable
//! function calls through a table, everything that any table holds.

use std::ops::Range;

use wasmparser::{ConstExpr, ElementItems, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef};

const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// Empties the functions of `wasm` that no kept export needs. A module that is not understood stays as it is: the engine refuses what is not valid.
pub(crate) fn trim(wasm: &mut [u8], keep: impl Fn(&str) -> bool) {
    let Ok(graph) = Graph::read(wasm, keep) else { return };
    let reached = graph.reached();
    for (body, _) in graph.bodies.iter().zip(reached).filter(|(_, reached)| !reached) {
        let range = body.range.start as usize..body.range.end as usize;
        if let Some([locals, first, rest @ .., end]) = wasm.get_mut(range) {
            (*locals, *first, *end) = (0, UNREACHABLE, END);
            rest.fill(NOP);
        }
    }
}

/// Who calls whom.
#[derive(Default)]
struct Graph {
    /// Functions that are imported come first in the numbering.
    imported: usize,
    bodies: Vec<Body>,
    roots: Vec<u32>,
    /// What tables hold.
    elements: Vec<u32>,
}

struct Body {
    range: Range<u64>,
    calls: Vec<u32>,
    through_table: bool,
}

impl Graph {
    fn read(wasm: &[u8], keep: impl Fn(&str) -> bool) -> wasmparser::Result<Self> {
        let mut graph = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        graph.imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        // A function that is given away as a value may be called by anybody; names of other kinds call nothing.
                        if export.kind == ExternalKind::Func && keep(export.name) {
                            graph.roots.push(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => graph.roots.push(func),
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        references(&global?.init_expr, &mut graph.roots)?;
                    }
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        if let wasmparser::TableInit::Expr(init) = table?.init {
                            references(&init, &mut graph.roots)?;
                        }
                    }
                }
                Payload::ElementSection(elements) => {
                    for element in elements {
                        match element?.items {
                            ElementItems::Functions(functions) => {
                                for function in functions {
                                    graph.elements.push(function?);
                                }
                            }
                            ElementItems::Expressions(_, expressions) => {
                                for expression in expressions {
                                    references(&expression?, &mut graph.elements)?;
                                }
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => graph.bodies.push(Body::read(&body)?),
                _ => {}
            }
        }
        Ok(graph)
    }

    /// For each body whether it can be reached.
    fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.bodies.len()];
        let mut tables = false;
        let mut next = self.roots.clone();
        while let Some(function) = next.pop() {
            let Some(n) = (function as usize).checked_sub(self.imported) else { continue };
            let (Some(body), Some(seen)) = (self.bodies.get(n), reached.get_mut(n)) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            next.extend(&body.calls);
            if body.through_table && !std::mem::replace(&mut tables, true) {
                next.extend(&self.elements);
            }
        }
        reached
    }
}

impl Body {
    fn read(body: &FunctionBody<'_>) -> wasmparser::Result<Self> {
        let mut this = Self { range: body.range(), calls: Vec::new(), through_table: false };
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index }
                | Operator::ReturnCall { function_index }
                | Operator::RefFunc { function_index } => this.calls.push(function_index),
                Operator::CallIndirect { .. }
                | Operator::ReturnCallIndirect { .. }
                | Operator::CallRef { .. }
                | Operator::ReturnCallRef { .. }
                | Operator::TableGet { .. } => this.through_table = true,
                _ => {}
            }
        }
        Ok(this)
    }
}

/// Functions that a constant expression refers to.
fn references(expression: &ConstExpr<'_>, into: &mut Vec<u32>) -> wasmparser::Result<()> {
    for operator in expression.get_operators_reader() {
        if let Operator::RefFunc { function_index } = operator? {
            into.push(function_index);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = r#"(module
        (import "env" "f" (func $import))
        (table 4 funcref)
        (elem (i32.const 0) $by_table)
        (func $leaf (result i32) (local i64 i64) i32.const 7)
        (func (export "kept") (result i32) call $leaf)
        (func (export "other") (result i32) call $only_other)
        (func $only_other (result i32) (local i32) (i32.add (local.get 0) (i32.const 5)))
        (func $by_table (result i32) i32.const 9)
        (func (export "table") (result i32) (call_indirect (result i32) (i32.const 0)))
        (func $started call $import)
        (start $started))"#;

    /// What each export gives when only `kept` is kept, `None` where it traps.
    fn run(kept: &str) -> Vec<Option<i32>> {
        let mut wasm = wat::parse_str(MODULE).unwrap();
        let len = wasm.len();
        trim(&mut wasm, |name| name == kept);
        assert_eq!(wasm.len(), len);
        let engine = wasmtime::Engine::default();
        let module = wasmtime::Module::new(&engine, &wasm).unwrap();
        let mut store = wasmtime::Store::new(&engine, 0);
        let import = wasmtime::Func::wrap(&mut store, |mut caller: wasmtime::Caller<'_, i32>| *caller.data_mut() += 1);
        let instance = wasmtime::Instance::new(&mut store, &module, &[import.into()]).unwrap();
        assert_eq!(*store.data(), 1, "the start function is kept");
        ["kept", "other", "table"]
            .map(|name| instance.get_typed_func::<(), i32>(&mut store, name).unwrap().call(&mut store, ()).ok())
            .to_vec()
    }

    #[test]
    fn what_is_kept_keeps_what_it_calls_and_the_rest_traps() {
        assert_eq!(run("kept"), [Some(7), None, None]);
        assert_eq!(run("other"), [None, Some(5), None]);
        assert_eq!(run("table"), [None, None, Some(9)]);
        assert_eq!(run("none"), [None, None, None]);
    }

    #[test]
    fn what_is_not_understood_stays_as_it_is() {
        let whole = wat::parse_str(MODULE).unwrap();
        for n in 0..whole.len() {
            let mut cut = whole[..n].to_vec();
            trim(&mut cut, |_| false);
            if cut != whole[..n] {
                // All bodies are there: what is missing stands behind them.
                assert!(wasmparser::validate(&whole[..n]).is_ok() || n > whole.len() / 2);
            }
        }
    }
}
