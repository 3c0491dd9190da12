//! The guest module, read once: what each of its functions needs, and where its bytes are.

use std::borrow::Cow;
use std::ops::Range;

use rustc_hash::FxHashMap;
use wasm_encoder::ValType;
use wasmparser::{
    BinaryReader, DataKind, ElementItems, ElementKind, ExternalKind, KnownCustom, Linking, Operator, Parser, Payload,
    RelocationType, SymbolInfo, TypeRef,
};

use super::template::{FuncRef, GlobalRef, Hole, Target};

/// What is wrong with the guest module. It is shipped with the compiler, so this is a defect of the build.
pub(crate) type GuestError = String;

/// Parameters and results of a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Signature {
    pub(crate) params: Vec<ValKind>,
    pub(crate) results: Vec<ValKind>,
}

/// The value types that the guest and generated code use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ValKind {
    I32,
    I64,
    F32,
    F64,
}

impl ValKind {
    pub(crate) fn encode(self) -> ValType {
        match self {
            ValKind::I32 => ValType::I32,
            ValKind::I64 => ValType::I64,
            ValKind::F32 => ValType::F32,
            ValKind::F64 => ValType::F64,
        }
    }

    fn read(ty: wasmparser::ValType) -> Result<Self, GuestError> {
        match ty {
            wasmparser::ValType::I32 => Ok(ValKind::I32),
            wasmparser::ValType::I64 => Ok(ValKind::I64),
            wasmparser::ValType::F32 => Ok(ValKind::F32),
            wasmparser::ValType::F64 => Ok(ValKind::F64),
            other => Err(format!("guest module uses values of type {other}")),
        }
    }
}

/// An imported function of the guest.
#[derive(Debug)]
pub(crate) struct ImportedFunc {
    pub(crate) name: String,
    pub(crate) ty: u32,
}

/// A range of bytes of a data segment: (segment, start, end).
pub(crate) type DataRange = (u32, u32, u32);

/// What some bytes refer to by address.
#[derive(Debug, Default, Clone)]
pub(crate) struct Refs {
    /// Data at these ranges.
    pub(crate) data: Vec<DataRange>,
    /// Functions whose position in the table is used.
    pub(crate) table: Vec<u32>,
}

/// A function of the guest with a body.
#[derive(Debug)]
pub(crate) struct GuestFunc {
    pub(crate) ty: u32,
    /// Where its body is: declarations of locals, then instructions.
    pub(crate) body: Range<usize>,
    pub(crate) holes: Vec<Hole>,
    pub(crate) refs: Refs,
    /// It calls through the table.
    pub(crate) indirect: bool,
}

/// A global of the guest.
#[derive(Debug)]
pub(crate) struct GuestGlobal {
    pub(crate) kind: ValKind,
    pub(crate) mutable: bool,
    pub(crate) init: i64,
}

/// An active data segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) addr: u32,
    pub(crate) bytes: Range<usize>,
    /// References in it, each with the offset where it stands; ascending.
    pub(crate) refs: Vec<(u32, Refs)>,
}

/// The guest module.
#[derive(Debug, Default)]
pub(crate) struct Guest {
    wasm: Cow<'static, [u8]>,
    pub(crate) types: Vec<Signature>,
    pub(crate) imports: Vec<ImportedFunc>,
    pub(crate) funcs: Vec<GuestFunc>,
    pub(crate) globals: Vec<GuestGlobal>,
    /// Exported functions by name.
    pub(crate) exports: FxHashMap<String, u32>,
    /// Exported functions in the order of the module.
    pub(crate) export_order: Vec<(String, u32)>,
    /// Exported globals that are constants: addresses.
    pub(crate) addresses: FxHashMap<String, u32>,
    pub(crate) table_size: Option<u32>,
    /// Position in the table and function.
    pub(crate) elements: Vec<(u32, u32)>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) start: Option<u32>,
    /// True when the module says which bytes are addresses, so that single pieces of data can be dropped.
    pub(crate) has_relocations: bool,
}

impl Guest {
    /// Reads the module. Cost: one pass over its code.
    pub(crate) fn parse(wasm: Cow<'static, [u8]>) -> Result<Self, GuestError> {
        let mut guest = Guest::default();
        let mut raw = Raw::default();
        for payload in Parser::new(0).parse_all(&wasm) {
            guest.section(payload.map_err(text)?, &mut raw).map_err(text)?;
        }
        raw.apply(&mut guest);
        for func in &mut guest.funcs {
            unpad(&wasm, func)?;
        }
        guest.wasm = wasm;
        Ok(guest)
    }

    /// The bytes of a range.
    pub(crate) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.wasm[range.clone()]
    }

    /// The function that is exported under this name.
    pub(crate) fn func(&self, name: &str) -> Option<FuncRef> {
        self.exports.get(name).map(|index| FuncRef::Guest(*index))
    }

    /// Its type.
    pub(crate) fn signature(&self, func: u32) -> Option<&Signature> {
        let imported = self.imports.len();
        let ty = match self.imports.get(func as usize) {
            Some(import) => import.ty,
            None => self.funcs.get(func as usize - imported)?.ty,
        };
        self.types.get(ty as usize)
    }

    /// First address behind all data of the guest.
    pub(crate) fn data_end(&self) -> u32 {
        let segments = self.segments.iter().map(|s| s.addr + s.bytes.len() as u32).max().unwrap_or(0);
        segments.max(self.addresses.get("__heap_base").copied().unwrap_or(0))
    }

    fn section(&mut self, payload: Payload<'_>, raw: &mut Raw) -> Result<(), GuestError> {
        match payload {
            Payload::TypeSection(reader) => {
                for ty in reader.into_iter_err_on_gc_types() {
                    let ty = ty.map_err(text)?;
                    let kinds = |list: &[wasmparser::ValType]| {
                        list.iter().map(|t| ValKind::read(*t)).collect::<Result<Vec<_>, _>>()
                    };
                    self.types.push(Signature { params: kinds(ty.params())?, results: kinds(ty.results())? });
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = import.map_err(text)?;
                    match import.ty {
                        TypeRef::Func(ty) => self.imports.push(ImportedFunc { name: import.name.to_owned(), ty }),
                        TypeRef::Memory(_) => {}
                        _ => return Err(format!("guest module imports `{}`, which is no function", import.name)),
                    }
                }
            }
            Payload::FunctionSection(reader) => {
                for ty in reader {
                    raw.func_types.push(ty.map_err(text)?);
                }
            }
            Payload::TableSection(reader) => {
                for table in reader {
                    self.table_size = Some(table.map_err(text)?.ty.initial as u32);
                }
            }
            Payload::GlobalSection(reader) => {
                for global in reader {
                    let global = global.map_err(text)?;
                    self.globals.push(GuestGlobal {
                        kind: ValKind::read(global.ty.content_type)?,
                        mutable: global.ty.mutable,
                        init: constant(&global.init_expr)?,
                    });
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export.map_err(text)?;
                    match export.kind {
                        ExternalKind::Func => {
                            self.exports.insert(export.name.to_owned(), export.index);
                            self.export_order.push((export.name.to_owned(), export.index));
                        }
                        ExternalKind::Global => raw.exported_globals.push((export.name.to_owned(), export.index)),
                        _ => {}
                    }
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(reader) => self.elements(reader)?,
            Payload::CodeSectionStart { unchecked_range, .. } => raw.code_start = unchecked_range.start as usize,
            Payload::CodeSectionEntry(body) => {
                let ty = *raw.func_types.get(self.funcs.len()).ok_or("guest module has too many bodies")?;
                let range = body.range().start as usize..body.range().end as usize;
                let mut func = GuestFunc { ty, body: range, holes: vec![], refs: Refs::default(), indirect: false };
                scan(&body, &mut func)?;
                self.funcs.push(func);
            }
            Payload::DataSection(reader) => {
                raw.data_start = reader.range().start as usize;
                for data in reader {
                    let data = data.map_err(text)?;
                    let DataKind::Active { offset_expr, .. } = data.kind else {
                        return Err("guest module has a passive data segment".to_owned());
                    };
                    let end = data.range.end as usize;
                    let bytes = end - data.data.len()..end;
                    self.segments.push(Segment { addr: constant(&offset_expr)? as u32, bytes, refs: vec![] });
                }
            }
            Payload::CustomSection(reader) => raw.custom(&reader)?,
            _ => {}
        }
        Ok(())
    }

    fn elements(&mut self, reader: wasmparser::ElementSectionReader<'_>) -> Result<(), GuestError> {
        for element in reader {
            let element = element.map_err(text)?;
            let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(funcs)) =
                (element.kind, element.items)
            else {
                return Err("guest module has an unusual element segment".to_owned());
            };
            let first = constant(&offset_expr)? as u32;
            for (at, func) in (first..).zip(funcs) {
                self.elements.push((at, func.map_err(text)?));
            }
        }
        Ok(())
    }
}

/// What is read before it can be understood.
#[derive(Debug, Default)]
struct Raw {
    func_types: Vec<u32>,
    exported_globals: Vec<(String, u32)>,
    code_start: usize,
    data_start: usize,
    symbols: Vec<Symbol>,
    code_relocs: Vec<wasmparser::RelocationEntry>,
    data_relocs: Vec<wasmparser::RelocationEntry>,
}

#[derive(Debug, Clone, Copy)]
enum Symbol {
    Func(u32),
    Data(DataRange),
    Other,
}

impl Raw {
    fn custom(&mut self, reader: &wasmparser::CustomSectionReader<'_>) -> Result<(), GuestError> {
        match (reader.name(), reader.as_known()) {
            (_, KnownCustom::Linking(linking)) => {
                for part in linking.subsections() {
                    let Linking::SymbolTable(symbols) = part.map_err(text)? else { continue };
                    for symbol in symbols {
                        self.symbols.push(match symbol.map_err(text)? {
                            SymbolInfo::Func { index, .. } => Symbol::Func(index),
                            SymbolInfo::Data { symbol: Some(s), .. } => {
                                Symbol::Data((s.index, s.offset, s.offset + s.size))
                            }
                            _ => Symbol::Other,
                        });
                    }
                }
            }
            (name, KnownCustom::Reloc(relocs)) => {
                let into = match name {
                    "reloc.CODE" => &mut self.code_relocs,
                    "reloc.DATA" => &mut self.data_relocs,
                    _ => return Ok(()),
                };
                for entry in relocs.entries() {
                    into.push(entry.map_err(text)?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn apply(mut self, guest: &mut Guest) {
        for (name, index) in std::mem::take(&mut self.exported_globals) {
            if let Some(global) = guest.globals.get(index as usize).filter(|g| !g.mutable) {
                guest.addresses.insert(name, global.init as u32);
            }
        }
        guest.has_relocations = !self.code_relocs.is_empty() && !self.symbols.is_empty();
        self.code_relocs.sort_by_key(|r| r.offset);
        self.data_relocs.sort_by_key(|r| r.offset);
        let at = |entry: &wasmparser::RelocationEntry, start: usize| start + entry.offset as usize;

        let mut relocs = self.code_relocs.iter().peekable();
        for func in &mut guest.funcs {
            while relocs.next_if(|r| at(r, self.code_start) < func.body.start).is_some() {}
            while let Some(reloc) = relocs.next_if(|r| at(r, self.code_start) < func.body.end) {
                self.refer(reloc, &mut func.refs);
                let offset = (at(reloc, self.code_start) - func.body.start) as u32;
                func.holes.extend(shorten(reloc, offset));
            }
        }
        let mut relocs = self.data_relocs.iter().peekable();
        for segment in &mut guest.segments {
            while relocs.next_if(|r| at(r, self.data_start) < segment.bytes.start).is_some() {}
            while let Some(reloc) = relocs.next_if(|r| at(r, self.data_start) < segment.bytes.end) {
                let mut refs = Refs::default();
                self.refer(reloc, &mut refs);
                segment.refs.push(((at(reloc, self.data_start) - segment.bytes.start) as u32, refs));
            }
        }
    }

    fn refer(&self, reloc: &wasmparser::RelocationEntry, refs: &mut Refs) {
        match self.symbols.get(reloc.index as usize) {
            Some(Symbol::Data(range)) => refs.data.push(*range),
            Some(Symbol::Func(func)) if is_table_index(reloc.ty) => refs.table.push(*func),
            _ => {}
        }
    }
}

fn is_table_index(ty: RelocationType) -> bool {
    matches!(ty, RelocationType::TableIndexSleb | RelocationType::TableIndexI32)
}

/// The linker pads addresses in code to five bytes; the value is filled in when the function is read, see [`unpad`].
fn shorten(reloc: &wasmparser::RelocationEntry, at: u32) -> Option<Hole> {
    match reloc.ty {
        RelocationType::MemoryAddrSleb | RelocationType::TableIndexSleb => {
            Some(Hole { at, skip: 5, target: Target::Signed(0) })
        }
        RelocationType::MemoryAddrLeb => Some(Hole { at, skip: 5, target: Target::Unsigned(0) }),
        _ => None,
    }
}

/// Puts the values that stand in the bytes into the holes for padded numbers, and the holes into order.
fn unpad(wasm: &[u8], func: &mut GuestFunc) -> Result<(), GuestError> {
    for hole in &mut func.holes {
        let mut reader = BinaryReader::new(&wasm[func.body.start + hole.at as usize..func.body.end], 0);
        match &mut hole.target {
            Target::Signed(value) => *value = reader.read_var_i32().map_err(text)?,
            Target::Unsigned(value) => *value = reader.read_var_u32().map_err(text)?,
            _ => continue,
        }
        hole.skip = reader.current_position() as u32;
    }
    func.holes.sort_by_key(|hole| hole.at);
    match func.holes.windows(2).all(|pair| pair[0].at + pair[0].skip <= pair[1].at) {
        true => Ok(()),
        false => Err("guest module has overlapping relocations".to_owned()),
    }
}

/// Finds the numbers in a body that change when functions, globals and types are renumbered.
fn scan(body: &wasmparser::FunctionBody<'_>, func: &mut GuestFunc) -> Result<(), GuestError> {
    let bytes = body.as_bytes();
    let base = body.range().start;
    let operators = body.get_operators_reader().map_err(text)?;
    let hole_at = |from: u32| -> Result<u32, GuestError> {
        let mut reader = BinaryReader::new(bytes.get(from as usize..).unwrap_or_default(), 0);
        reader.read_var_i64().map_err(text)?;
        Ok(reader.current_position() as u32)
    };
    for entry in operators.into_iter_with_offsets() {
        let (operator, offset) = entry.map_err(text)?;
        let at = (offset - base) as u32 + 1;
        let target = match operator {
            Operator::Call { function_index } => Target::Func(FuncRef::Guest(function_index)),
            Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                Target::Global(GlobalRef::Guest(global_index))
            }
            Operator::CallIndirect { type_index, .. } => {
                func.indirect = true;
                let skip = hole_at(at)?;
                let table = Hole { at: at + skip, skip: hole_at(at + skip)?, target: Target::Unsigned(0) };
                func.holes.push(table);
                Target::Type(type_index)
            }
            Operator::Block { blockty: wasmparser::BlockType::FuncType(ty) }
            | Operator::Loop { blockty: wasmparser::BlockType::FuncType(ty) }
            | Operator::If { blockty: wasmparser::BlockType::FuncType(ty) } => Target::BlockType(ty),
            Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::RefFunc { .. }
            | Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::MemoryInit { .. }
            | Operator::DataDrop { .. } => return Err(format!("guest module uses {operator:?}")),
            _ => continue,
        };
        func.holes.push(Hole { at, skip: hole_at(at)?, target });
    }
    Ok(())
}

fn constant(expr: &wasmparser::ConstExpr<'_>) -> Result<i64, GuestError> {
    let mut reader = expr.get_operators_reader();
    match reader.read().map_err(text)? {
        Operator::I32Const { value } => Ok(value.into()),
        Operator::I64Const { value } => Ok(value),
        other => Err(format!("guest module has the initial value {other:?}")),
    }
}

fn text(error: impl std::fmt::Display) -> GuestError {
    error.to_string()
}
