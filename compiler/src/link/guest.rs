//! The guest module, read once: what each of its functions needs, and where its bytes are.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use wasm_encoder::ValType;
use wasmparser::{
    BinaryReader, BlockType, DataKind, ElementItems, ElementKind, ExternalKind, FunctionBody, KnownCustom, Linking,
    Operator, Parser, Payload, RelocationEntry, RelocationType, SymbolInfo, TypeRef,
};

use writ_abi::{layout, names};

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
    /// Its relocations, as positions among those of the module.
    relocs: Range<usize>,
    /// What [`Guest::needs`] found.
    needs: OnceLock<Result<Needs, GuestError>>,
}

/// What a function needs, and where its bytes say so.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// In ascending order.
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
    /// The one mutable global of type `i32`.
    stack_pointer: Option<u32>,
    symbols: Vec<Symbol>,
    /// Relocations in the code, ascending, and the offset in the module that theirs count from.
    relocs: Vec<RelocationEntry>,
    code_start: usize,
}

impl Guest {
    /// Reads the module, except for its code.
    pub(crate) fn parse(wasm: Cow<'static, [u8]>) -> Result<Self, GuestError> {
        let mut guest = Guest::default();
        let mut raw = Raw::default();
        for payload in Parser::new(0).parse_all(&wasm) {
            guest.section(payload.map_err(text)?, &mut raw).map_err(text)?;
        }
        raw.apply(&mut guest);
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

    /// What a function with a body needs. Its code is read when this is asked for the first time.
    pub(crate) fn needs<'f>(&self, func: &'f GuestFunc) -> Result<&'f Needs, GuestError> {
        func.needs.get_or_init(|| self.scan(func)).as_ref().map_err(GuestError::clone)
    }

    /// Address of the cells that guest and host share.
    pub(crate) fn cells(&self) -> Option<u32> {
        self.addresses.get(names::CELLS).copied()
    }

    /// Where the stack begins; it grows downwards.
    pub(crate) fn stack_top(&self) -> Option<u32> {
        self.globals.get(self.stack_pointer? as usize).map(|global| global.init as u32)
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
                    if global.ty.mutable && global.ty.content_type == wasmparser::ValType::I32 {
                        self.stack_pointer = Some(self.globals.len() as u32);
                    }
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
                self.funcs.push(GuestFunc { ty, body: range, relocs: 0..0, needs: OnceLock::new() });
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
    code_relocs: Vec<RelocationEntry>,
    data_relocs: Vec<RelocationEntry>,
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
        guest.symbols = self.symbols;
        guest.code_start = self.code_start;
        guest.relocs = self.code_relocs;
        guest.relocs.sort_by_key(|r| r.offset);
        let position = |at: usize| guest.relocs.partition_point(|r| guest.code_start + (r.offset as usize) < at);
        for func in &mut guest.funcs {
            func.relocs = position(func.body.start)..position(func.body.end);
        }

        self.data_relocs.sort_by_key(|r| r.offset);
        let at = |entry: &RelocationEntry| self.data_start + entry.offset as usize;
        let mut relocs = self.data_relocs.iter().peekable();
        for segment in &mut guest.segments {
            while relocs.next_if(|r| at(r) < segment.bytes.start).is_some() {}
            while let Some(reloc) = relocs.next_if(|r| at(r) < segment.bytes.end) {
                let mut refs = Refs::default();
                refer(&guest.symbols, reloc, &mut refs);
                segment.refs.push(((at(reloc) - segment.bytes.start) as u32, refs));
            }
        }
    }
}

fn refer(symbols: &[Symbol], reloc: &RelocationEntry, refs: &mut Refs) {
    match symbols.get(reloc.index as usize) {
        Some(Symbol::Data(range)) => refs.data.push(*range),
        Some(Symbol::Func(func)) if is_table_index(reloc.ty) => refs.table.push(*func),
        _ => {}
    }
}

fn is_table_index(ty: RelocationType) -> bool {
    matches!(ty, RelocationType::TableIndexSleb | RelocationType::TableIndexI32)
}

impl Guest {
    /// Reads the code of a function: the numbers that change when functions, globals and types are renumbered, and its relocations.
    fn scan(&self, func: &GuestFunc) -> Result<Needs, GuestError> {
        let bytes = self.bytes(&func.body);
        let mut needs = Needs::default();
        for reloc in &self.relocs[func.relocs.clone()] {
            refer(&self.symbols, reloc, &mut needs.refs);
            let at = (self.code_start + reloc.offset as usize - func.body.start) as u32;
            needs.holes.extend(padded(bytes, reloc.ty, at)?);
        }
        let operators = FunctionBody::new(BinaryReader::new(bytes, 0)).get_operators_reader().map_err(text)?;
        let mut frame = Frame::default();
        for entry in operators.into_iter_with_offsets() {
            let (operator, offset) = entry.map_err(text)?;
            renumbered(bytes, &operator, offset as u32 + 1, &mut needs)?;
            if let (true, Some(cells)) = (frame.ends_at(&operator, self)?, self.cells()) {
                // The hole of the instruction before ends where this one is put in.
                let at = needs.holes.last().map_or(0, |hole| hole.at + hole.skip);
                let target = Target::StackMark { local: frame.local, cell: cells + layout::cells::STACK_LOW };
                needs.holes.push(Hole { at, skip: 0, target });
            }
        }
        needs.holes.sort_by_key(|hole| (hole.at, hole.skip));
        match needs.holes.windows(2).all(|pair| pair[0].at + pair[0].skip <= pair[1].at) {
            true => Ok(needs),
            false => Err("guest module has overlapping relocations".to_owned()),
        }
    }
}

/// Finds where functions make their frames: `local.tee F, global.set STACK`. Leaving one is `i32.add, global.set STACK`.
#[derive(Debug, Default)]
struct Frame {
    local: u32,
    teed: bool,
    added: bool,
}

impl Frame {
    /// True when `operator` is the last one of making a frame whose address is in `local`.
    fn ends_at(&mut self, operator: &Operator<'_>, guest: &Guest) -> Result<bool, GuestError> {
        let (teed, added) = (self.teed, self.added);
        (self.teed, self.added) = (false, false);
        match operator {
            Operator::LocalTee { local_index } => (self.local, self.teed) = (*local_index, true),
            Operator::I32Add => self.added = true,
            Operator::GlobalSet { global_index } if Some(*global_index) == guest.stack_pointer => {
                return match (teed, added) {
                    (true, _) => Ok(true),
                    (_, true) => Ok(false),
                    _ => Err("guest module moves its stack in an unknown way".to_owned()),
                };
            }
            _ => {}
        }
        Ok(false)
    }
}

/// A hole for an address in the code: the linker padded it to five bytes, and it is written again as short as it can be.
fn padded(bytes: &[u8], ty: RelocationType, at: u32) -> Result<Option<Hole>, GuestError> {
    let mut reader = BinaryReader::new(bytes.get(at as usize..).unwrap_or_default(), 0);
    let target = match ty {
        RelocationType::MemoryAddrSleb | RelocationType::TableIndexSleb => {
            Target::Signed(reader.read_var_i32().map_err(text)?)
        }
        RelocationType::MemoryAddrLeb => Target::Unsigned(reader.read_var_u32().map_err(text)?),
        _ => return Ok(None),
    };
    Ok(Some(Hole { at, skip: reader.current_position() as u32, target }))
}

/// Adds the holes for the numbers in an instruction whose operands begin at `at`.
fn renumbered(bytes: &[u8], operator: &Operator<'_>, at: u32, needs: &mut Needs) -> Result<(), GuestError> {
    let len = |from: u32| -> Result<u32, GuestError> {
        let mut reader = BinaryReader::new(bytes.get(from as usize..).unwrap_or_default(), 0);
        reader.read_var_i64().map_err(text)?;
        Ok(reader.current_position() as u32)
    };
    let target = match operator {
        Operator::Call { function_index } => Target::Func(FuncRef::Guest(*function_index)),
        Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
            Target::Global(GlobalRef::Guest(*global_index))
        }
        Operator::CallIndirect { type_index, .. } => {
            needs.indirect = true;
            let table = at + len(at)?;
            needs.holes.push(Hole { at: table, skip: len(table)?, target: Target::Unsigned(0) });
            Target::Type(*type_index)
        }
        Operator::Block { blockty: BlockType::FuncType(ty) }
        | Operator::Loop { blockty: BlockType::FuncType(ty) }
        | Operator::If { blockty: BlockType::FuncType(ty) } => Target::BlockType(*ty),
        Operator::ReturnCall { .. }
        | Operator::ReturnCallIndirect { .. }
        | Operator::RefFunc { .. }
        | Operator::TableGet { .. }
        | Operator::TableSet { .. }
        | Operator::MemoryInit { .. }
        | Operator::DataDrop { .. } => return Err(format!("guest module uses {operator:?}")),
        _ => return Ok(()),
    };
    needs.holes.push(Hole { at, skip: len(at)?, target });
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
