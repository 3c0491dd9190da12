//! `with`: documents, cells and the memo table replaced for a block.

use super::error::EmitError;
use super::func::{Frame, FuncGen};
use super::module::{DATA, Helper, INPUT, MEMO};
use crate::link::guest::ValKind;
use crate::link::template::GlobalRef;
use crate::plan::ir::{Block, Document, Operand, Replace, Stmt};

/// Globals with the temporaries that hold what they were.
#[derive(Debug, Clone, Default)]
pub(crate) struct Saved(Vec<(GlobalRef, u32, ValKind)>);

impl FuncGen<'_, '_> {
    /// Runs `body` in its own scope.
    pub(crate) fn with(
        &mut self,
        replace: &[Replace],
        cells: &[(u32, Operand)],
        body: &Block,
    ) -> Result<(), EmitError> {
        let mut saved = Saved::default();
        for (document, global) in [(Document::Input, INPUT), (Document::Data, DATA)] {
            if replace.iter().any(|r| r.document == document) {
                self.save(global, ValKind::I64, &mut saved);
            }
        }
        for replace in replace {
            self.replace(replace)?;
        }
        for (cell, _) in cells {
            let global = self.module.cell(*cell);
            self.save(global, ValKind::I64, &mut saved);
        }
        // All values are read before the first cell changes.
        cells.iter().for_each(|(_, value)| self.push(*value));
        cells.iter().rev().for_each(|(cell, _)| self.code.global_set(self.module.cell(*cell)));
        if self.module.plan.memo_slots > 0 && calls(body) {
            self.save(MEMO, ValKind::I32, &mut saved);
            let enter = self.module.helper(Helper::EnterMemo)?;
            self.code.call(enter);
        }

        let label = self.code.block();
        let reads_tree = self.reads_tree;
        self.reads_tree |= replace.iter().any(|r| r.document == Document::Input);
        self.block(body, Frame { fail: label, leave: label, saved: Some(saved.clone()) })?;
        self.reads_tree = reads_tree;
        self.code.end();
        self.restore(&saved)?;
        saved.0.into_iter().for_each(|(_, temp, kind)| self.give_back(temp, kind));
        Ok(())
    }

    fn save(&mut self, global: GlobalRef, kind: ValKind, saved: &mut Saved) {
        let temp = self.temp(kind);
        self.code.global_get(global);
        self.code.set(temp);
        saved.0.push((global, temp, kind));
    }

    fn replace(&mut self, replace: &Replace) -> Result<(), EmitError> {
        let global = match replace.document {
            Document::Input => INPUT,
            Document::Data => DATA,
        };
        if replace.path.is_empty() {
            self.push(replace.value);
        } else {
            let path = self.module.path(&replace.path)?;
            self.code.global_get(global);
            self.code.i64(path.0 as i64);
            self.push(replace.value);
            self.rt("rt_upsert")?;
        }
        self.code.global_set(global);
        Ok(())
    }

    fn restore(&mut self, saved: &Saved) -> Result<(), EmitError> {
        // A cell that is named twice gets its oldest value last.
        for (global, temp, _) in saved.0.iter().rev() {
            self.code.get(*temp);
            if *global == MEMO {
                let leave = self.module.helper(Helper::LeaveMemo)?;
                self.code.call(leave);
            } else {
                self.code.global_set(*global);
            }
        }
        Ok(())
    }

    /// Puts back what the frames from number `from` on replaced, the innermost first, because control leaves them.
    pub(crate) fn restore_down_to(&mut self, from: usize) -> Result<(), EmitError> {
        let left: Vec<Saved> = self.frames[from..].iter().rev().filter_map(|f| f.saved.clone()).collect();
        left.iter().try_for_each(|saved| self.restore(saved))
    }
}

/// Only a call can look into the memo table.
fn calls(block: &Block) -> bool {
    block.0.iter().any(|stmt| matches!(stmt, Stmt::Call { .. }) || stmt.blocks().any(calls))
}
