//! What is in a bundle, as `opa inspect` shows it; changes of a delta bundle and signatures in tables of their own.

use std::collections::BTreeMap;

use writ_bundle::patch::{Op, Operation};
use writ_bundle::{Claimed, Manifest, Signatures};
use writ_compiler::Description;
use writ_value::{Value, json as text};

use super::json::indent;
use super::table;

/// Files by the path in the data that they give.
pub(crate) type Namespaces = BTreeMap<String, Vec<String>>;

/// What there is to show.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) manifest: Manifest,
    pub(crate) namespaces: Namespaces,
    pub(crate) signatures: Signatures,
    /// Paths of Wasm modules.
    pub(crate) wasm: Vec<String>,
    /// The archive's path; empty for a folder.
    pub(crate) archive: String,
    pub(crate) patch: Vec<Operation>,
    pub(crate) annotations: Vec<Annotation>,
}

/// An annotation and where it stands.
#[derive(Debug)]
pub(crate) struct Annotation {
    file: String,
    package: Vec<String>,
    block: writ_compiler::Annotated,
}

/// The annotations of all modules, by path.
pub(crate) fn annotations(described: &[Description]) -> Vec<Annotation> {
    let all = described.iter().flat_map(|module| {
        module.annotations.iter().map(|block| Annotation {
            file: module.file.clone(),
            package: module.package.clone(),
            block: block.clone(),
        })
    });
    let mut all: Vec<_> = all.collect();
    all.sort_by(|a, b| a.block.path.cmp(&b.block.path));
    all
}

/// `data.a["b c"]`.
pub(crate) fn reference(path: &[String]) -> String {
    let mut out = String::from("data");
    path.iter().for_each(|part| push_part(part, &mut out));
    out
}

fn push_part(part: &str, out: &mut String) {
    let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
    if part.chars().all(is_name) && !part.is_empty() && !part.starts_with(|c: char| c.is_ascii_digit()) {
        out.push('.');
        out.push_str(part);
    } else {
        out.push('[');
        text::write_string(part.as_bytes(), out);
        out.push(']');
    }
}

/// Compact JSON with the fields in OPA's order, laid out.
pub(crate) fn json(report: &Report) -> String {
    let mut out = format!("{{\"manifest\":{},\"signatures_config\":", report.manifest.to_json());
    let signatures = &report.signatures;
    let mut fields = Vec::new();
    if !signatures.tokens.is_empty() {
        let tokens: Value = signatures.tokens.iter().map(|token| Value::from(token.as_str())).collect();
        fields.push(("signatures", tokens));
    }
    if !signatures.plugin.is_empty() {
        fields.push(("plugin", Value::from(signatures.plugin.as_str())));
    }
    text::write(&Value::object(fields), &mut out);
    field("wasm_modules", &report.wasm.iter().map(|path| wasm(report, path)).collect(), &mut out);
    let namespaces = report.namespaces.iter().map(|(name, files)| (name.as_str(), strings(files)));
    field("namespaces", &Value::object(namespaces), &mut out);
    field("annotations", &report.annotations.iter().map(annotation).collect(), &mut out);
    field("patch", &report.patch.iter().map(operation).collect(), &mut out);
    out.push('}');
    indent(&out)
}

/// A field, unless it is empty.
fn field(name: &str, value: &Value, out: &mut String) {
    let is_empty =
        value.as_array().is_some_and(<[Value]>::is_empty) || value.as_object().is_some_and(BTreeMap::is_empty);
    if !is_empty {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        text::write(value, out);
    }
}

fn strings(items: &[String]) -> Value {
    items.iter().map(|item| Value::from(item.as_str())).collect()
}

fn wasm(report: &Report, path: &str) -> Value {
    let path = format!("/{path}");
    let entrypoints = report.manifest.wasm.iter().filter(|entry| entry.module == path);
    let parts = |entrypoint: &str| entrypoint.split('/').map(str::to_owned).collect::<Vec<_>>();
    let entrypoints: Vec<String> = entrypoints.map(|entry| reference(&parts(&entry.entrypoint))).collect();
    let url = Value::from(format!("{}{path}", report.archive));
    Value::object([("entrypoints", strings(&entrypoints)), ("path", Value::from(path)), ("url", url)])
}

fn annotation(annotation: &Annotation) -> Value {
    let block = &annotation.block;
    let location = Value::object([
        ("file", Value::from(annotation.file.as_str())),
        ("row", Value::from(i64::from(block.row))),
        ("col", Value::from(i64::from(block.col))),
    ]);
    let part = |kind: &str, value: Value| Value::object([("type", Value::from(kind)), ("value", value)]);
    let mut path = vec![part("var", Value::from("data"))];
    path.extend(block.path.iter().map(|value| part(value.type_name(), value.clone())));
    Value::object([("annotations", block.value.clone()), ("location", location), ("path", Value::from(path))])
}

fn operation(operation: &Operation) -> Value {
    let (op, value) = match &operation.op {
        Op::Add(value) => ("add", Some(value)),
        Op::Upsert(value) => ("upsert", Some(value)),
        Op::Replace(value) => ("replace", Some(value)),
        Op::Remove => ("remove", None),
    };
    let mut fields = vec![("op", Value::from(op)), ("path", strings(&operation.path))];
    fields.extend(value.map(|value| ("value", value.clone())));
    Value::object(fields)
}

/// Tables, and a paragraph for each annotation.
pub(crate) fn pretty(report: &Report) -> String {
    let mut out = String::new();
    let manifest = manifest_rows(&report.manifest);
    section("MANIFEST", ["FIELD", "VALUE"], &manifest, &mut out);
    section("NAMESPACES", ["NAMESPACE", "FILE"], &namespace_rows(&report.namespaces), &mut out);
    let patch: Vec<_> = report.patch.iter().map(|o| [operation_name(o), shown_path(o)]).collect();
    section("PATCH", ["OPERATION", "PATH"], &patch, &mut out);
    let signatures: Vec<_> = report.signatures.unverified().iter().map(signature).collect();
    section("SIGNATURES", ["ALGORITHM", "KEY", "SCOPE", "FILES"], &signatures, &mut out);
    if !report.annotations.is_empty() {
        out.push_str("ANNOTATIONS:\n");
        report.annotations.iter().for_each(|annotation| paragraph(annotation, &mut out));
    }
    out
}

fn signature(claimed: &Claimed) -> [String; 4] {
    let Claimed { algorithm, key_id, scope, n_files } = claimed;
    [truncated(algorithm), truncated(key_id), truncated(scope), n_files.to_string()]
}

fn section<const N: usize>(title: &str, header: [&str; N], rows: &[[String; N]], out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
    out.push_str(title);
    out.push_str(":\n");
    out.push_str(&table::draw(&header.map(str::to_owned), &rows));
}

fn manifest_rows(manifest: &Manifest) -> Vec<[String; 2]> {
    let mut rows = Vec::new();
    let mut add = |name: &str, value: String| rows.push([name.to_owned(), value]);
    if let Some(version) = manifest.rego_version {
        add("Rego Version", version.to_string());
    }
    if !manifest.revision.is_empty() {
        add("Revision", truncated(&manifest.revision));
    }
    let mut roots = manifest.roots.clone();
    roots.sort();
    let several = roots.len() > 1;
    let roots = roots.iter().filter(|root| several || !root.is_empty()).enumerate();
    roots.for_each(|(i, root)| add(if i == 0 { "Roots" } else { "" }, truncated_path(root)));
    if let Some(metadata) = &manifest.metadata {
        add("Metadata", truncated(&text::to_string(metadata)));
    }
    rows
}

/// A namespace is named in the first of its rows.
fn namespace_rows(namespaces: &Namespaces) -> Vec<[String; 2]> {
    let row =
        |name: &str, i: usize, file: &str| [if i == 0 { name.to_owned() } else { String::new() }, truncated_path(file)];
    namespaces
        .iter()
        .flat_map(|(name, files)| files.iter().enumerate().map(move |(i, file)| row(name, i, file)))
        .collect()
}

fn operation_name(operation: &Operation) -> String {
    match operation.op {
        Op::Add(_) => "add",
        Op::Upsert(_) => "upsert",
        Op::Replace(_) => "replace",
        Op::Remove => "remove",
    }
    .to_owned()
}

fn shown_path(operation: &Operation) -> String {
    truncated(&reference(&operation.path))
}

/// Cells of tables are short.
const MAX_CHARS: usize = 50;

fn truncated(cell: &str) -> String {
    if cell.chars().count() < MAX_CHARS {
        return cell.to_owned();
    }
    cell.chars().take(MAX_CHARS - 3).chain("...".chars()).collect()
}

/// Of a path the end says more.
fn truncated_path(path: &str) -> String {
    let n = path.chars().count();
    if n < MAX_CHARS {
        return path.to_owned();
    }
    "...".chars().chain(path.chars().skip(n - (MAX_CHARS - 3))).collect()
}

fn paragraph(annotation: &Annotation, out: &mut String) {
    const WIDTH: usize = 80;
    let block = &annotation.block;
    let field = |name: &str| block.value.get(name).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
    let path = block.path.iter().fold(String::new(), |mut out, part| {
        match part.as_str() {
            Some(part) => push_part(part, &mut out),
            None => out.push_str(&format!("[{}]", text::to_string(part))),
        }
        out
    });
    let path = path.trim_start_matches('.');
    let title = field("title").unwrap_or(path);
    out.push_str(&format!("{title}\n{}\n\n", "=".repeat(title.len().min(WIDTH))));
    if let Some(description) = field("description") {
        out.push_str(&format!("{description}\n\n"));
    }
    let package = reference(&annotation.package);
    out.push_str(&format!("Package:  {}\n", package.trim_start_matches("data").trim_start_matches('.')));
    if block.is_rule {
        let below =
            reference(&block.path.iter().map(|p| p.as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>());
        let rule = below.strip_prefix(&package).unwrap_or(&below).trim_start_matches('.').to_owned();
        out.push_str(&format!("Rule:     {rule}\n"));
    }
    out.push_str(&format!("Location: {}:{}\n", annotation.file, block.row));
    if let Some(scope) = field("scope") {
        out.push_str(&format!("Scope: {scope}\n"));
    }
    if block.value.get("entrypoint") == Some(&Value::Bool(true)) {
        out.push_str("Entrypoint: true\n");
    }
    out.push('\n');
    for (name, heading) in LISTS {
        let Some(value) = block.value.get(name) else { continue };
        out.push_str(&format!("{heading}:\n"));
        match value {
            Value::Array(items) => items.iter().for_each(|item| out.push_str(&format!(" {}\n", shown(item)))),
            Value::Object(entries) => {
                let width = entries.keys().map(|key| shown(key).len()).max().unwrap_or(0);
                for (key, value) in entries.iter() {
                    let key = shown(key);
                    let gap = " ".repeat(width - key.len());
                    out.push_str(&format!(" {key}: {gap}{}\n", text::to_string(value)));
                }
            }
            other => out.push_str(&format!(" {}\n", shown(other))),
        }
        out.push('\n');
    }
}

/// Fields that are shown as lists, with their headings.
const LISTS: [(&str, &str); 5] = [
    ("organizations", "Organizations"),
    ("authors", "Authors"),
    ("schemas", "Schemas"),
    ("related_resources", "Related Resources"),
    ("custom", "Custom"),
];

/// Strings without quotes, people and links as OPA writes them, everything else as JSON; on one line.
fn shown(value: &Value) -> String {
    let field = |name: &str| value.get(name).and_then(Value::as_str);
    let text = match (value.as_str(), field("name"), field("email"), field("ref")) {
        (Some(text), ..) => text.to_owned(),
        (_, Some(name), Some(email), _) => format!("{name} <{email}>"),
        (_, Some(name), None, _) => name.to_owned(),
        (_, None, Some(email), _) => format!("<{email}>"),
        (.., Some(link)) => format!("{link} {}", field("description").unwrap_or_default()).trim_end().to_owned(),
        _ => text::to_string(value),
    };
    text.replace('\n', " ")
}
