//! A small host on an interpreter: runs a module through our fast path and through the OPA ABI.

use wasmi::{
    Caller, Config, Engine, Instance, Linker, Memory, MemoryType, Module, Store, TypedFunc, Val, WasmParams,
    WasmResults,
};

/// What the host's functions see.
#[derive(Debug, Default)]
pub(super) struct State {
    memory: Option<Memory>,
    /// Text of the last abort.
    abort: String,
    /// Calls of built-ins: id and number of arguments.
    pub(super) calls: Vec<(i32, usize)>,
}

/// An instance of a module.
pub(super) struct Host {
    pub(super) store: Store<State>,
    pub(super) instance: Instance,
    memory: Memory,
    /// Make the indexes of joins before each evaluation.
    pub(super) indexes: bool,
    heap: i32,
    /// Instructions of the last evaluation by the fast path.
    pub(super) work: u64,
}

impl Host {
    /// Instantiates with five pages, as OPA's JavaScript SDK does. A host built-in gives its first argument back, or undefined
    /// without arguments.
    pub(super) fn new(wasm: &[u8]) -> Host {
        validate(wasm);
        let mut config = Config::default();
        config.consume_fuel(true);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm).expect("module is valid");
        let mut store = Store::new(&engine, State::default());
        store.set_fuel(u64::MAX).expect("fuel is counted");
        let memory = Memory::new(&mut store, MemoryType::new(5, None)).expect("memory");
        store.data_mut().memory = Some(memory);
        let mut linker = Linker::new(&engine);
        linker.define("env", "memory", memory).expect("import");
        let abort = |mut caller: Caller<'_, State>, addr: i32| -> Result<(), wasmi::Error> {
            let text = c_string(&caller, addr);
            caller.data_mut().abort = text;
            Err(wasmi::Error::new("abort"))
        };
        linker.func_wrap("env", "opa_abort", abort).expect("import");
        linker.func_wrap("env", "opa_println", |_: i32| {}).expect("import");
        let called = |caller: &mut Caller<'_, State>, id: i32, args: &[i32]| {
            caller.data_mut().calls.push((id, args.len()));
            args.first().copied().unwrap_or(0)
        };
        linker
            .func_wrap("env", "opa_builtin0", move |mut c: Caller<'_, State>, id: i32, _: i32| called(&mut c, id, &[]))
            .expect("import");
        let one = move |mut c: Caller<'_, State>, id: i32, _: i32, a: i32| called(&mut c, id, &[a]);
        linker.func_wrap("env", "opa_builtin1", one).expect("import");
        let two = move |mut c: Caller<'_, State>, id: i32, _: i32, a: i32, b: i32| called(&mut c, id, &[a, b]);
        linker.func_wrap("env", "opa_builtin2", two).expect("import");
        let instance = linker.instantiate_and_start(&mut store, &module).expect("instantiates");
        let mut host = Host { store, instance, memory, indexes: false, heap: 0, work: 0 };
        host.heap = host.call("opa_heap_ptr_get", ());
        host
    }

    fn func<P: WasmParams, R: WasmResults>(&self, name: &str) -> TypedFunc<P, R> {
        self.instance.get_typed_func(&self.store, name).expect("exported function")
    }

    /// Calls an export that must not fail.
    pub(super) fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> R {
        self.func::<P, R>(name).call(&mut self.store, params).expect("no trap")
    }

    fn try_call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> Result<R, String> {
        self.store.data_mut().abort.clear();
        self.func::<P, R>(name).call(&mut self.store, params).map_err(|trap| match &self.store.data().abort {
            text if text.is_empty() => format!("trap: {trap}"),
            text => text.clone(),
        })
    }

    fn put(&mut self, text: &str) -> (i32, i32) {
        let addr: i32 = self.call("opa_malloc", text.len() as i32);
        self.memory.write(&mut self.store, addr as usize, text.as_bytes()).expect("in bounds");
        (addr, text.len() as i32)
    }

    /// Box of a value given in Rego notation; 0 for none.
    fn boxed(&mut self, text: Option<&str>) -> i32 {
        let Some(text) = text else { return 0 };
        let (addr, len) = self.put(text);
        let value: i32 = self.call("opa_value_parse", (addr, len));
        assert_ne!(value, 0, "{text}");
        value
    }

    /// The word in a box.
    fn word(&self, addr: i32) -> i64 {
        let mut bytes = [0; 8];
        if addr != 0 {
            self.memory.read(&self.store, addr as usize, &mut bytes).expect("in bounds");
        }
        i64::from_le_bytes(bytes)
    }

    fn dump(&mut self, addr: i32) -> String {
        let text: i32 = self.call("opa_value_dump", addr);
        read_c_string(&self.memory, &self.store, text)
    }

    /// Evaluates by our fast path. Values are in Rego notation; an abort is `Err`.
    pub(super) fn fast(&mut self, id: i32, input: Option<&str>, data: Option<&str>) -> Result<String, String> {
        self.call::<_, ()>("opa_heap_ptr_set", self.heap);
        let (input, data) = (self.boxed(input), self.boxed(data));
        self.call::<_, ()>("writ_set_documents", (self.word(input), self.word(data)));
        if self.indexes && self.instance.get_func(&self.store, "writ_index_data").is_some() {
            self.call::<_, ()>("writ_index_data", ());
        }
        let fuel = |host: &Host| host.store.get_fuel().expect("fuel is counted");
        let before = fuel(self);
        let outcome: Result<i64, String> = self.try_call("writ_eval", id);
        self.work = before - fuel(self);
        let word = outcome?;
        if word == 0 {
            return Ok("undefined".to_owned());
        }
        let addr: i32 = self.call("opa_malloc", 8);
        self.memory.write(&mut self.store, addr as usize, &word.to_le_bytes()).expect("in bounds");
        Ok(self.dump(addr))
    }

    /// Evaluates by the OPA ABI in several steps; gives the result set.
    pub(super) fn in_steps(&mut self, id: i32, input: Option<&str>, data: Option<&str>) -> Result<String, String> {
        self.call::<_, ()>("opa_heap_ptr_set", self.heap);
        let (input, data) = (self.boxed(input), self.boxed(data));
        let ctx: i32 = self.call("opa_eval_ctx_new", ());
        self.call::<_, ()>("opa_eval_ctx_set_input", (ctx, input));
        self.call::<_, ()>("opa_eval_ctx_set_data", (ctx, data));
        self.call::<_, ()>("opa_eval_ctx_set_entrypoint", (ctx, id));
        let code: i32 = self.try_call("eval", ctx)?;
        assert_eq!(code, 0);
        let result: i32 = self.call("opa_eval_ctx_get_result", ctx);
        Ok(self.dump(result))
    }

    /// Evaluates by `opa_eval`; gives the result set.
    pub(super) fn one_shot(&mut self, id: i32, input: Option<&str>, data: Option<&str>) -> Result<String, String> {
        self.call::<_, ()>("opa_heap_ptr_set", self.heap);
        let data = self.boxed(data);
        let (addr, len) = input.map_or((0, 0), |text| self.put(text));
        let heap: i32 = self.call("opa_heap_ptr_get", ());
        let text: i32 = self.try_call("opa_eval", (0, id, data, addr, len, heap, 1))?;
        Ok(read_c_string(&self.memory, &self.store, text))
    }

    /// Value of `builtins()` or `entrypoints()`.
    pub(super) fn table(&mut self, name: &str) -> String {
        let addr: i32 = self.call(name, ());
        self.dump(addr)
    }

    /// Value of an exported global.
    pub(super) fn global(&self, name: &str) -> i32 {
        match self.instance.get_global(&self.store, name).expect("exported global").get(&self.store) {
            Val::I32(n) => n,
            other => panic!("{other:?}"),
        }
    }
}

/// Validates with the features that hosts of OPA's ABI have.
pub(super) fn validate(wasm: &[u8]) {
    use wasmparser::WasmFeatures;
    let features = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::FLOATS
        | WasmFeatures::GC_TYPES;
    wasmparser::Validator::new_with_features(features).validate_all(wasm).expect("module is valid");
}

fn c_string(caller: &Caller<'_, State>, addr: i32) -> String {
    let memory = caller.data().memory.expect("memory is set");
    let bytes = memory.data(caller).get(addr as usize..).unwrap_or_default();
    let len = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..len]).into_owned()
}

fn read_c_string(memory: &Memory, store: &Store<State>, addr: i32) -> String {
    let bytes = memory.data(store).get(addr as usize..).unwrap_or_default();
    let len = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..len]).into_owned()
}
