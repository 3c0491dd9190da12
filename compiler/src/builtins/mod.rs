//! The table of all built-in functions: names, signatures, operators, and where they run.
//!
//! ```
//! use writ_compiler::builtins;
//!
//! let plus = builtins::lookup("plus").unwrap();
//! assert_eq!(plus.arity(), 2);
//! assert_eq!(plus.infix, Some("+"));
//! assert_eq!(plus.function().result.ty.to_string(), "number");
//! ```

mod document;
mod entry;
mod table;
mod vocabulary;

use std::sync::{Arc, LazyLock};

pub use crate::types::Function;
pub use document::document;
pub use entry::{Builtin, Place, Varies};
pub(crate) use vocabulary::Custom;
pub use vocabulary::{Known, Vocabulary};

use crate::types::Type;

/// All rows, sorted by name, with parsed signatures.
struct Table {
    rows: Vec<Builtin>,
    functions: Vec<Arc<Function>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut rows: Vec<Builtin> = table::FAMILIES.iter().flat_map(|family| family.iter().copied()).collect();
    rows.sort_by_key(|b| b.name);
    // Signatures are constants of this crate; a test parses them all.
    let functions = rows.iter().map(|b| Arc::new(Function::parse(b.signature).unwrap_or_default())).collect();
    Table { rows, functions }
});

static NO_FUNCTION: LazyLock<Function> = LazyLock::new(Function::default);

fn index_of(name: &str) -> Option<usize> {
    TABLE.rows.binary_search_by(|b| b.name.cmp(name)).ok()
}

fn function_of(name: &str) -> &'static Function {
    index_of(name).and_then(|i| TABLE.functions.get(i)).map_or(&*NO_FUNCTION, |f| &**f)
}

/// The built-in of this name. Cost: a binary search.
pub fn lookup(name: &str) -> Option<&'static Builtin> {
    index_of(name).and_then(|i| TABLE.rows.get(i))
}

/// The type of the built-in of this name, shared.
pub fn type_of(name: &str) -> Option<Type> {
    index_of(name).and_then(|i| TABLE.functions.get(i)).map(|f| Type::Function(f.clone()))
}

/// All built-ins, sorted by name.
pub fn all() -> &'static [Builtin] {
    &TABLE.rows
}

/// Names that start with `prefix` and a dot, i.e. whether `prefix` is a namespace of built-ins.
pub fn is_namespace(prefix: &str) -> bool {
    let from = TABLE.rows.partition_point(|b| b.name < prefix);
    let in_namespace = |b: &Builtin| b.name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
    TABLE.rows.iter().skip(from).take_while(|b| b.name.starts_with(prefix)).any(in_namespace)
}

#[cfg(test)]
mod tests;
