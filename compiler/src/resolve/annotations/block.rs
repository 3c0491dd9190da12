//! One metadata block: its fields, checked, and as the value that `rego.metadata.*` shows.

use writ_value::Value;
use yaml_serde::Value as Yaml;

use super::yaml;
use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, AnnotationTarget, TermKind};
use crate::syntax::{self, ParseOptions};

/// What a block applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The rule below.
    Rule,
    /// All rules of the name.
    Document,
    /// The package.
    Package,
    /// The package and those below it.
    Subpackages,
    /// Something that is no scope.
    Other,
}

/// A parsed block.
#[derive(Debug)]
pub(super) struct Block {
    /// Its scope.
    pub(super) scope: Scope,
    /// The scope as written or implied.
    pub(super) scope_name: String,
    /// `entrypoint: true`.
    pub(super) entrypoint: bool,
    /// All fields.
    pub(super) value: Value,
}

impl Block {
    /// Reads the YAML of a block.
    pub(super) fn parse(annotation: &ast::Annotation) -> Result<Block, Box<Diagnostic>> {
        let at = |span: Span, message: String| Box::new(Diagnostic::error(Code::Parse, span, message));
        if annotation.yaml.trim().is_empty() {
            return Err(at(annotation.span, "expected METADATA block, found whitespace".to_owned()));
        }
        let fields = yaml::parse(&annotation.yaml).map_err(|error| {
            let line = error.line.saturating_sub(1).min(annotation.lines.len().saturating_sub(1));
            at(annotation.lines.get(line).copied().unwrap_or(annotation.span), error.message)
        })?;
        Reader { fields: &fields, out: Vec::new() }.block().map_err(|message| at(annotation.span, message))
    }

    /// Gives the scope that a block without one has at its target.
    pub(super) fn default_scope(&mut self, target: AnnotationTarget) {
        if self.scope_name.is_empty() {
            self.scope_name = match target {
                AnnotationTarget::Rule(_) if self.entrypoint => "document",
                AnnotationTarget::Rule(_) => "rule",
                AnnotationTarget::Package => "package",
                AnnotationTarget::Import(_) => "import",
                AnnotationTarget::Nothing => "",
            }
            .to_owned();
        }
        self.scope = match &*self.scope_name {
            "rule" => Scope::Rule,
            "document" => Scope::Document,
            "package" => Scope::Package,
            "subpackages" => Scope::Subpackages,
            _ => Scope::Other,
        };
        if let (Value::Object(fields), false) = (&mut self.value, self.scope_name.is_empty()) {
            let mut with_scope = (**fields).clone();
            with_scope.insert(Value::from("scope"), Value::from(&*self.scope_name));
            self.value = Value::from(with_scope);
        }
    }

    /// What is wrong with the block at this target.
    pub(super) fn misplaced(&self, target: AnnotationTarget, span: Span) -> Vec<Diagnostic> {
        let mut errors = Vec::new();
        let mut error = |message: String| errors.push(Diagnostic::error(Code::Parse, span, message));
        let scope = &self.scope_name;
        let have = match target {
            AnnotationTarget::Rule(_) => " (have rule)",
            AnnotationTarget::Package => " (have package)",
            AnnotationTarget::Import(_) => " (have import)",
            AnnotationTarget::Nothing => "",
        };
        match (self.scope, target) {
            (Scope::Rule | Scope::Document, AnnotationTarget::Rule(_))
            | (Scope::Package | Scope::Subpackages, AnnotationTarget::Package) => {}
            (Scope::Rule | Scope::Document, _) => {
                error(format!("annotation scope '{scope}' must be applied to rule{have}"));
            }
            (Scope::Package | Scope::Subpackages, _) => {
                error(format!("annotation scope '{scope}' must be applied to package{have}"));
            }
            (Scope::Other, _) => error(format!(
                "invalid annotation scope '{scope}'. Use one of 'rule', 'document', 'package', or 'subpackages'"
            )),
        }
        if self.entrypoint && !matches!(self.scope, Scope::Document | Scope::Package) {
            error(format!("annotation entrypoint applied to non-document or package scope '{scope}'"));
        }
        errors
    }
}

/// Reads fields one by one.
struct Reader<'y> {
    fields: &'y Yaml,
    out: Vec<(&'static str, Value)>,
}

impl<'y> Reader<'y> {
    fn block(mut self) -> Result<Block, String> {
        let scope_name = self.string("scope")?;
        for name in ["title", "description"] {
            let text = self.string(name)?;
            self.put(name, Value::from(text));
        }
        let entrypoint = match self.field("entrypoint") {
            None => false,
            Some(Yaml::Bool(b)) => *b,
            Some(other) => return Err(mismatch("entrypoint", other, "bool")),
        };
        if entrypoint {
            self.out.push(("entrypoint", Value::Bool(true)));
        }
        self.list("organizations", |item| match item {
            Yaml::String(s) => Ok(Value::from(s.as_str())),
            other => Err(mismatch("organizations", other, "string")),
        })?;
        self.list("related_resources", |item| {
            related_resource(item).map_err(|e| format!("invalid related-resource definition {}: {e}", yaml::show(item)))
        })?;
        self.list("schemas", schema)?;
        self.list("authors", |item| {
            author(item).map_err(|e| format!("invalid author definition {}: {e}", yaml::show(item)))
        })?;
        for name in ["custom", "labels"] {
            self.map(name)?;
        }
        let value = Value::object(self.out);
        Ok(Block { scope: Scope::Other, scope_name, entrypoint, value })
    }

    fn field(&self, name: &str) -> Option<&'y Yaml> {
        self.fields.get(name).filter(|v| !v.is_null())
    }

    fn put(&mut self, name: &'static str, value: Value) {
        let is_empty = match &value {
            Value::String(s) => s.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(entries) => entries.is_empty(),
            _ => false,
        };
        if !is_empty {
            self.out.push((name, value));
        }
    }

    fn string(&self, name: &'static str) -> Result<String, String> {
        match self.field(name) {
            None => Ok(String::new()),
            Some(Yaml::String(s)) => Ok(s.clone()),
            // YAML's plain scalars are taken as their text.
            Some(Yaml::Bool(b)) => Ok(b.to_string()),
            Some(Yaml::Number(n)) => Ok(n.to_string()),
            Some(other) => Err(mismatch(name, other, "string")),
        }
    }

    fn list(&mut self, name: &'static str, read: impl Fn(&'y Yaml) -> Result<Value, String>) -> Result<(), String> {
        let Some(field) = self.field(name) else { return Ok(()) };
        let Yaml::Sequence(items) = field else { return Err(mismatch(name, field, "list")) };
        let values = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        self.put(name, Value::from(values));
        Ok(())
    }

    fn map(&mut self, name: &'static str) -> Result<(), String> {
        let Some(field) = self.field(name) else { return Ok(()) };
        if !field.is_mapping() {
            return Err(mismatch(name, field, "map"));
        }
        let value = yaml::to_value(field)?;
        self.put(name, value);
        Ok(())
    }
}

fn mismatch(name: &str, found: &Yaml, wanted: &str) -> String {
    format!("yaml: field `{name}` must be a {wanted}, found {}", yaml::show(found))
}

fn text_field(map: &Yaml, name: &str) -> String {
    map.get(name).and_then(Yaml::as_str).unwrap_or_default().trim().to_owned()
}

fn non_empty(fields: [(&'static str, String); 2]) -> Value {
    Value::object(fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, Value::from(text))))
}

fn related_resource(item: &Yaml) -> Result<Value, String> {
    match item {
        Yaml::String(s) if s.is_empty() => Err("ref URL may not be empty string".to_owned()),
        Yaml::String(s) => Ok(Value::object([("ref", Value::from(s.as_str()))])),
        Yaml::Mapping(_) => {
            let reference = text_field(item, "ref");
            if reference.is_empty() {
                return Err("'ref' value required in object".to_owned());
            }
            Ok(non_empty([("ref", reference), ("description", text_field(item, "description"))]))
        }
        _ => Err("invalid value type, must be string or map".to_owned()),
    }
}

/// `Name <mail>` or a map.
fn author(item: &Yaml) -> Result<Value, String> {
    match item {
        Yaml::String(s) => {
            let mut words: Vec<&str> = s.split_whitespace().collect();
            let Some(last) = words.last() else { return Err("author is an empty string".to_owned()) };
            let mail = last.strip_prefix('<').and_then(|m| m.strip_suffix('>')).unwrap_or_default().to_owned();
            if !mail.is_empty() || *last == "<>" {
                words.pop();
            }
            Ok(author_value(words.join(" "), mail))
        }
        Yaml::Mapping(_) => {
            let (name, mail) = (text_field(item, "name"), text_field(item, "email"));
            if name.is_empty() && mail.is_empty() {
                return Err("'name' and/or 'email' values required in object".to_owned());
            }
            Ok(author_value(name, mail))
        }
        _ => Err("invalid value type, must be string or map".to_owned()),
    }
}

fn author_value(name: String, mail: String) -> Value {
    non_empty([("name", name), ("email", mail)])
}

/// `path: schema.x` or `path: {…}`.
fn schema(item: &Yaml) -> Result<Value, String> {
    let first = item.as_mapping().and_then(|m| m.iter().next());
    let Some((key, declared)) = first else { return Err("invalid document reference".to_owned()) };
    let key = key.as_str().unwrap_or_default();
    let path = reference_parts(key).ok_or("invalid document reference")?;
    let (name, value) = match declared {
        Yaml::String(s) => {
            let parts = reference_parts(s).filter(|p| p.first().and_then(Value::as_str) == Some("schema"));
            ("schema", Value::from(parts.ok_or("invalid schema reference")?))
        }
        Yaml::Mapping(_) => {
            ("definition", yaml::to_value(declared).map_err(|e| format!("invalid schema definition: {e}"))?)
        }
        _ => return Err(format!("invalid schema declaration for path \"{key}\"")),
    };
    Ok(Value::object([("path", Value::from(path)), (name, value)]))
}

/// The parts of a reference given as text.
fn reference_parts(text: &str) -> Option<Vec<Value>> {
    let (term, _) = syntax::parse_term(FileId::default(), text, &ParseOptions::default());
    let mut parts = Vec::new();
    match &term?.kind {
        TermKind::Var(var) => parts.push(Value::from(&*var.name)),
        TermKind::Ref(r) => {
            parts.push(Value::from(r.head_name()?));
            for arg in &r.path {
                parts.push(crate::syntax::constant::scalar(&arg.term)?);
            }
        }
        _ => return None,
    }
    Some(parts)
}
