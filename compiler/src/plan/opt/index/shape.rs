//! The shape of a block: its text with constants left out and its own locals numbered anew. Blocks of one shape differ in constants only.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::plan::ir::{Block, ConstId, Document, Local, Operand, Stmt};
use crate::plan::visit;

/// Numbers for the names of built-ins.
#[derive(Debug, Default)]
pub(super) struct Names(FxHashMap<String, u64>);

/// See the module.
#[derive(Debug)]
pub(super) struct Shape {
    /// Equal for blocks of one shape.
    pub(super) tokens: Vec<u64>,
    /// The constants in the order of the text: what [`fill`] replaces.
    pub(super) holes: Vec<ConstId>,
    /// Position in `holes` of the first constant of each statement of the block itself.
    pub(super) starts: Vec<usize>,
}

/// The shape of a block. `inner` are the locals that only it mentions.
pub(super) fn of(block: &Block, inner: &FxHashSet<u32>, names: &mut Names) -> Shape {
    let mut encoder = Encoder { inner, names, numbers: FxHashMap::default(), tokens: Vec::new(), holes: Vec::new() };
    let mut starts = Vec::with_capacity(block.0.len());
    for stmt in &block.0 {
        starts.push(encoder.holes.len());
        encoder.stmt(stmt);
    }
    Shape { tokens: encoder.tokens, holes: encoder.holes, starts }
}

/// Puts operands into the places of a block's constants, in the order of [`Shape::holes`].
pub(super) fn fill(block: &mut Block, values: &mut impl Iterator<Item = Operand>) {
    for stmt in &mut block.0 {
        visit::operands_mut(stmt, &mut |operand| {
            if let Operand::Const(_) = operand
                && let Some(value) = values.next()
            {
                *operand = value;
            }
        });
        stmt.blocks_mut().for_each(|inner| fill(inner, values));
    }
}

struct Encoder<'a> {
    inner: &'a FxHashSet<u32>,
    names: &'a mut Names,
    numbers: FxHashMap<u32, u64>,
    tokens: Vec<u64>,
    holes: Vec<ConstId>,
}

/// Tokens with a meaning of their own have these in their upper half.
const OWN_LOCAL: u64 = 1 << 32;
const OTHER_LOCAL: u64 = 2 << 32;
const CONSTANT: u64 = 3 << 32;
const CELL: u64 = 4 << 32;
const BLOCK: u64 = 5 << 32;
const END: u64 = 6 << 32;

impl Encoder<'_> {
    fn put(&mut self, token: impl Into<u64>) {
        self.tokens.push(token.into());
    }

    fn local(&mut self, local: Local) {
        let token = if self.inner.contains(&local.0) {
            let next = self.numbers.len() as u64;
            OWN_LOCAL | *self.numbers.entry(local.0).or_insert(next)
        } else {
            OTHER_LOCAL | u64::from(local.0)
        };
        self.put(token);
    }

    fn maybe(&mut self, local: Option<Local>) {
        match local {
            Some(local) => self.local(local),
            None => self.put(END),
        }
    }

    /// What [`visit::operands_mut`] reaches, so that [`fill`] finds the same constants.
    fn operand(&mut self, operand: Operand) {
        match operand {
            Operand::Local(local) => self.local(local),
            Operand::Const(id) => {
                self.holes.push(id);
                self.put(CONSTANT);
            }
            Operand::Cell(cell) => self.put(CELL | u64::from(cell)),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.head(stmt);
        visit::operands(stmt, &mut |operand| self.operand(operand));
        self.put(END);
        visit::looks_at(stmt, &mut |local| self.local(local));
        visit::changes(stmt, &mut |local| self.local(local));
        visit::writes(stmt, &mut |local| self.local(local));
        if let Stmt::Scan { key, value, .. } | Stmt::Select { key, value, .. } = stmt {
            self.maybe(*key);
            self.maybe(*value);
        }
        if let Stmt::Switch { cases, .. } = stmt {
            cases.iter().for_each(|(id, _)| self.put(id.0));
        }
        for inner in stmt.blocks() {
            self.put(BLOCK);
            inner.0.iter().for_each(|stmt| self.stmt(stmt));
            self.put(END);
        }
    }

    /// The kind of statement and what it names besides operands and locals; places in the source are left out.
    fn head(&mut self, stmt: &Stmt) {
        let kind: u32 = match stmt {
            Stmt::Document { document, .. } => match document {
                Document::Input => 0,
                Document::Data => 1,
            },
            Stmt::InputPath { path, .. } => {
                self.put(path.0);
                2
            }
            Stmt::DataPath { path, .. } => {
                path.iter().for_each(|id| self.put(id.0));
                3
            }
            Stmt::Get { .. } => 4,
            Stmt::Assign { .. } => 5,
            Stmt::Reset { .. } => 6,
            Stmt::AssignOnce { conflict, .. } => {
                self.put(*conflict as u32);
                7
            }
            Stmt::IsDefined { .. } => 8,
            Stmt::IsUndefined { .. } => 9,
            Stmt::Holds { .. } => 10,
            Stmt::Compare { op, .. } => {
                self.put(*op as u32);
                11
            }
            Stmt::IsType { test, .. } => {
                self.put(*test as u32);
                12
            }
            Stmt::LenIs { len, .. } => {
                self.put(*len);
                13
            }
            Stmt::Call { func, .. } => {
                self.put(func.0);
                14
            }
            Stmt::Builtin { dst, name, .. } => {
                let next = self.names.0.len() as u64;
                let number = *self.names.0.entry(name.clone()).or_insert(next);
                self.put(number);
                self.put(u32::from(dst.is_some()));
                15
            }
            Stmt::MakeArray { .. } => 16,
            Stmt::MakeSet { .. } => 17,
            Stmt::MakeObject { .. } => 18,
            Stmt::Push { .. } => 19,
            Stmt::Add { .. } => 20,
            Stmt::Insert { .. } => 21,
            Stmt::InsertOnce { conflict, .. } => {
                self.put(*conflict as u32);
                22
            }
            Stmt::InsertPath { leaf, .. } => {
                self.put(*leaf as u32);
                23
            }
            Stmt::Merge { .. } => 24,
            Stmt::Scan { .. } => 25,
            Stmt::Block(_) => 26,
            Stmt::Not(_) => 27,
            Stmt::Break { levels } => {
                self.put(*levels);
                28
            }
            Stmt::With { replace, cells, .. } => {
                for part in replace {
                    self.put(part.document as u32);
                    part.path.iter().for_each(|id| self.put(id.0));
                    self.put(END);
                }
                cells.iter().for_each(|(cell, _)| self.put(*cell));
                29
            }
            Stmt::Return { .. } => 30,
            Stmt::ReturnIfDefined { .. } => 31,
            Stmt::Switch { cases, .. } => {
                self.put(cases.len() as u64);
                32
            }
            Stmt::Fail => 33,
            Stmt::IndexLookup { join, .. } => {
                self.put(join.0);
                34
            }
            Stmt::Select { slot, .. } => {
                self.put(*slot);
                35
            }
            Stmt::Has { slot, .. } => {
                self.put(*slot);
                36
            }
        };
        self.put(kind);
    }
}
