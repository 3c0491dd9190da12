//! Types of functions: parameters, variadic part and result.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{SignatureError, Type, signature};

/// Signature of a built-in or of a function defined by rules.
#[derive(Debug, Clone, Default)]
pub struct Function {
    /// Parameters in order.
    pub params: Vec<Parameter>,
    /// Type of any number of further arguments.
    pub variadic: Option<Type>,
    /// What it returns. `Unknown` for a function without result.
    pub result: Parameter,
}

/// One parameter, or the result.
#[derive(Debug, Clone, Default)]
pub struct Parameter {
    /// Name for messages; built-ins have them.
    pub name: Option<Arc<str>>,
    /// What it accepts or gives.
    pub ty: Type,
}

impl Parameter {
    /// A parameter without a name.
    pub fn unnamed(ty: Type) -> Parameter {
        Parameter { name: None, ty }
    }
}

impl Function {
    /// A function without names for its parameters.
    pub fn new(params: Vec<Type>, result: Type) -> Function {
        Function {
            params: params.into_iter().map(Parameter::unnamed).collect(),
            variadic: None,
            result: Parameter::unnamed(result),
        }
    }

    /// Parses a signature such as `(x: number, y: number) => z: number`. The result `???` means none.
    ///
    /// # Errors
    /// The text is not a signature.
    pub fn parse(text: &str) -> Result<Function, SignatureError> {
        signature::parse_function(text)
    }

    /// Number of parameters, without variadic ones.
    pub fn arity(&self) -> usize {
        self.params.len()
    }

    /// True if it returns nothing.
    pub fn is_void(&self) -> bool {
        self.result.ty.is_unknown()
    }

    /// Type of the argument at `index`, where the result counts as one more argument after the last.
    pub fn argument_or_result(&self, index: usize) -> Option<&Type> {
        match self.params.get(index) {
            Some(p) => Some(&p.ty),
            None if index == self.params.len() && !self.is_void() => Some(&self.result.ty),
            None => self.variadic.as_ref(),
        }
    }

    /// The function that behaves as one of the two; `None` if they differ in arity.
    pub fn or(&self, other: &Function) -> Option<Function> {
        if self.arity() != other.arity() || self.variadic.is_some() != other.variadic.is_some() {
            return None;
        }
        let params = self.params.iter().zip(&other.params).map(|(a, b)| a.ty.or(&b.ty)).collect();
        Some(Function {
            variadic: self.variadic.as_ref().zip(other.variadic.as_ref()).map(|(a, b)| a.or(b)),
            ..Function::new(params, self.result.ty.or(&other.result.ty))
        })
    }

    pub(super) fn compare(&self, other: &Function) -> Ordering {
        let types = |f: &Function| f.params.iter().map(|p| p.ty.clone()).collect::<Vec<_>>();
        (self.arity().cmp(&other.arity()))
            .then_with(|| types(self).cmp(&types(other)))
            .then_with(|| self.result.ty.cmp(&other.result.ty))
            .then_with(|| self.variadic.cmp(&other.variadic))
    }

    pub(super) fn has_unknown(&self) -> bool {
        self.params.iter().any(|p| p.ty.has_unknown()) || self.result.ty.has_unknown()
    }
}
