//! How types print: OPA's notation, as its error texts have it.

use std::fmt::{self, Display, Formatter};

use super::of_value::plain_key;
use super::{Function, Parameter, Type};

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Type::Unknown => f.write_str("???"),
            Type::Null => f.write_str("null"),
            Type::Boolean => f.write_str("boolean"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::Any => f.write_str("any"),
            Type::Array(a) => {
                f.write_str("array")?;
                list(f, "<", a.fixed(), ">")?;
                a.rest().map_or(Ok(()), |rest| write!(f, "[{rest}]"))
            }
            Type::Object(o) => {
                f.write_str("object")?;
                for (i, (key, value)) in o.fixed().iter().enumerate() {
                    f.write_str(if i == 0 { "<" } else { ", " })?;
                    plain_key(key, f)?;
                    write!(f, ": {value}")?;
                }
                if !o.fixed().is_empty() {
                    f.write_str(">")?;
                }
                o.rest().map_or(Ok(()), |(key, value)| write!(f, "[{key}: {value}]"))
            }
            Type::Set(s) if s.element().is_unknown() => f.write_str("set"),
            Type::Set(s) => write!(f, "set[{}]", s.element()),
            Type::Union(u) => {
                f.write_str("any")?;
                list(f, "<", u.members(), ">")
            }
            Type::Function(function) => write!(f, "{function}"),
        }
    }
}

fn list(f: &mut Formatter<'_>, open: &str, types: &[Type], close: &str) -> fmt::Result {
    for (i, t) in types.iter().enumerate() {
        write!(f, "{}{t}", if i == 0 { open } else { ", " })?;
    }
    if types.is_empty() { Ok(()) } else { f.write_str(close) }
}

/// With its name, if it has one: `x: number`.
impl Display for Parameter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}: {}", self.ty),
            None => write!(f, "{}", self.ty),
        }
    }
}

/// Without names: `(number, number) => number`.
impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, p) in self.params.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, p.ty)?;
        }
        if let Some(variadic) = &self.variadic {
            write!(f, "{}{variadic}...", if self.params.is_empty() { "" } else { ", " })?;
        }
        write!(f, ") => {}", self.result.ty)
    }
}
