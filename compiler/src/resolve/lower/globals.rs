//! Names that a module can use without declaring them: rules of its package and imports.

use std::cell::Cell;

use rustc_hash::FxHashMap;
use writ_value::Value;

use crate::hir::{Ref, RefBase, Term, TermKind};
use crate::resolve::index::{Index, package_path};
use crate::source::Span;
use crate::syntax::ast;

/// What a name stands for.
#[derive(Debug)]
pub(in crate::resolve) struct Global {
    /// Below `input` rather than `data`.
    pub(in crate::resolve) input: bool,
    /// The path.
    pub(in crate::resolve) path: Vec<Value>,
    /// Some term used it.
    pub(in crate::resolve) used: Cell<bool>,
}

/// All such names of one module or query.
#[derive(Debug, Default)]
pub(in crate::resolve) struct Globals<'a> {
    names: FxHashMap<&'a str, Global>,
}

impl<'a> Globals<'a> {
    /// Rules of `package`, then `imports`, which win.
    pub(in crate::resolve) fn new(
        index: &Index<'a>,
        package: Option<&ast::Package>,
        imports: &'a [ast::Import],
    ) -> Globals<'a> {
        let mut globals = Globals::default();
        let path = package.map(package_path);
        if let Some(place) = path.as_ref().and_then(|path| index.root.find(path)) {
            let modules = place.modules.iter().filter_map(|m| index.modules.get(*m));
            for name in modules.flat_map(|m| &m.rules).filter_map(|r| r.head.reference.head_name()) {
                let mut path = path.clone().unwrap_or_default();
                path.push(Value::from(name));
                globals.names.entry(name).or_insert(Global { input: false, path, used: Cell::new(false) });
            }
        }
        for import in imports.iter().filter(|i| i.is_document()) {
            let path = import.path.iter().skip(1).map(|n| Value::from(&*n.text)).collect();
            let global = Global { input: import.root() == "input", path, used: Cell::new(false) };
            globals.names.insert(import.name(), global);
        }
        globals
    }

    /// What `name` stands for.
    pub(in crate::resolve) fn get(&self, name: &str) -> Option<&Global> {
        self.names.get(name)
    }
}

impl Global {
    /// The document as a reference whose parts all stand at `span`.
    pub(super) fn reference(&self, span: Span) -> Ref {
        let base = if self.input { RefBase::Input } else { RefBase::Data };
        let path = self.path.iter().map(|v| Term { kind: TermKind::Const(v.clone()), span }).collect();
        Ref { base, path }
    }
}
