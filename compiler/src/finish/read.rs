//! What of a module has to be known to finish it.

use std::ops::Range;

use wasmparser::{DataKind, ExternalKind, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

use super::FinishError;

/// A section as it stands in the module.
pub(super) struct Section {
    pub(super) id: u8,
    pub(super) content: Range<usize>,
}

/// An active data segment.
pub(super) struct Segment {
    pub(super) address: u32,
    /// Where its bytes stand in the module.
    pub(super) bytes: Range<usize>,
    /// Name of the linker's section; empty when the module has no names.
    pub(super) name: String,
}

impl Segment {
    pub(super) fn end(&self) -> u32 {
        self.address.saturating_add(self.bytes.len() as u32)
    }
}

/// What was found. Custom sections are not among the sections.
pub(super) struct Parts {
    pub(super) sections: Vec<Section>,
    pub(super) exports: Vec<(String, ExternalKind, u32)>,
    pub(super) segments: Vec<Segment>,
    /// Pages of its memory: at first, and at most.
    pub(super) memory: Option<(u64, Option<u64>)>,
    /// Number of globals, imported ones included.
    pub(super) globals: u32,
    /// Constants of those that the module defines.
    constants: Vec<Option<u32>>,
    imported_globals: u32,
}

impl Parts {
    pub(super) fn read(wasm: &[u8]) -> Result<Self, FinishError> {
        wasmparser::validate(wasm)?;
        let mut parts = Parts {
            sections: Vec::new(),
            exports: Vec::new(),
            segments: Vec::new(),
            memory: None,
            globals: 0,
            constants: Vec::new(),
            imported_globals: 0,
        };
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if let Some((id, content)) = payload.as_section()
                && id != 0
            {
                parts.sections.push(Section { id, content: content.start as usize..content.end as usize });
            }
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        parts.imported_globals += u32::from(matches!(import?.ty, TypeRef::Global(_)));
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        let memory = memory?;
                        parts.memory = Some((memory.initial, memory.maximum));
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        parts.constants.push(constant(&global?.init_expr));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        parts.exports.push((export.name.to_owned(), export.kind, export.index));
                    }
                }
                Payload::StartSection { .. } => {
                    return Err(FinishError::Malformed("it has a start function: was it finished already?".to_owned()));
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        let segment = segment?;
                        let DataKind::Active { memory_index: 0, offset_expr } = &segment.kind else { continue };
                        let address = constant(offset_expr);
                        let address = address.ok_or_else(|| malformed("a data segment without a fixed address"))?;
                        // The bytes are the last of the segment.
                        let end = segment.range.end as usize;
                        let bytes = end - segment.data.len()..end;
                        parts.segments.push(Segment { address, bytes, name: String::new() });
                    }
                }
                Payload::CustomSection(custom) => {
                    if let KnownCustom::Name(section) = custom.as_known() {
                        names = segment_names(section);
                    }
                }
                _ => {}
            }
        }
        parts.globals = parts.imported_globals + parts.constants.len() as u32;
        for (index, name) in names {
            if let Some(segment) = parts.segments.get_mut(index as usize) {
                segment.name = name;
            }
        }
        Ok(parts)
    }

    fn export(&self, name: &str, kind: ExternalKind) -> Option<u32> {
        self.exports.iter().find(|(known, k, _)| known == name && *k == kind).map(|(_, _, index)| *index)
    }

    /// The exported function.
    pub(super) fn function(&self, name: &str) -> Option<u32> {
        self.export(name, ExternalKind::Func)
    }

    /// The constant of an exported global.
    pub(super) fn address(&self, name: &str) -> Option<u32> {
        let index = self.export(name, ExternalKind::Global)?.checked_sub(self.imported_globals)?;
        *self.constants.get(index as usize)?
    }
}

fn malformed(why: &str) -> FinishError {
    FinishError::Malformed(why.to_owned())
}

/// Names are only a help: a damaged section has none.
fn segment_names(section: wasmparser::NameSectionReader<'_>) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for name in section {
        let Ok(Name::Data(names)) = name else { continue };
        found.extend(names.into_iter().flatten().map(|naming| (naming.index, naming.name.to_owned())));
    }
    found
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Option<u32> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(value as u32),
        _ => None,
    }
}
