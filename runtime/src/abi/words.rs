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
    /// Makes indexes over the data, in modules with joins.
    index_data: Option<TypedFunc<(), ()>>,
    data: Word,
    decide: Option<TypedFunc<(i32, i32, i32), i64>>,
    decide_many: Option<TypedFunc<(i32, i32, i32, i32), ()>>,
    /// The guest knows `data`.
    told: bool,
}

impl Words {
    pub(super) fn find(lookup: &mut Lookup<'_>) -> Result<Self, EvalError> {
        Ok(Self {
            eval: lookup.function(names::EVAL_WORD)?,
            set_documents: lookup.function(names::SET_DOCUMENTS)?,
            index_data: lookup.optional(names::INDEX_DATA)?,
            data: Word::UNDEFINED,
            decide: lookup.optional(names::DECIDE)?,
            decide_many: lookup.optional(names::DECIDE_MANY)?,
            told: false,
        })
    }

    /// The data document of the evaluations to come.
    pub(super) fn set_data(&mut self, data: Word) {
        self.data = data;
        self.told = false;
    }

    /// Has the module make its indexes over the data, in the heap.
    pub(super) fn index_data(&mut self, calls: &mut Calls) -> Result<(), EvalError> {
        let Some(index_data) = &self.index_data else { return Ok(()) };
        calls.run(&self.set_documents, (Word::UNDEFINED.0 as i64, self.data.0 as i64))?;
        calls.run(index_data, ())
    }

    /// Decides on a frame; `heap` is the first free address behind it.
    #[inline]
    pub(crate) fn decide(
        &mut self,
        calls: &mut Calls,
        entrypoint: EntrypointId,
        frame: u32,
        heap: u32,
    ) -> Result<Word, Box<EvalError>> {
        self.tell(calls)?;
        let Some(decide) = &self.decide else { return Err(EvalError::internal("no fast path").into()) };
        calls.run_boxed(decide, (entrypoint.0, frame as i32, heap as i32)).map(|word| Word(word as u64))
    }

    /// Decides on `count` frames whose addresses are in `table`, where the words of their results replace them.
    pub(crate) fn decide_many(
        &mut self,
        calls: &mut Calls,
        entrypoint: EntrypointId,
        table: u32,
        count: u32,
        heap: u32,
    ) -> Result<(), EvalError> {
        self.tell(calls)?;
        let decide_many = self.decide_many.as_ref().ok_or_else(|| EvalError::internal("no batch entry"))?;
        calls.run(decide_many, (entrypoint.0, table as i32, count as i32, heap as i32))
    }

    /// Hands in the data once.
    #[inline]
    fn tell(&mut self, calls: &mut Calls) -> Result<(), EvalError> {
        if !self.told {
            calls.run(&self.set_documents, (Word::UNDEFINED.0 as i64, self.data.0 as i64))?;
            self.told = true;
        }
        Ok(())
    }

    /// Whether [`Self::decide_many`] can be called. Modules of earlier compilers have no such entry.
    pub(crate) fn decides_many(&self) -> bool {
        self.decide_many.is_some()
    }

    /// Whether [`Self::decide`] can be called.
    pub(crate) fn decides(&self) -> bool {
        self.decide.is_some()
    }

    pub(super) fn evaluate(
        &mut self,
        calls: &mut Calls,
        entrypoint: EntrypointId,
        input: Option<&Value>,
        options: EvalOptions,
    ) -> Result<Option<Value>, EvalError> {
        let limits = calls.store.data().limits;
        let input = match input {
            Some(input) => place(calls, &Layout::of(input, limits.input_bytes, limits.depth)?)?,
            None => Word::UNDEFINED,
        };
        calls.run(&self.set_documents, (input.0 as i64, self.data.0 as i64))?;
        calls.set_strict(options.strict_builtin_errors);
        let result = Word(calls.run(&self.eval, entrypoint.0)? as u64);
        words::read(calls.memory.data(&calls.store), result, &limits)
    }
}

fn place(calls: &mut Calls, layout: &Layout<'_>) -> Result<Word, EvalError> {
    let addr = calls.reserve(layout.malloc_size()? as u32)?;
    layout.write(calls.memory.data_mut(&mut calls.store), addr)
}
