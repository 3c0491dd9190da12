//! regorus, in its three forms. Results are its values, as it gives them.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{CompiledPolicy, PolicyLengthConfig, Value};

use super::{Answer, Engine, Mode, Peer, parse, say};
use crate::case::Case;
use crate::measure::{Samples, sample};
use crate::types::Typed;

/// What the three forms share: the input in its forms.
struct Input {
    text: String,
    value: Value,
    typed: Option<Typed>,
}

impl Input {
    fn new(case: &Case) -> Result<Self, String> {
        let text = String::from_utf8(case.input.clone()).map_err(say)?;
        let value = Value::from_json_str(&text).map_err(say)?;
        Ok(Input { text, value, typed: case.typed.clone() })
    }

    fn modes(&self) -> Vec<Mode> {
        let mut modes = vec![Mode::Json, Mode::Native];
        modes.extend(self.typed.as_ref().map(|_| Mode::Struct));
        modes
    }

    /// The input as a value, made in the way that the mode names.
    #[inline]
    fn make(&self, mode: Mode) -> Result<Value, String> {
        match (mode, &self.typed) {
            (Mode::Native, _) => Ok(self.value.clone()),
            // It has no way in for structs; by text is faster than by `serde_json::Value`.
            (Mode::Struct, Some(typed)) => {
                let text = serde_json::to_string(typed).map_err(say)?;
                Value::from_json_str(&text).map_err(say)
            }
            _ => Value::from_json_str(&self.text).map_err(say),
        }
    }
}

fn engine(case: &Case) -> Result<regorus::Engine, String> {
    let mut engine = regorus::Engine::new();
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: NonZeroU32::MAX,
        max_file_bytes: NonZeroUsize::MAX,
        max_lines: NonZeroUsize::MAX,
    });
    for (name, text) in &case.policy {
        engine.add_policy(name.clone(), text.clone()).map_err(say)?;
    }
    if let Some(data) = data(case)? {
        engine.add_data(data).map_err(say)?;
    }
    Ok(engine)
}

fn data(case: &Case) -> Result<Option<Value>, String> {
    let Some(data) = &case.data else { return Ok(None) };
    let text = std::str::from_utf8(data).map_err(say)?;
    Value::from_json_str(text).map(Some).map_err(say)
}

fn compiled(case: &Case) -> Result<CompiledPolicy, String> {
    engine(case)?.compile_with_entrypoint(&case.query.as_str().into()).map_err(say)
}

fn answer(value: Value) -> Result<Option<Answer>, String> {
    match value {
        Value::Undefined => Ok(Some(None)),
        value => parse(&value.to_json_str().map_err(say)?).map(|value| Some(Some(value))),
    }
}

macro_rules! peer {
    ($peer:ident, $engine:expr) => {
        impl Peer for $peer {
            fn engine(&self) -> Engine {
                $engine
            }

            fn modes(&self) -> Vec<Mode> {
                self.input.modes()
            }

            fn answer(&mut self, mode: Mode) -> Result<Option<Answer>, String> {
                answer(self.decide(mode)?)
            }

            fn run(&mut self, mode: Mode, slice: Duration) -> Result<Samples, String> {
                Ok(sample(slice, || self.decide(mode)))
            }
        }
    };
}

pub(super) struct EnginePeer {
    engine: regorus::Engine,
    rule: String,
    input: Input,
}

impl EnginePeer {
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        Ok(EnginePeer { engine: engine(case)?, rule: case.query.clone(), input: Input::new(case)? })
    }

    fn decide(&mut self, mode: Mode) -> Result<Value, String> {
        self.engine.set_input(self.input.make(mode)?);
        self.engine.eval_rule(self.rule.clone()).map_err(say)
    }
}
peer!(EnginePeer, Engine::RegorusEngine);

pub(super) struct CompiledPeer {
    policy: CompiledPolicy,
    input: Input,
}

impl CompiledPeer {
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        Ok(CompiledPeer { policy: compiled(case)?, input: Input::new(case)? })
    }

    fn decide(&mut self, mode: Mode) -> Result<Value, String> {
        self.policy.eval_with_input(self.input.make(mode)?).map_err(say)
    }
}
peer!(CompiledPeer, Engine::RegorusCompiled);

pub(super) struct RvmPeer {
    vm: RegoVM,
    input: Input,
}

impl RvmPeer {
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        let program = Compiler::compile_from_policy(&compiled(case)?, &[case.query.as_str()]).map_err(say)?;
        let mut vm = RegoVM::new();
        // Its default of 25,000 is too little for some cases.
        vm.set_max_instructions(usize::MAX);
        vm.load_program(program);
        if let Some(data) = data(case)? {
            vm.set_data(data).map_err(say)?;
        }
        Ok(RvmPeer { vm, input: Input::new(case)? })
    }

    fn decide(&mut self, mode: Mode) -> Result<Value, String> {
        self.vm.set_input(self.input.make(mode)?);
        self.vm.execute().map_err(say)
    }
}
peer!(RvmPeer, Engine::RegorusRvm);
