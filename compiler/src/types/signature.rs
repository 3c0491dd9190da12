//! Parser for the notation of types and signatures, in which the table of built-ins is written.

use std::fmt;
use std::sync::Arc;

use writ_value::Value;

use super::{Function, Parameter, Type};

/// The text is no type or signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureError {
    /// Offset of the byte where the text stops making sense.
    pub offset: usize,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a type from offset {}", self.offset)
    }
}

impl std::error::Error for SignatureError {}

pub(super) fn parse_type(text: &str) -> Result<Type, SignatureError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let ty = parser.ty()?;
    parser.end(ty)
}

pub(super) fn parse_function(text: &str) -> Result<Function, SignatureError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let function = parser.function()?;
    parser.end(function)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

type Result_<T> = Result<T, SignatureError>;

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn fail<T>(&self) -> Result_<T> {
        Err(SignatureError { offset: self.at })
    }

    fn end<T>(&self, value: T) -> Result_<T> {
        if self.rest().is_empty() { Ok(value) } else { self.fail() }
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn expect(&mut self, token: &str) -> Result_<()> {
        if self.eat(token) { Ok(()) } else { self.fail() }
    }

    /// `name: ` in front of a type, if there is one.
    fn label(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ' '))?;
        let name = rest.get(..end).filter(|name| !name.is_empty())?;
        rest.get(end..)?.starts_with(": ").then(|| {
            self.at += end + 2;
            name
        })
    }

    fn parameter(&mut self) -> Result_<Parameter> {
        let name = self.label().map(Arc::from);
        Ok(Parameter { name, ty: self.ty()? })
    }

    fn function(&mut self) -> Result_<Function> {
        let mut function = Function::default();
        self.expect("(")?;
        while !self.eat(")") {
            if !function.params.is_empty() {
                self.expect(", ")?;
            }
            let parameter = self.parameter()?;
            if self.eat("...") {
                function.variadic = Some(parameter.ty);
                self.expect(")")?;
                break;
            }
            function.params.push(parameter);
        }
        self.expect(" => ")?;
        function.result = self.parameter()?;
        Ok(function)
    }

    fn ty(&mut self) -> Result_<Type> {
        if self.depth >= super::MAX_DEPTH {
            return self.fail();
        }
        self.depth += 1;
        let ty = self.ty_inner();
        self.depth -= 1;
        ty
    }

    fn ty_inner(&mut self) -> Result_<Type> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '?')).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("");
        self.at += end;
        Ok(match word {
            "???" => Type::Unknown,
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "number" => Type::Number,
            "string" => Type::String,
            "any" => Type::union(self.list()?),
            "array" => {
                let fixed = self.list()?;
                Type::array(fixed, self.bracketed(Parser::ty)?)
            }
            "object" => self.object()?,
            "set" => Type::set(self.bracketed(Parser::ty)?.unwrap_or_default()),
            _ => {
                self.at -= end;
                return self.fail();
            }
        })
    }

    fn object(&mut self) -> Result_<Type> {
        let mut fixed = Vec::new();
        if self.eat("<") {
            loop {
                let Some(key) = self.label() else { return self.fail() };
                fixed.push((Value::from(key), self.ty()?));
                if !self.eat(", ") {
                    break;
                }
            }
            self.expect(">")?;
        }
        let rest = self.bracketed(|p| {
            let key = p.ty()?;
            p.expect(": ")?;
            Ok((key, p.ty()?))
        })?;
        Ok(Type::object(fixed, rest))
    }

    /// `<a, b>`, or nothing.
    fn list(&mut self) -> Result_<Vec<Type>> {
        let mut types = Vec::new();
        if self.eat("<") {
            types.push(self.ty()?);
            while self.eat(", ") {
                types.push(self.ty()?);
            }
            self.expect(">")?;
        }
        Ok(types)
    }

    /// `[…]`, or nothing.
    fn bracketed<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result_<T>) -> Result_<Option<T>> {
        if !self.eat("[") {
            return Ok(None);
        }
        let value = inner(self)?;
        self.expect("]")?;
        Ok(Some(value))
    }
}
