//! From a schema's document to its nodes.
//!
//! References are queued and compiled one after the other, so that a long chain of them costs no stack.

use std::collections::{BTreeMap, VecDeque};

use writ_value::{Number, Value};

use super::keywords::{Keywords, canonical, invalid_type};
use super::node::{Additional, Dependency, Draft, Items, Node, NodeId, Schema};
use super::pool::{Pool, draft_of};
use crate::regex::Pattern;
use crate::url::{self, Uri};

/// Most nodes of a schema.
const MAX_NODES: usize = 100_000;

/// What a subschema takes over from the one around it.
#[derive(Clone)]
struct Scope {
    draft: Draft,
    /// The id that relative ids are resolved against.
    id: Uri,
    is_root: bool,
}

struct Compiler {
    schema: Schema,
    pool: Pool,
    /// Nodes of references, by absolute reference.
    references: BTreeMap<String, NodeId>,
    queue: VecDeque<(NodeId, Uri, Draft)>,
}

/// Compiles a schema.
///
/// # Errors
/// OPA's texts.
pub(super) fn compile(document: &Value) -> Result<Schema, String> {
    let mut c = Compiler {
        schema: Schema::default(),
        pool: Pool::default(),
        references: BTreeMap::new(),
        queue: VecDeque::new(),
    };
    let root = Uri::default();
    let document = c.pool.add(document, &root)?;
    let scope = Scope { draft: draft_of(&document.value)?.unwrap_or_default(), id: root, is_root: true };
    let id = c.reserve()?;
    c.fill(id, &document.value, &scope)?;
    while let Some((id, reference, draft)) = c.queue.pop_front() {
        let found = c.pool.get(&reference)?;
        if !matches!(found.value, Value::Bool(_) | Value::Object(_)) {
            return Err("Valid Schema must be of type object".into());
        }
        let scope = Scope { draft: found.draft.unwrap_or(draft), id: reference, is_root: false };
        c.fill(id, &found.value, &scope)?;
    }
    Ok(c.schema)
}

impl Compiler {
    fn reserve(&mut self) -> Result<NodeId, String> {
        if self.schema.nodes.len() >= MAX_NODES {
            return Err(format!("schema has more than {MAX_NODES} parts"));
        }
        self.schema.nodes.push(Node::default());
        Ok(NodeId(self.schema.nodes.len() - 1))
    }

    fn child(&mut self, value: &Value, scope: &Scope) -> Result<NodeId, String> {
        let id = self.reserve()?;
        self.fill(id, value, &Scope { is_root: false, ..scope.clone() })?;
        Ok(id)
    }

    fn children(&mut self, list: Option<&[Value]>, scope: &Scope) -> Result<Vec<NodeId>, String> {
        list.unwrap_or_default().iter().map(|v| self.child(v, scope)).collect()
    }

    /// A keyword whose value is a schema; `complaint` for values of other kinds.
    fn optional(&mut self, value: Option<&Value>, scope: &Scope, complaint: &str) -> Result<Option<NodeId>, String> {
        match value {
            None => Ok(None),
            Some(v @ (Value::Bool(_) | Value::Object(_))) => self.child(v, scope).map(Some),
            Some(_) => Err(complaint.to_owned()),
        }
    }

    /// Recurses no deeper than the value.
    fn fill(&mut self, id: NodeId, value: &Value, outer: &Scope) -> Result<(), String> {
        let mut node = Node::default();
        if let (Value::Bool(b), true) = (value, outer.draft >= Draft::Draft6) {
            node.pass = Some(*b);
            self.schema.nodes[id.0] = node;
            return Ok(());
        }
        let Value::Object(o) = value else { return Err("Expected: Valid Schema, given: Invalid JSON".into()) };
        let k = Keywords(o);
        let scope = &inner_scope(k, outer)?;
        self.definitions(k, scope)?;
        k.string("title")?;
        k.string("description")?;
        if let Some(reference) = k.string("$ref")? {
            node.reference = Some(self.reference(reference, scope)?);
            self.schema.nodes[id.0] = node;
            return Ok(());
        }
        node.types = types(k)?;
        self.objects(&mut node, k, scope)?;
        self.arrays(&mut node, k, scope)?;
        numbers(&mut node, k, scope.draft)?;
        strings(&mut node, k)?;
        counts(&mut node, k)?;
        if scope.draft >= Draft::Draft6
            && let Some(v) = k.get("contains")
        {
            node.contains = Some(self.child(v, scope)?);
        }
        values(&mut node, k, scope.draft)?;
        self.combinations(&mut node, k, scope)?;
        self.schema.nodes[id.0] = node;
        Ok(())
    }

    fn definitions(&mut self, k: Keywords<'_>, scope: &Scope) -> Result<(), String> {
        let complaint = || invalid_type("Array Of Schemas", "definitions");
        match k.get("definitions") {
            None => Ok(()),
            Some(Value::Object(all)) => {
                for v in all.values() {
                    if !matches!(v, Value::Bool(_) | Value::Object(_)) {
                        return Err(complaint());
                    }
                    self.child(v, scope)?;
                }
                Ok(())
            }
            Some(_) => Err(complaint()),
        }
    }

    fn reference(&mut self, text: &str, scope: &Scope) -> Result<NodeId, String> {
        let uri = url::parse(text.as_bytes())?;
        let key = uri.text();
        if let Some(id) = self.references.get(&key) {
            return Ok(*id);
        }
        let id = self.reserve()?;
        self.references.insert(key, id);
        self.queue.push_back((id, uri, scope.draft));
        Ok(id)
    }

    fn objects(&mut self, node: &mut Node, k: Keywords<'_>, scope: &Scope) -> Result<(), String> {
        match k.get("properties") {
            None => {}
            Some(Value::Object(all)) => {
                for (name, v) in all.iter() {
                    let id = self.child(v, scope)?;
                    node.properties.push((name.as_str().unwrap_or_default().to_owned(), id));
                }
            }
            Some(_) => return Err("Properties must be of type object".into()),
        }
        node.additional_properties = self.additional(k, "additionalProperties", scope)?;
        match k.get("patternProperties") {
            None => {}
            Some(Value::Object(all)) => {
                for (pattern, v) in all.iter() {
                    let text = pattern.as_str().unwrap_or_default();
                    let pattern =
                        Pattern::new(text.as_bytes()).map_err(|_| format!("Invalid regex pattern '{text}'"))?;
                    let id = self.child(v, scope)?;
                    node.pattern_properties.push((pattern, id));
                }
            }
            Some(_) => return Err(invalid_type("Valid Schema", "patternProperties")),
        }
        if scope.draft >= Draft::Draft6 {
            let complaint = invalid_type("Valid Schema", "patternProperties");
            node.property_names = self.optional(k.get("propertyNames"), scope, &complaint)?;
        }
        self.dependencies(node, k, scope)
    }

    fn additional(&mut self, k: Keywords<'_>, key: &str, scope: &Scope) -> Result<Additional, String> {
        Ok(match k.get(key) {
            None | Some(Value::Bool(true)) => Additional::Any,
            Some(Value::Bool(false)) => Additional::None,
            Some(v @ Value::Object(_)) => Additional::Schema(self.child(v, scope)?),
            Some(_) => return Err(invalid_type("boolean/Valid Schema", key)),
        })
    }

    fn dependencies(&mut self, node: &mut Node, k: Keywords<'_>, scope: &Scope) -> Result<(), String> {
        let complaint = || "Dependency must be of type Schema Or Array Of Strings".to_owned();
        let all = match k.get("dependencies") {
            None => return Ok(()),
            Some(Value::Object(all)) => all,
            Some(_) => return Err("dependencies must be of type object".into()),
        };
        for (name, v) in all.iter() {
            let dependency = match v {
                Value::Array(names) => {
                    let one = |n: &Value| n.as_str().map(str::to_owned).ok_or_else(complaint);
                    Dependency::Properties(names.iter().map(one).collect::<Result<_, _>>()?)
                }
                Value::Bool(_) | Value::Object(_) => Dependency::Schema(self.child(v, scope)?),
                _ => return Err(complaint()),
            };
            node.dependencies.push((name.as_str().unwrap_or_default().to_owned(), dependency));
        }
        Ok(())
    }

    fn arrays(&mut self, node: &mut Node, k: Keywords<'_>, scope: &Scope) -> Result<(), String> {
        let complaint = || invalid_type("Valid Schema/Array Of Schemas", "items");
        node.items = match k.get("items") {
            None => Items::Any,
            Some(Value::Array(all)) => {
                let mut positions = Vec::new();
                for v in all.iter() {
                    if !matches!(v, Value::Bool(_) | Value::Object(_)) {
                        return Err(complaint());
                    }
                    positions.push(self.child(v, scope)?);
                }
                Items::Positions(positions)
            }
            Some(v @ (Value::Bool(_) | Value::Object(_))) => Items::Each(self.child(v, scope)?),
            Some(_) => return Err(complaint()),
        };
        node.additional_items = self.additional(k, "additionalItems", scope)?;
        Ok(())
    }

    fn combinations(&mut self, node: &mut Node, k: Keywords<'_>, scope: &Scope) -> Result<(), String> {
        node.one_of = self.children(k.list("oneOf")?, scope)?;
        node.any_of = self.children(k.list("anyOf")?, scope)?;
        node.all_of = self.children(k.list("allOf")?, scope)?;
        let mut optional = |key: &str| self.optional(k.get(key), scope, &format!("{key} must be of an object"));
        node.not = optional("not")?;
        if scope.draft >= Draft::Draft7 {
            node.condition = optional("if")?;
            node.then = optional("then")?;
            node.otherwise = optional("else")?;
        }
        Ok(())
    }
}

/// The scope within a schema: its own id, if it has one, becomes the base of others.
fn inner_scope(k: Keywords<'_>, outer: &Scope) -> Result<Scope, String> {
    let key = match outer.draft {
        Draft::Draft4 => "id",
        Draft::Hybrid if k.get("id").is_some() => "id",
        _ => "$id",
    };
    let mut scope = outer.clone();
    if let Some(id) = k.string(key)? {
        let id = url::parse(id.as_bytes())?;
        scope.id = if outer.is_root { id } else { outer.id.resolve(&id)? };
    }
    Ok(scope)
}

fn types(k: Keywords<'_>) -> Result<Vec<String>, String> {
    const KNOWN: [&str; 7] = ["array", "boolean", "integer", "number", "null", "object", "string"];
    let complaint = || invalid_type("type", "string/Array Of Strings");
    let listed = match k.get("type") {
        None => return Ok(Vec::new()),
        Some(one @ Value::String(_)) => std::slice::from_ref(one),
        Some(Value::Array(all)) => all.as_slice(),
        Some(_) => return Err(complaint()),
    };
    let mut out = Vec::new();
    for t in listed {
        let t = t.as_str().ok_or_else(complaint)?;
        if !KNOWN.contains(&t) {
            return Err(format!(
                "has a primitive type that is NOT VALID -- given: /{t}/ Expected valid values are:[{}]",
                KNOWN.join(" ")
            ));
        }
        if out.iter().any(|o| o == t) {
            return Err(format!("{t} type is duplicated"));
        }
        out.push(t.to_owned());
    }
    Ok(out)
}

fn number(v: &Value) -> Option<&Number> {
    v.as_number()
}

fn numbers(node: &mut Node, k: Keywords<'_>, draft: Draft) -> Result<(), String> {
    if let Some(v) = k.get("multipleOf") {
        let n = number(v).ok_or_else(|| invalid_type("Number", "multipleOf"))?;
        if *n <= Number::Int(0) {
            return Err("multipleOf must be strictly greater than 0".into());
        }
        node.multiple_of = Some(n.clone());
    }
    (node.minimum, node.exclusive_minimum) = bound(k, draft, "minimum", "exclusiveMinimum")?;
    (node.maximum, node.exclusive_maximum) = bound(k, draft, "maximum", "exclusiveMaximum")?;
    Ok(())
}

type Bound = (Option<Number>, Option<Number>);

/// A bound and its exclusive form, which older drafts write as a flag.
fn bound(k: Keywords<'_>, draft: Draft, key: &str, exclusive_key: &str) -> Result<Bound, String> {
    let inclusive = match k.get(key) {
        None => None,
        Some(v) => Some(number(v).ok_or_else(|| format!("{key} must be of a Number"))?.clone()),
    };
    let flags = matches!(draft, Draft::Draft4 | Draft::Hybrid);
    match k.get(exclusive_key) {
        None => Ok((inclusive, None)),
        Some(Value::Bool(b)) if flags => match (inclusive, b) {
            (None, _) => Err(format!("{exclusive_key} cannot be used without {key}")),
            (Some(n), true) => Ok((None, Some(n))),
            (n, false) => Ok((n, None)),
        },
        Some(Value::Number(n)) if draft != Draft::Draft4 => Ok((inclusive, Some(n.clone()))),
        Some(_) => Err(invalid_type(
            match draft {
                Draft::Draft4 => "boolean",
                Draft::Hybrid => "boolean/number",
                Draft::Draft6 | Draft::Draft7 => "number",
            },
            exclusive_key,
        )),
    }
}

fn strings(node: &mut Node, k: Keywords<'_>) -> Result<(), String> {
    (node.min_length, node.max_length) = k.counts("minLength", "maxLength")?;
    if let Some(text) = k.string("pattern")? {
        let pattern = Pattern::new(text.as_bytes()).map_err(|_| "pattern must be a valid regex")?;
        node.pattern = Some((pattern, text.to_owned()));
    }
    if let Some(format) = k.string("format")? {
        format.clone_into(&mut node.format);
    }
    Ok(())
}

fn counts(node: &mut Node, k: Keywords<'_>) -> Result<(), String> {
    (node.min_properties, node.max_properties) = k.counts("minProperties", "maxProperties")?;
    for name in k.list("required")?.unwrap_or_default() {
        let name = name.as_str().ok_or_else(|| invalid_type("string", "required"))?;
        if node.required.iter().any(|r| r == name) {
            return Err("required items must be unique".into());
        }
        node.required.push(name.to_owned());
    }
    node.min_items = k.count("minItems")?;
    node.max_items = k.count("maxItems")?;
    if let Some(v) = k.get("uniqueItems") {
        node.unique_items = v.as_bool().ok_or("uniqueItems must be of a boolean")?;
    }
    Ok(())
}

fn values(node: &mut Node, k: Keywords<'_>, draft: Draft) -> Result<(), String> {
    if draft >= Draft::Draft6
        && let Some(v) = k.get("const")
    {
        node.constant = Some(canonical(v)?);
    }
    if let Some(all) = k.list("enum")? {
        let mut texts = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for v in all {
            let text = canonical(v)?;
            if !seen.insert(text.clone()) {
                return Err("enum items must be unique".into());
            }
            texts.push(text);
        }
        node.enumeration = Some(texts);
    }
    Ok(())
}
