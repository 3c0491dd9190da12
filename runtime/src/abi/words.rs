//! Our own exports: documents are laid out in guest memory as words, and the result is read from there. No text, no result set.

use wasmtime::TypedFunc;
use writ_abi::{Word, names};
use writ_value::Value;

use super::Lookup;
use crate::error::EvalError;
use crate::instance::{Calls, EvalOptions};
use crate::module::EntrypointId;
use crate::words::{self, Layout};

pub(crate) struct Words {
    eval: TypedFunc<i32, i64>,
    set_documents: TypedFunc<(i64, i64), ()>,
    set_strict: TypedFunc<i32, ()>,
    data: Word,
}

impl Words {
    pub(super) fn find(lookup: &mut Lookup<'_>) -> Result<Self, EvalError> {
        Ok(Self {
            eval: lookup.function(names::EVAL_WORD)?,
            set_documents: lookup.function(names::SET_DOCUMENTS)?,
            set_strict: lookup.function(names::SET_STRICT)?,
            data: Word::UNDEFINED,
        })
    }

    pub(super) fn set_data(
        &mut self,
        calls: &mut Calls,
        malloc: &TypedFunc<i32, i32>,
        data: &Value,
    ) -> Result<(), EvalError> {
        // Data is bounded by the instance's memory alone.
        let limits = calls.store.data().limits;
        self.data = place(calls, malloc, &Layout::of(data, limits.memory_bytes, limits.depth)?)?;
        Ok(())
    }

    pub(super) fn evaluate(
        &mut self,
        calls: &mut Calls,
        malloc: &TypedFunc<i32, i32>,
        entrypoint: EntrypointId,
        input: Option<&Value>,
        options: EvalOptions,
    ) -> Result<Option<Value>, EvalError> {
        let limits = calls.store.data().limits;
        let input = match input {
            Some(input) => place(calls, malloc, &Layout::of(input, limits.input_bytes, limits.depth)?)?,
            None => Word::UNDEFINED,
        };
        calls.run(&self.set_documents, (input.0 as i64, self.data.0 as i64))?;
        calls.run(&self.set_strict, i32::from(options.strict_builtin_errors))?;
        let result = Word(calls.run(&self.eval, entrypoint.0)? as u64);
        words::read(calls.memory.data(&calls.store), result, &limits)
    }
}

fn place(calls: &mut Calls, malloc: &TypedFunc<i32, i32>, layout: &Layout<'_>) -> Result<Word, EvalError> {
    let addr = calls.run(malloc, layout.malloc_size()?)?;
    layout.write(calls.memory.data_mut(&mut calls.store), addr as u32)
}
