//! OPA's exports, for modules that others made: documents and results cross as text, in OPA's notation where the module has it, so that sets
//! stay sets, otherwise as JSON.

use wasmtime::TypedFunc;
use writ_value::{Value, json};

use super::Lookup;
use crate::error::EvalError;
use crate::host::ValueForm;
use crate::instance::Calls;
use crate::module::EntrypointId;
use crate::notation;

/// Functions of the two-step interface, which every version of the ABI has.
pub(crate) struct Opa {
    parse: TypedFunc<(i32, i32), i32>,
    dump: TypedFunc<i32, i32>,
    /// `parse` and `dump` know sets.
    with_sets: bool,
    context_new: TypedFunc<(), i32>,
    set_input: TypedFunc<(i32, i32), ()>,
    set_data: TypedFunc<(i32, i32), ()>,
    set_entrypoint: TypedFunc<(i32, i32), ()>,
    get_result: TypedFunc<i32, i32>,
    eval: TypedFunc<i32, i32>,
    stash: Option<TypedFunc<(), ()>>,
    stash_clear: Option<TypedFunc<(), ()>>,
    data: i32,
}

impl Opa {
    pub(super) fn find(lookup: &mut Lookup<'_>) -> Result<Self, EvalError> {
        let both = (lookup.optional("opa_value_parse")?, lookup.optional("opa_value_dump")?);
        let (parse, dump, with_sets) = match both {
            (Some(parse), Some(dump)) => (parse, dump, true),
            _ => (lookup.function("opa_json_parse")?, lookup.function("opa_json_dump")?, false),
        };
        Ok(Self {
            parse,
            dump,
            with_sets,
            context_new: lookup.function("opa_eval_ctx_new")?,
            set_input: lookup.function("opa_eval_ctx_set_input")?,
            set_data: lookup.function("opa_eval_ctx_set_data")?,
            set_entrypoint: lookup.function("opa_eval_ctx_set_entrypoint")?,
            get_result: lookup.function("opa_eval_ctx_get_result")?,
            eval: lookup.function("eval")?,
            stash: lookup.optional("opa_heap_blocks_stash")?,
            stash_clear: lookup.optional("opa_heap_stash_clear")?,
            data: 0,
        })
    }

    pub(super) fn value_form(&self) -> ValueForm {
        ValueForm::Text { dump: self.dump.clone(), parse: self.parse.clone(), with_sets: self.with_sets }
    }

    pub(super) fn set_data(
        &mut self,
        calls: &mut Calls,
        malloc: &TypedFunc<i32, i32>,
        data: &str,
    ) -> Result<(), EvalError> {
        if let Some(clear) = &self.stash_clear {
            calls.run(clear, ())?;
        }
        self.data = self.insert(calls, malloc, data)?;
        // Blocks freed while parsing lie below the heap's base: they must not be handed out in an evaluation.
        if let Some(stash) = &self.stash {
            calls.run(stash, ())?;
        }
        Ok(())
    }

    pub(super) fn evaluate(
        &mut self,
        calls: &mut Calls,
        malloc: &TypedFunc<i32, i32>,
        entrypoint: EntrypointId,
        input: Option<&Value>,
    ) -> Result<Option<Value>, EvalError> {
        let input = input.map(|input| self.insert(calls, malloc, &encode(input, self.with_sets))).transpose()?;
        let context = calls.run(&self.context_new, ())?;
        if let Some(input) = input {
            calls.run(&self.set_input, (context, input))?;
        }
        calls.run(&self.set_data, (context, self.data))?;
        calls.run(&self.set_entrypoint, (context, entrypoint.0))?;
        let code = calls.run(&self.eval, context)?;
        if code != 0 {
            return Err(EvalError::internal(format!("`eval` returned {code}")));
        }
        let result = calls.run(&self.get_result, context)?;
        let text = calls.run(&self.dump, result)?;
        let results = decode(calls.text_at(text)?, self.with_sets)?;
        result_of(&results).ok_or_else(|| EvalError::artifact("the result set is none"))
    }

    fn insert(&self, calls: &mut Calls, malloc: &TypedFunc<i32, i32>, text: &str) -> Result<i32, EvalError> {
        let addr = calls.place(malloc, text.as_bytes())?;
        // The length fits: `place` has checked it.
        match calls.run(&self.parse, (addr, text.len() as i32))? {
            0 => Err(EvalError::input("the module cannot parse the document")),
            addr => Ok(addr),
        }
    }
}

/// Text of a value for a module.
pub(crate) fn encode(value: &Value, with_sets: bool) -> String {
    if with_sets { notation::to_string(value) } else { json::to_string(value) }
}

/// The value of a text from a module.
pub(crate) fn decode(text: &str, with_sets: bool) -> Result<Value, EvalError> {
    if with_sets {
        notation::parse(text).map_err(EvalError::artifact)
    } else {
        json::parse(text.as_bytes()).map_err(|e| EvalError::artifact(format!("malformed JSON: {e}")))
    }
}

/// The document in `[{"result": document}]`, which is a set in OPA's notation and empty when undefined.
fn result_of(results: &Value) -> Option<Option<Value>> {
    let mut members = results
        .as_array()
        .map(|a| a.iter().collect::<Vec<_>>())
        .or_else(|| results.as_set().map(|s| s.iter().collect()))?;
    match (members.pop(), members.pop()) {
        (None, _) => Some(None),
        (Some(only), None) => only.get("result").cloned().map(Some),
        _ => None,
    }
}
