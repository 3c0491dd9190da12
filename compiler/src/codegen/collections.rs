//! Making and filling arrays, sets and objects.

use wasm_encoder::Instruction as I;
use writ_abi::layout::{DATA, LEN};

use super::error::EmitError;
use super::func::FuncGen;
use crate::link::guest::ValKind;
use crate::plan::ir::{Conflict, ConstId, Leaf, Local, Operand};
use crate::source::Span;

impl FuncGen<'_, '_> {
    /// `dst` = an array, whose elements are stored inline.
    pub(crate) fn make_array(&mut self, dst: Local, items: &[Operand]) -> Result<(), EmitError> {
        self.new_array(items)?;
        self.assign(dst);
        Ok(())
    }

    /// Leaves a new array on the stack.
    fn new_array(&mut self, items: &[Operand]) -> Result<(), EmitError> {
        self.code.i32(items.len() as i32);
        self.rt("rt_array_new")?;
        self.fill(items, items.len());
        Ok(())
    }

    /// Stores words into the new collection on top, which has room for them and gets this length; it stays there.
    fn fill(&mut self, words: &[Operand], len: usize) {
        if words.is_empty() {
            return;
        }
        let (made, addr, data) = (self.temp(ValKind::I64), self.temp(ValKind::I32), self.temp(ValKind::I32));
        self.code.tee(made);
        self.code.header();
        self.code.tee(addr);
        self.code.load32(DATA);
        self.code.set(data);
        for (i, word) in words.iter().enumerate() {
            self.code.get(data);
            self.push(*word);
            self.code.store64(i as u32 * 8);
        }
        self.code.get(addr);
        self.code.i32(len as i32);
        self.code.store32(LEN);
        self.code.get(made);
        self.give_back(made, ValKind::I64);
        self.give_back(addr, ValKind::I32);
        self.give_back(data, ValKind::I32);
    }

    /// `dst` = a set.
    pub(crate) fn make_set(&mut self, dst: Local, items: &[Operand]) -> Result<(), EmitError> {
        self.code.i32(items.len() as i32);
        self.rt("rt_set_new")?;
        if !items.is_empty() {
            let made = self.temp(ValKind::I64);
            self.code.set(made);
            for item in items {
                self.code.get(made);
                self.push(*item);
                self.rt("rt_set_add")?;
            }
            self.code.get(made);
            self.give_back(made, ValKind::I64);
        }
        self.assign(dst);
        Ok(())
    }

    /// `dst` = an object. Entries of different constant keys are stored inline, in Rego's order.
    pub(crate) fn make_object(&mut self, dst: Local, pairs: &[(Operand, Operand)]) -> Result<(), EmitError> {
        self.code.i32(pairs.len() as i32);
        self.rt("rt_object_new")?;
        if let Some(words) = self.sorted_entries(pairs) {
            self.fill(&words, pairs.len());
        } else if !pairs.is_empty() {
            let made = self.temp(ValKind::I64);
            self.code.set(made);
            for (key, value) in pairs {
                self.code.get(made);
                self.push(*key);
                self.push(*value);
                self.rt("rt_object_insert")?;
            }
            self.code.get(made);
            self.give_back(made, ValKind::I64);
        }
        self.assign(dst);
        Ok(())
    }

    /// Keys and values in the order of the keys, when all keys are constants and different.
    fn sorted_entries(&self, pairs: &[(Operand, Operand)]) -> Option<Vec<Operand>> {
        let constant = |(key, value): &(Operand, Operand)| match key {
            Operand::Const(id) => Some((*id, *value)),
            Operand::Local(_) | Operand::Cell(_) => None,
        };
        let mut entries: Vec<(ConstId, Operand)> = pairs.iter().map(constant).collect::<Option<_>>()?;
        let key = |id: ConstId| &self.module.plan.constants[id.0 as usize];
        entries.sort_by(|a, b| key(a.0).cmp(key(b.0)));
        let different = entries.windows(2).all(|pair| key(pair[0].0) != key(pair[1].0));
        let words = || entries.iter().flat_map(|(id, value)| [Operand::Const(*id), *value]).collect();
        (different && !entries.is_empty()).then(words)
    }

    /// Inserts below an object, at a path that is a constant or made here.
    pub(crate) fn insert_path(
        &mut self,
        object: Local,
        path: &[Operand],
        value: Operand,
        leaf: Leaf,
        span: Span,
    ) -> Result<(), EmitError> {
        self.get(object);
        let constants = path.iter().map(|key| match key {
            Operand::Const(id) => Some(*id),
            Operand::Local(_) | Operand::Cell(_) => None,
        });
        match constants.collect::<Option<Vec<ConstId>>>() {
            Some(ids) => {
                let word = self.module.path(&ids)?;
                self.code.i64(word.0 as i64);
            }
            None => self.new_array(path)?,
        }
        self.push(value);
        self.code.i32(match leaf {
            Leaf::Value => 0,
            Leaf::Member => 1,
        });
        let func = self.module.rt("rt_insert_path")?;
        self.code.call_at(func, span);
        self.code.i32(0);
        self.code.op(I::I32Ne);
        self.conflict_if(Conflict::ObjectKey, span)
    }
}
