//! Gives a module its own memory: the ABI lets the host hand one in, but only a memory that the module defines can come from the engine's pool
//! with its first contents mapped in, instead of being copied for every instance.
//!
//! ```text
//!   (import "env" "memory" (memory N))  ─▶  (memory N) (export "memory" (memory 0))
//! ```
//!
//! An imported memory is number 0, and so is the only defined one: no other byte of the module changes.

use std::borrow::Cow;
use std::ops::Range;

use wasm_encoder::{
    EntityType, ExportKind, ExportSection, ImportSection, MemorySection, MemoryType, RawSection, Section,
};
use wasmparser::{BinaryReader, ExportSectionReader, ExternalKind, ImportSectionReader, TypeRef};
use writ_abi::names;

use crate::sections::leb_u32;

const IMPORT: u8 = 2;
const MEMORY: u8 = 5;
const EXPORT: u8 = 7;
const CODE: u8 = 10;
/// Sections that stand behind the memory section; a tag section (13) does as well.
const BEHIND_MEMORY: [u8; 8] = [13, 6, EXPORT, 8, 9, 12, CODE, 11];

/// A module that defines its memory.
pub(crate) struct Rewritten<'a> {
    pub(crate) wasm: Cow<'a, [u8]>,
    /// By how many bytes the code moved towards the end.
    pub(crate) code_moved: i64,
}

/// Rewrites `wasm`. What needs no rewriting, or is not understood, comes back as it is: the engine refuses what is not valid, and an import of a
/// memory that is left is refused as well.
pub(crate) fn own_memory(wasm: &[u8]) -> Rewritten<'_> {
    try_own_memory(wasm).unwrap_or(Rewritten { wasm: Cow::Borrowed(wasm), code_moved: 0 })
}

fn try_own_memory(wasm: &[u8]) -> Option<Rewritten<'static>> {
    let sections = sections(wasm)?;
    let content = |id: u8| sections.iter().find(|s| s.id == id).map(|s| &wasm[s.content.clone()]);
    let (imports, memory) = without_memory(content(IMPORT)?)?;
    let exports = with_memory(content(EXPORT)?)?;
    if content(MEMORY).is_some() {
        return None;
    }
    let mut out = wasm.get(..8)?.to_vec();
    let mut memory = Some(memory);
    let mut code_moved = 0;
    for section in &sections {
        if BEHIND_MEMORY.contains(&section.id)
            && let Some(ty) = memory.take()
        {
            let mut memories = MemorySection::new();
            memories.memory(ty);
            memories.append_to(&mut out);
        }
        let data = &wasm[section.content.clone()];
        match section.id {
            IMPORT => imports.append_to(&mut out),
            EXPORT => exports.append_to(&mut out),
            id => RawSection { id, data }.append_to(&mut out),
        }
        if section.id == CODE {
            let now = out.len() - data.len();
            code_moved = i64::try_from(now).ok()? - i64::try_from(section.content.start).ok()?;
        }
    }
    Some(Rewritten { wasm: Cow::Owned(out), code_moved })
}

struct Found {
    id: u8,
    content: Range<usize>,
}

/// All sections, in order.
fn sections(wasm: &[u8]) -> Option<Vec<Found>> {
    let mut found = Vec::new();
    let mut rest = wasm.get(8..)?;
    while let Some((&id, tail)) = rest.split_first() {
        let (size, tail) = leb_u32(tail)?;
        let start = wasm.len() - tail.len();
        let end = start.checked_add(size as usize)?;
        rest = wasm.get(end..)?;
        found.push(Found { id, content: start..end });
    }
    Some(found)
}

/// The imports without `env.memory`, and its type. `None` when it is not among them, or another import is no function.
fn without_memory(section: &[u8]) -> Option<(ImportSection, MemoryType)> {
    let mut kept = ImportSection::new();
    let mut memory = None;
    for import in ImportSectionReader::new(BinaryReader::new(section, 0)).ok()?.into_imports() {
        let import = import.ok()?;
        match import.ty {
            TypeRef::Func(ty) => {
                kept.import(import.module, import.name, EntityType::Function(ty));
            }
            TypeRef::Memory(ty)
                if (import.module, import.name) == (names::IMPORT_MODULE, names::MEMORY)
                    && !ty.memory64
                    && !ty.shared
                    && memory.is_none() =>
            {
                memory = Some(MemoryType {
                    minimum: ty.initial,
                    maximum: ty.maximum,
                    memory64: false,
                    shared: false,
                    page_size_log2: ty.page_size_log2,
                });
            }
            _ => return None,
        }
    }
    Some((kept, memory?))
}

/// The exports, the memory among them.
fn with_memory(section: &[u8]) -> Option<ExportSection> {
    let mut exports = ExportSection::new();
    let mut exported = false;
    for export in ExportSectionReader::new(BinaryReader::new(section, 0)).ok()? {
        let export = export.ok()?;
        exported |= export.name == names::MEMORY;
        let kind = match export.kind {
            ExternalKind::Func => ExportKind::Func,
            ExternalKind::Table => ExportKind::Table,
            ExternalKind::Memory => ExportKind::Memory,
            ExternalKind::Global => ExportKind::Global,
            _ => return None,
        };
        exports.export(export.name, kind, export.index);
    }
    if !exported {
        exports.export(names::MEMORY, ExportKind::Memory, 0);
    }
    Some(exports)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> Rewritten<'static> {
        let wasm = wat::parse_str(text).unwrap();
        let result = own_memory(&wasm);
        Rewritten { wasm: Cow::Owned(result.wasm.into_owned()), code_moved: result.code_moved }
    }

    #[test]
    fn an_imported_memory_becomes_the_modules_own() {
        let text = r#"(module
            (import "env" "a" (func $a))
            (import "env" "memory" (memory 3 9))
            (import "env" "b" (func $b (param i32)))
            (global i32 (i32.const 1))
            (func $c (export "c") call $a (call $b (i32.load (i32.const 0))))
            (data (i32.const 8) "x"))"#;
        let result = rewritten(text);
        let engine = wasmtime::Engine::default();
        let module = wasmtime::Module::new(&engine, &result.wasm).unwrap();
        assert_eq!(module.imports().map(|i| i.name().to_owned()).collect::<Vec<_>>(), ["a", "b"]);
        let memory = module.get_export(names::MEMORY).unwrap();
        let memory = memory.memory().unwrap();
        assert_eq!((memory.minimum(), memory.maximum()), (3, Some(9)));
    }

    #[test]
    fn the_shift_of_the_code_is_told() {
        let text = r#"(module (import "env" "memory" (memory 1)) (export "memory" (memory 0)) (func (export "f") (drop (i32.const 77))))"#;
        let before = wat::parse_str(text).unwrap();
        let after = rewritten(text);
        let at = |wasm: &[u8]| wasm.windows(3).position(|w| w == [0x41, 0xcd, 0]).unwrap() as i64;
        assert_eq!(at(&after.wasm) - at(&before), after.code_moved);
        assert_ne!(after.code_moved, 0);
    }

    #[test]
    fn what_is_not_understood_stays_as_it_is() {
        let cut = wat::parse_str(r#"(module (import "env" "memory" (memory 1)) (func (export "f")))"#).unwrap();
        for n in 0..cut.len() {
            own_memory(&cut[..n]);
        }
        let text = r#"(module (memory (export "memory") 1))"#;
        assert_eq!(*rewritten(text).wasm, *wat::parse_str(text).unwrap());
    }
}
