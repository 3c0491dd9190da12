//! Builds one function's body as a stack of open blocks: whatever is added goes into the innermost.
//!
//! A reference that iterates opens a [`Stmt::Scan`] and leaves it open, so that the rest of the rule's body lands inside the loop;
//! whoever began the body closes down to where it began.

use crate::plan::ir::{Block, ConstId, Document, Local, Operand, Replace, Stmt};

/// What an open block becomes when it is closed.
#[derive(Debug)]
pub(super) enum Open {
    /// The function's body.
    Root,
    /// [`Stmt::Block`].
    Block,
    /// [`Stmt::Not`].
    Not,
    /// [`Stmt::Scan`].
    Scan { source: Operand, key: Option<Local>, value: Option<Local> },
    /// [`Stmt::With`].
    With { replace: Vec<Replace>, cells: Vec<(u32, Operand)> },
    /// A case of a [`Stmt::Switch`] to come.
    Case,
}

/// Open blocks taken off the stack for a moment.
#[derive(Debug)]
pub(super) struct Taken(Vec<(Open, Vec<Stmt>)>);

/// The function under construction.
#[derive(Debug)]
pub(super) struct Builder {
    params: u32,
    locals: u32,
    stack: Vec<(Open, Vec<Stmt>)>,
    statements: usize,
    scans: usize,
}

impl Builder {
    pub(super) fn new(params: u32) -> Self {
        Self { params, locals: params, stack: vec![(Open::Root, Vec::new())], statements: 0, scans: 0 }
    }

    /// A new local.
    pub(super) fn local(&mut self) -> Local {
        let local = Local(self.locals);
        self.locals += 1;
        local
    }

    /// Adds a statement to the innermost block.
    pub(super) fn push(&mut self, stmt: Stmt) {
        self.statements += 1;
        if let Some((_, stmts)) = self.stack.last_mut() {
            stmts.push(stmt);
        }
    }

    /// Opens a block inside the innermost one.
    pub(super) fn open(&mut self, kind: Open) {
        if matches!(kind, Open::Scan { .. }) {
            self.scans += 1;
        }
        self.stack.push((kind, Vec::new()));
    }

    /// Number of open blocks.
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Number of scans opened so far in this function; equal before and after means that nothing in between iterates.
    pub(super) fn scans(&self) -> usize {
        self.scans
    }

    /// Closes blocks until only `depth` are open.
    pub(super) fn close_to(&mut self, depth: usize) {
        while self.stack.len() > depth.max(1) {
            let Some((kind, stmts)) = self.stack.pop() else { return };
            let block = Block(stmts);
            match kind {
                Open::Root | Open::Case => {}
                Open::Block => self.push(Stmt::Block(block)),
                Open::Not => self.push(Stmt::Not(block)),
                Open::Scan { source, key, value } => self.push(Stmt::Scan { source, key, value, body: block }),
                Open::With { replace, cells } => self.push(Stmt::With { replace, cells, body: block }),
            }
        }
    }

    /// Builds a separate block with `inner` and hands it out instead of adding it.
    pub(super) fn take_case(&mut self) -> Block {
        match self.stack.pop() {
            Some((_, stmts)) => Block(stmts),
            None => Block::default(),
        }
    }

    /// Takes the blocks above `depth` off, still open, so that statements can be put in front of them.
    pub(super) fn take_open(&mut self, depth: usize) -> Taken {
        Taken(self.stack.split_off(depth.max(1).min(self.stack.len())))
    }

    /// Changes what the block opened at `depth` (the value of [`Builder::depth`] before it was opened) becomes.
    pub(super) fn reopen(&mut self, depth: usize, kind: Open) {
        if let Some((open, _)) = self.stack.get_mut(depth) {
            *open = kind;
        }
    }

    /// Puts back what [`Builder::take_open`] took.
    pub(super) fn put_back(&mut self, taken: Taken) {
        self.stack.extend(taken.0);
    }

    /// Jumps behind the statement that owns the block opened at `depth` (the value of [`Builder::depth`] before it was opened).
    pub(super) fn break_to(&mut self, depth: usize) {
        let levels = self.stack.len().saturating_sub(depth + 1) as u32;
        self.push(Stmt::Break { levels });
    }

    /// The finished function: parameters, locals, body, number of statements.
    pub(super) fn finish(mut self) -> Result<(u32, u32, Block, usize), &'static str> {
        self.close_to(1);
        match self.stack.pop() {
            Some((Open::Root, stmts)) => Ok((self.params, self.locals, Block(stmts), self.statements)),
            _ => Err("unbalanced blocks"),
        }
    }
}

/// Short forms of common statements, with the new local as result.
impl Builder {
    pub(super) fn reset(&mut self) -> Local {
        let dst = self.local();
        self.push(Stmt::Reset { dst });
        dst
    }

    pub(super) fn get(&mut self, source: Operand, key: Operand) -> Operand {
        let dst = self.local();
        self.push(Stmt::Get { dst, source, key });
        Operand::Local(dst)
    }

    pub(super) fn data_path(&mut self, path: Vec<ConstId>) -> Operand {
        let dst = self.local();
        self.push(if path.is_empty() {
            Stmt::Document { dst, document: Document::Data }
        } else {
            Stmt::DataPath { dst, path }
        });
        Operand::Local(dst)
    }

    pub(super) fn make_array(&mut self, items: Vec<Operand>) -> Local {
        let dst = self.local();
        self.push(Stmt::MakeArray { dst, items });
        dst
    }

    pub(super) fn make_set(&mut self, items: Vec<Operand>) -> Local {
        let dst = self.local();
        self.push(Stmt::MakeSet { dst, items });
        dst
    }
}
