//! Constants that passes add to a plan, each text once, as the lowering keeps them.

use rustc_hash::FxHashMap;
use writ_value::Value;

use crate::plan::ir::{ConstId, Operand};

/// The plan's constants with a way to find them. Cost of making it: the constants' text.
#[derive(Debug)]
pub(super) struct Consts {
    values: Vec<Value>,
    by_text: FxHashMap<String, ConstId>,
}

impl Consts {
    /// Takes over the constants of a plan; [`Consts::into_values`] gives them back.
    pub(super) fn new(values: Vec<Value>) -> Self {
        let mut by_text = FxHashMap::default();
        for (n, value) in values.iter().enumerate() {
            by_text.entry(value.to_string()).or_insert(ConstId(n as u32));
        }
        Consts { values, by_text }
    }

    pub(super) fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// The constant's number.
    pub(super) fn id(&mut self, value: Value) -> ConstId {
        let values = &mut self.values;
        *self.by_text.entry(value.to_string()).or_insert_with_key(|_| {
            values.push(value);
            ConstId(values.len() as u32 - 1)
        })
    }

    /// The number of a constant that is there.
    pub(super) fn find(&self, value: &Value) -> Option<ConstId> {
        self.by_text.get(&value.to_string()).copied()
    }

    /// The constant as operand.
    pub(super) fn operand(&mut self, value: Value) -> Operand {
        Operand::Const(self.id(value))
    }

    /// A large constant that no other one will equal: not looked for.
    pub(super) fn large(&mut self, value: Value) -> Operand {
        self.values.push(value);
        Operand::Const(ConstId(self.values.len() as u32 - 1))
    }

    pub(super) fn value(&self, id: ConstId) -> &Value {
        // Numbers come from the plan, which `verify` has checked; an unknown one reads as null rather than ending the compiler.
        self.values.get(id.0 as usize).unwrap_or(&Value::Null)
    }
}
