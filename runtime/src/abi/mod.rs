//! The two ways to talk to a module: our own exports, which pass words, and OPA's, which pass text.

mod opa;
mod words;

pub(crate) use opa::{decode, encode};
pub(crate) use words::Words;

use wasmtime::{Store, TypedFunc, Val, WasmParams, WasmResults};
use writ_value::{Value, json};

use crate::data::ModuleData;
use crate::error::EvalError;
use crate::host::{Host, ValueForm};
use crate::instance::{Calls, EvalOptions};
use crate::module::EntrypointId;

/// Major version of the ABI that this host speaks.
const ABI_MAJOR: i32 = 1;

/// Exports being looked up.
pub(crate) struct Lookup<'a> {
    pub(crate) instance: wasmtime::Instance,
    pub(crate) store: &'a mut Store<Host>,
}

impl Lookup<'_> {
    /// The function `name`, which must be there with this signature.
    pub(crate) fn function<P: WasmParams, R: WasmResults>(&mut self, name: &str) -> Result<TypedFunc<P, R>, EvalError> {
        self.instance
            .get_typed_func(&mut *self.store, name)
            .map_err(|e| EvalError::artifact(format!("export `{name}`: {e:#}")))
    }

    /// The function `name` if it is there; a wrong signature is an error.
    pub(crate) fn optional<P: WasmParams, R: WasmResults>(
        &mut self,
        name: &str,
    ) -> Result<Option<TypedFunc<P, R>>, EvalError> {
        match self.instance.get_export(&mut *self.store, name) {
            Some(_) => self.function(name).map(Some),
            None => Ok(None),
        }
    }

    /// The constant global `name`.
    pub(crate) fn address(&mut self, name: &str) -> Result<u32, EvalError> {
        let global = self.instance.get_global(&mut *self.store, name);
        match global.map(|g| g.get(&mut *self.store)) {
            Some(Val::I32(addr)) => Ok(addr as u32),
            _ => Err(EvalError::artifact(format!("export `{name}` is no address"))),
        }
    }

    /// A module without the version global is taken for the first version, as other hosts do.
    pub(crate) fn check_version(&mut self) -> Result<(), EvalError> {
        let Some(global) = self.instance.get_global(&mut *self.store, "opa_wasm_abi_version") else { return Ok(()) };
        match global.get(&mut *self.store) {
            Val::I32(ABI_MAJOR) => Ok(()),
            other => Err(EvalError::artifact(format!("ABI version {other:?}, this host speaks {ABI_MAJOR}"))),
        }
    }
}

/// How documents go in and results come out.
#[expect(clippy::large_enum_variant, reason = "nearly every instance has the large one, and each decision reads it")]
pub(crate) enum Dialect {
    Words(Words),
    Opa(Box<opa::Opa>),
}

impl Dialect {
    pub(crate) fn find(lookup: &mut Lookup<'_>, fast: bool) -> Result<Self, EvalError> {
        if fast {
            Words::find(lookup).map(Self::Words)
        } else {
            opa::Opa::find(lookup).map(|opa| Self::Opa(Box::new(opa)))
        }
    }

    pub(crate) fn value_form(&self) -> ValueForm {
        match self {
            Self::Words(_) => ValueForm::Words,
            Self::Opa(opa) => opa.value_form(),
        }
    }

    /// Makes data the document of the evaluations to come: a word that lies in memory already, or a JSON text that the module parses.
    pub(crate) fn set_data(
        &mut self,
        calls: &mut Calls,
        malloc: &TypedFunc<i32, i32>,
        data: &ModuleData,
    ) -> Result<(), EvalError> {
        match (self, data) {
            (Self::Words(words), ModuleData::Image(image)) => {
                words.set_data(image.word);
                Ok(())
            }
            (Self::Opa(opa), ModuleData::Text(text)) => opa.set_data(calls, malloc, text),
            _ => Err(EvalError::internal("data in a form that the module does not take")),
        }
    }

    /// Has the module make what it needs to find its way in the data fast; it lies at the bottom of the heap then.
    pub(crate) fn index_data(&mut self, calls: &mut Calls) -> Result<(), EvalError> {
        match self {
            Self::Words(words) => words.index_data(calls),
            Self::Opa(_) => Ok(()),
        }
    }

    /// The document, or the rows of a query; `None` is undefined.
    pub(crate) fn evaluate(
        &mut self,
        calls: &mut Calls,
        malloc: &TypedFunc<i32, i32>,
        entrypoint: EntrypointId,
        input: Option<&Value>,
        options: EvalOptions,
    ) -> Result<Option<Value>, EvalError> {
        match self {
            Self::Words(words) => words.evaluate(calls, entrypoint, input, options),
            Self::Opa(opa) => opa.evaluate(calls, malloc, entrypoint, input),
        }
    }
}

impl Calls {
    /// Copies `bytes` to fresh memory of a module that is not ours.
    fn place(&mut self, malloc: &TypedFunc<i32, i32>, bytes: &[u8]) -> Result<i32, EvalError> {
        let size = i32::try_from(bytes.len()).map_err(|_| EvalError::input("a document of more than 2 GiB"))?;
        let addr = self.run(malloc, size)?;
        self.memory
            .write(&mut self.store, addr as u32 as usize, bytes)
            .map_err(|_| EvalError::artifact("`opa_malloc` gave an address outside of its memory"))?;
        Ok(addr)
    }

    /// The NUL-terminated text at `addr`.
    fn text_at(&self, addr: i32) -> Result<&str, EvalError> {
        let limit = self.store.data().limits.result_bytes;
        let tail = self.memory.data(&self.store).get(addr as u32 as usize..).unwrap_or_default();
        let Some(end) = tail.iter().position(|&b| b == 0) else {
            return Err(EvalError::artifact("a text without end in its memory"));
        };
        if end > limit {
            return Err(EvalError::limit(crate::error::LimitKind::ResultSize, limit as u64, end as u64));
        }
        std::str::from_utf8(&tail[..end]).map_err(|_| EvalError::artifact("a text that is not UTF-8"))
    }

    /// The JSON document at `addr`.
    pub(crate) fn json_at(&self, addr: i32) -> Result<Value, EvalError> {
        json::parse(self.text_at(addr)?.as_bytes()).map_err(|e| EvalError::artifact(format!("malformed JSON: {e}")))
    }
}
