//! Types as JSON: OPA's notation in capabilities files and in the details of errors.

use std::fmt::Write;

use writ_value::json;

use super::{Function, Parameter, Type};

impl Type {
    /// The type as a JSON object, keys sorted; `null` if nothing is known.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write(self, None, &mut out);
        out
    }
}

impl Parameter {
    /// The type with its name, as a JSON object.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write(&self.ty, self.name.as_deref(), &mut out);
        out
    }
}

impl Function {
    /// The signature as a JSON object: `args`, `result`, `type`, `variadic`.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        function(self, &mut out);
        out
    }
}

fn write(ty: &Type, name: Option<&str>, out: &mut String) {
    let mut fields: Vec<(&str, String)> = Vec::new();
    let list = |types: &[Type]| {
        let all: Vec<String> = types.iter().map(Type::to_json).collect();
        format!("[{}]", all.join(","))
    };
    let kind = match ty {
        Type::Unknown => {
            out.push_str("null");
            return;
        }
        Type::Function(f) => {
            function(f, out);
            return;
        }
        Type::Null => "null",
        Type::Boolean => "boolean",
        Type::Number => "number",
        Type::String => "string",
        Type::Any => "any",
        Type::Union(u) => {
            fields.push(("of", list(u.members())));
            "any"
        }
        Type::Array(a) => {
            if let Some(rest) = a.rest() {
                fields.push(("dynamic", rest.to_json()));
            }
            if !a.fixed().is_empty() {
                fields.push(("static", list(a.fixed())));
            }
            "array"
        }
        Type::Object(o) => {
            if let Some((key, value)) = o.rest() {
                fields.push(("dynamic", format!("{{\"key\":{},\"value\":{}}}", key.to_json(), value.to_json())));
            }
            if !o.fixed().is_empty() {
                let property = |(key, ty): &(writ_value::Value, Type)| {
                    format!("{{\"key\":{},\"value\":{}}}", json::to_string(key), ty.to_json())
                };
                let all: Vec<String> = o.fixed().iter().map(property).collect();
                fields.push(("static", format!("[{}]", all.join(","))));
            }
            "object"
        }
        Type::Set(s) => {
            if !s.element().is_unknown() {
                fields.push(("of", s.element().to_json()));
            }
            "set"
        }
    };
    fields.push(("type", format!("\"{kind}\"")));
    if let Some(name) = name {
        let mut text = String::new();
        json::write_string(name.as_bytes(), &mut text);
        fields.push(("name", text));
    }
    fields.sort();
    out.push('{');
    for (i, (key, value)) in fields.iter().enumerate() {
        let _ = write!(out, "{}\"{key}\":{value}", if i == 0 { "" } else { "," });
    }
    out.push('}');
}

fn function(f: &Function, out: &mut String) {
    out.push('{');
    if !f.params.is_empty() {
        let all: Vec<String> = f.params.iter().map(Parameter::to_json).collect();
        let _ = write!(out, "\"args\":[{}],", all.join(","));
    }
    if !f.is_void() {
        let _ = write!(out, "\"result\":{},", f.result.to_json());
    }
    out.push_str("\"type\":\"function\"");
    if let Some(variadic) = &f.variadic {
        let _ = write!(out, ",\"variadic\":{}", variadic.to_json());
    }
    out.push('}');
}
