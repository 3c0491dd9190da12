//! Writes the finished module: every section as it stood but for what is added, and what only the last step needed is gone.

use std::borrow::Cow;

use wasm_encoder::{
    ConstExpr, CustomSection, Encode, EntityType, ExportKind, ExportSection, GlobalType, MemoryType, RawSection,
    Section as _, StartSection, ValType,
};
use wasmparser::{BinaryReader, ExternalKind};
use writ_abi::names;

use super::FinishError;
use super::read::{Parts, Section};

const IMPORT: u8 = 2;
const MEMORY: u8 = 5;
const GLOBAL: u8 = 6;
const EXPORT: u8 = 7;
const DATA: u8 = 11;

/// Exports that nobody asks for afterwards.
const DROPPED: [&str; 6] = [names::DESCRIBE, names::START, names::STATICS, "writ_link", "__data_end", "__heap_base"];

/// Exported globals that say the ABI's version.
const VERSION: [(&str, i32); 2] =
    [("opa_wasm_abi_version", names::ABI_VERSION.0), ("opa_wasm_abi_minor_version", names::ABI_VERSION.1)];

pub(super) fn write(
    wasm: &[u8],
    parts: &Parts,
    start: u32,
    data_end: u32,
    sections: &[(&str, &[u8])],
) -> Result<Vec<u8>, FinishError> {
    let mut out = wasm.get(..8).unwrap_or_default().to_vec();
    let mut started = false;
    for section in &parts.sections {
        let content = &wasm[section.content.clone()];
        match section.id {
            IMPORT => RawSection { id: IMPORT, data: &imports(content, parts)? }.append_to(&mut out),
            // It is an import now, with the same number.
            MEMORY => {}
            GLOBAL => RawSection { id: GLOBAL, data: &globals(content)? }.append_to(&mut out),
            EXPORT => {
                exports(parts)?.append_to(&mut out);
                StartSection { function_index: start }.append_to(&mut out);
                started = true;
            }
            DATA => RawSection { id: DATA, data: &data(wasm, section, parts, data_end)? }.append_to(&mut out),
            id => RawSection { id, data: content }.append_to(&mut out),
        }
    }
    if !parts.sections.iter().any(|section| section.id == IMPORT) {
        return Err(FinishError::Malformed("it imports nothing, not even `opa_abort`".to_owned()));
    }
    if !started || !parts.sections.iter().any(|section| section.id == GLOBAL) {
        return Err(FinishError::Malformed("it has no globals or no exports".to_owned()));
    }
    for (name, data) in sections {
        CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to(&mut out);
    }
    wasmparser::validate(&out)?;
    Ok(out)
}

/// The imports and, behind them, the memory: the ABI lets the host hand it in. The linker is told otherwise, since it would write code that clears an
/// imported memory at the start, which hosts give clear.
fn imports(content: &[u8], parts: &Parts) -> Result<Vec<u8>, FinishError> {
    let (minimum, maximum) =
        parts.memory.ok_or_else(|| FinishError::Malformed("it has no memory of its own".to_owned()))?;
    let mut reader = BinaryReader::new(content, 0);
    let count = reader.read_var_u32()?;
    let mut out = Vec::new();
    (count + 1).encode(&mut out);
    out.extend_from_slice(&content[reader.original_position() as usize..]);
    names::IMPORT_MODULE.encode(&mut out);
    names::MEMORY.encode(&mut out);
    EntityType::Memory(MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None })
        .encode(&mut out);
    Ok(out)
}

/// The globals and, behind them, the two of the version.
fn globals(content: &[u8]) -> Result<Vec<u8>, FinishError> {
    let mut reader = BinaryReader::new(content, 0);
    let count = reader.read_var_u32()?;
    let mut out = Vec::new();
    (count + VERSION.len() as u32).encode(&mut out);
    out.extend_from_slice(&content[reader.original_position() as usize..]);
    for (_, value) in VERSION {
        GlobalType { val_type: ValType::I32, mutable: false, shared: false }.encode(&mut out);
        ConstExpr::i32_const(value).encode(&mut out);
    }
    Ok(out)
}

fn exports(parts: &Parts) -> Result<ExportSection, FinishError> {
    let mut exports = ExportSection::new();
    let mut memory = false;
    for (name, kind, index) in &parts.exports {
        if DROPPED.contains(&name.as_str()) || VERSION.iter().any(|(known, _)| known == name) {
            continue;
        }
        let kind = match kind {
            ExternalKind::Func => ExportKind::Func,
            ExternalKind::Memory => ExportKind::Memory,
            ExternalKind::Global => ExportKind::Global,
            ExternalKind::Table => ExportKind::Table,
            _ => return Err(FinishError::Malformed(format!("an export `{name}` of an unknown kind"))),
        };
        memory |= name == names::MEMORY;
        exports.export(name, kind, *index);
    }
    if !memory {
        exports.export(names::MEMORY, ExportKind::Memory, 0);
    }
    for (i, (name, _)) in VERSION.iter().enumerate() {
        exports.export(name, ExportKind::Global, parts.globals + i as u32);
    }
    Ok(exports)
}

/// The data with the range of the statics written into them: everything from the first segment that is not constant. Without names nothing is written, and
/// the module takes all of its data for statics.
fn data(wasm: &[u8], section: &Section, parts: &Parts, data_end: u32) -> Result<Vec<u8>, FinishError> {
    let mut content = wasm[section.content.clone()].to_vec();
    let missing = FinishError::NoPolicy(names::STATICS);
    let at = parts.address(names::STATICS).ok_or(missing.clone())?;
    let holder = parts.segments.iter().find(|s| s.address <= at && at.saturating_add(8) <= s.end()).ok_or(missing)?;
    if parts.segments.iter().any(|segment| segment.name.is_empty()) {
        return Ok(content);
    }
    let changing = parts.segments.iter().filter(|segment| !segment.name.starts_with(".rodata"));
    let Some(from) = changing.map(|segment| segment.address).min().filter(|from| *from <= at && at < data_end) else {
        return Ok(content);
    };
    let place = holder.bytes.start - section.content.start + (at - holder.address) as usize;
    let room = content.get_mut(place..place + 8).ok_or_else(|| FinishError::Malformed("data outside".to_owned()))?;
    room[..4].copy_from_slice(&from.to_le_bytes());
    room[4..].copy_from_slice(&data_end.to_le_bytes());
    Ok(content)
}
