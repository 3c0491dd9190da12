//! Built-ins that the host application brings along: a name, a declaration, a closure.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use writ_builtins::Answer;
use writ_value::{Value, json};

/// Most arguments of a built-in: as many as the imports of OPA's interface take.
pub const MAX_ARGUMENTS: usize = 4;

/// What a built-in of the host application is told besides its arguments.
#[derive(Debug, Clone, Copy)]
pub struct Invocation {
    now_ns: i64,
    deadline: Option<Instant>,
}

impl Invocation {
    pub(super) fn new(now_ns: i64, deadline: Option<Instant>) -> Self {
        Self { now_ns, deadline }
    }

    /// The decision's time in nanoseconds since 1970: what `time.now_ns()` gives.
    pub fn now_ns(&self) -> i64 {
        self.now_ns
    }

    /// When the decision's time is over. The host cannot interrupt a closure: one that may take long looks at this and gives up with
    /// [`writ_builtins::BuiltinError::halt`].
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// True once the decision's time is over.
    pub fn is_overdue(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

type Function = dyn Fn(&Invocation, &[Value]) -> Answer + Send + Sync;

/// A built-in of the host application.
///
/// Arguments and result are values; `Ok(None)` is undefined. An error of the classes `Type` and `Builtin` makes the expression undefined, or ends
/// the evaluation where built-in errors are strict; one of the class `Halt` always ends it. A closure that panics ends the evaluation with
/// [`EvalError::Builtin`](crate::EvalError::Builtin), and the instance is given up.
#[derive(Clone)]
pub struct CustomBuiltin {
    name: String,
    declaration: Value,
    arity: usize,
    nondeterministic: bool,
    function: Arc<Function>,
}

impl CustomBuiltin {
    /// A built-in that gives the same result for the same arguments, always.
    ///
    /// `declaration` is the type of the function as JSON, as it stands under `decl` in OPA's capabilities files:
    /// `{"args": [{"type": "string"}], "result": {"type": "number"}}`.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn pure(
        name: &str,
        declaration: &str,
        function: impl Fn(&Invocation, &[Value]) -> Answer + Send + Sync + 'static,
    ) -> Result<Self, RegisterError> {
        Self::new(name, declaration, false, Arc::new(function))
    }

    /// A built-in whose result may change from decision to decision. Within one it is called once per list of arguments.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn nondeterministic(
        name: &str,
        declaration: &str,
        function: impl Fn(&Invocation, &[Value]) -> Answer + Send + Sync + 'static,
    ) -> Result<Self, RegisterError> {
        Self::new(name, declaration, true, Arc::new(function))
    }

    fn new(
        name: &str,
        declaration: &str,
        nondeterministic: bool,
        function: Arc<Function>,
    ) -> Result<Self, RegisterError> {
        let is_name = |part: &str| {
            let mut bytes = part.bytes();
            bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
                && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        if !name.split('.').all(is_name) {
            return Err(RegisterError::Name { name: name.to_owned() });
        }
        let wrong = |why: &str| RegisterError::Declaration { name: name.to_owned(), why: why.to_owned() };
        let declaration = json::parse(declaration.as_bytes()).map_err(|e| wrong(&e.to_string()))?;
        if declaration.as_object().is_none() {
            return Err(wrong("an object is expected"));
        }
        let arity = match declaration.get("args") {
            None => 0,
            Some(args) => args.as_array().ok_or_else(|| wrong("`args` must be an array"))?.len(),
        };
        if arity > MAX_ARGUMENTS || declaration.get("variadic").is_some() {
            return Err(wrong("built-ins of the host take at most 4 arguments, none of them variadic"));
        }
        Ok(Self { name: name.to_owned(), declaration, arity, nondeterministic, function })
    }

    /// The entry for a capabilities file.
    fn capability(&self) -> Value {
        let mut entry = vec![("name", Value::from(self.name.as_str())), ("decl", self.declaration.clone())];
        if self.nondeterministic {
            entry.push(("nondeterministic", Value::Bool(true)));
        }
        Value::object(entry)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn arity(&self) -> usize {
        self.arity
    }

    pub(super) fn is_nondeterministic(&self) -> bool {
        self.nondeterministic
    }

    pub(super) fn call(&self, invocation: &Invocation, args: &[Value]) -> Answer {
        (self.function)(invocation, args)
    }
}

impl fmt::Debug for CustomBuiltin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomBuiltin")
            .field("name", &self.name)
            .field("arity", &self.arity)
            .field("nondeterministic", &self.nondeterministic)
            .finish_non_exhaustive()
    }
}

/// The built-ins that a host application adds to those of OPA. Given to the [`Engine`](crate::Engine) when it starts.
#[derive(Debug, Clone, Default)]
pub struct CustomBuiltins {
    by_name: BTreeMap<String, Arc<CustomBuiltin>>,
}

impl CustomBuiltins {
    /// Adds one.
    ///
    /// # Errors
    /// [`RegisterError::Taken`] when there is one of that name, added before or of OPA.
    pub fn register(&mut self, builtin: CustomBuiltin) -> Result<(), RegisterError> {
        if writ_builtins::lookup(&builtin.name).is_some() || self.by_name.contains_key(&builtin.name) {
            return Err(RegisterError::Taken { name: builtin.name });
        }
        self.by_name.insert(builtin.name.clone(), Arc::new(builtin));
        Ok(())
    }

    /// The entries for `builtins` of a capabilities file, sorted by name: what a compiler must be told so that policies may call them.
    pub fn capabilities(&self) -> Vec<Value> {
        self.by_name.values().map(|b| b.capability()).collect()
    }

    pub(super) fn lookup(&self, name: &str) -> Option<&Arc<CustomBuiltin>> {
        self.by_name.get(name)
    }
}

/// A built-in that cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name is no name, or several joined by dots.
    Name {
        /// The name.
        name: String,
    },
    /// The declaration is not understood.
    Declaration {
        /// Whose it is.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is a built-in of that name.
    Taken {
        /// The name.
        name: String,
    },
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name } => write!(f, "`{name}` is no name for a built-in"),
            Self::Declaration { name, why } => write!(f, "declaration of built-in `{name}`: {why}"),
            Self::Taken { name } => write!(f, "there is a built-in `{name}` already"),
        }
    }
}

impl std::error::Error for RegisterError {}
