//! Writes the module: numbers what is kept and generated, then section by section.

use std::collections::BTreeMap;

use wasm_encoder::{
    ConstExpr, CustomSection, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, FunctionSection, GlobalSection, GlobalType, ImportSection, MemoryType, Module, NameMap, NameSection,
    RawSection, RefType, StartSection, TableSection, TableType, TypeSection,
};
use writ_abi::names;

use super::code::Code;
use super::guest::{Guest, Signature, ValKind};
use super::own::{Own, OwnFunc};
use super::reach::Kept;
use super::segments::Segments;
use super::template::{FuncRef, GlobalRef, Resolve, Target, fill, write_unsigned};
use crate::codegen::error::{EmitError, at_most};
use crate::source::Span;

/// Wasm's limit for the bytes of one function.
const FUNCTION_BYTES: usize = 7_654_321;
/// Wasm's limit for the number of functions.
const FUNCTIONS: usize = 1_000_000;
/// Longest name that goes into the name section, in bytes.
const NAME_BYTES: usize = 200;

/// Places in the source of calls, by offset in the code section.
type Places = Vec<(usize, Span)>;

/// Final numbers of everything.
struct Numbers<'a> {
    guest: &'a Guest,
    own: &'a Own,
    signatures: Vec<Signature>,
    by_signature: BTreeMap<Signature, u32>,
    guest_types: Vec<Option<u32>>,
    guest_funcs: Vec<Option<u32>>,
    guest_globals: Vec<Option<u32>>,
    host_calls: [Option<u32>; 5],
    n_imports: u32,
    first_own_func: u32,
    first_own_global: u32,
}

impl<'a> Numbers<'a> {
    fn new(guest: &'a Guest, own: &'a Own, kept: &Kept) -> Self {
        let mut this = Numbers {
            guest,
            own,
            signatures: Vec::new(),
            by_signature: BTreeMap::new(),
            guest_types: vec![None; guest.types.len()],
            guest_funcs: vec![None; kept.funcs.len()],
            guest_globals: vec![None; kept.globals.len()],
            host_calls: [None; 5],
            n_imports: 0,
            first_own_func: 0,
            first_own_global: 0,
        };
        for (index, import) in guest.imports.iter().enumerate() {
            if kept.funcs[index] && import.name != super::POLICY_EVAL {
                this.guest_funcs[index] = Some(this.n_imports);
                this.n_imports += 1;
            }
        }
        for (arity, used) in own.host_calls.iter().enumerate() {
            if *used {
                this.host_calls[arity] = Some(this.n_imports);
                this.n_imports += 1;
            }
        }
        let mut next = this.n_imports;
        for index in guest.imports.len()..kept.funcs.len() {
            if kept.funcs[index] {
                this.guest_funcs[index] = Some(next);
                next += 1;
            }
        }
        this.first_own_func = next;
        for (index, global) in guest.imports.iter().enumerate() {
            if global.name == super::POLICY_EVAL {
                this.guest_funcs[index] = Some(next + own.eval);
            }
        }
        for (index, used) in kept.globals.iter().enumerate() {
            if *used {
                this.guest_globals[index] = Some(this.first_own_global);
                this.first_own_global += 1;
            }
        }
        for (index, used) in kept.types.iter().enumerate() {
            if *used {
                this.guest_type(index as u32);
            }
        }
        this
    }

    fn signature(&mut self, signature: &Signature) -> u32 {
        if let Some(index) = self.by_signature.get(signature) {
            return *index;
        }
        let index = self.signatures.len() as u32;
        self.signatures.push(signature.clone());
        self.by_signature.insert(signature.clone(), index);
        index
    }

    fn guest_type(&mut self, ty: u32) -> u32 {
        if let Some(index) = self.guest_types[ty as usize] {
            return index;
        }
        let index = self.signature(&self.guest.types[ty as usize]);
        self.guest_types[ty as usize] = Some(index);
        index
    }

    fn func(&self, func: FuncRef) -> u32 {
        let found = match func {
            FuncRef::Guest(index) => self.guest_funcs[index as usize],
            FuncRef::Own(index) => Some(self.first_own_func + index),
            FuncRef::HostCall(arity) => self.host_calls[usize::from(arity)],
        };
        debug_assert!(found.is_some(), "{func:?} is called and kept");
        found.unwrap_or(u32::MAX)
    }
}

impl Resolve for Numbers<'_> {
    fn resolve(&self, target: Target) -> i64 {
        let number = match target {
            Target::Func(func) => self.func(func),
            Target::Global(GlobalRef::Guest(index)) => self.guest_globals[index as usize].unwrap_or(u32::MAX),
            Target::Global(GlobalRef::Own(index)) => self.first_own_global + index,
            Target::Type(ty) | Target::BlockType(ty) => self.guest_types[ty as usize].unwrap_or(u32::MAX),
            Target::Unsigned(value) => value,
            Target::Signed(value) => return value.into(),
            // Brings its own numbers.
            Target::StackMark { .. } => 0,
        };
        number.into()
    }
}

/// Writes the module. `start` is generated from the data segments, see [`Segments`].
pub(crate) fn write(
    guest: &Guest,
    own: &Own,
    kept: &Kept,
    segments: &Segments,
    names_of_policy: bool,
    sources: &crate::source::SourceMap,
) -> Result<Vec<u8>, EmitError> {
    let mut numbers = Numbers::new(guest, own, kept);
    let mut module = Module::new();

    let guest_funcs =
        || (0..guest.funcs.len()).filter(|i| kept.funcs[guest.imports.len() + i]).map(|i| &guest.funcs[i]);
    let start = segments.start(guest);
    let own_funcs = || own.funcs.iter().chain(&start);
    at_most("functions", "module", kept.funcs.len() + own.funcs.len(), FUNCTIONS)?;

    let (imports, functions) = {
        let mut imports = ImportSection::new();
        let memory = MemoryType {
            minimum: names::IMPORTED_PAGES,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        imports.import(names::IMPORT_MODULE, names::MEMORY, memory);
        for (index, import) in guest.imports.iter().enumerate() {
            if kept.funcs[index] && import.name != super::POLICY_EVAL {
                let ty = numbers.guest_type(import.ty);
                imports.import(names::IMPORT_MODULE, &import.name, EntityType::Function(ty));
            }
        }
        for (arity, name) in names::BUILTIN_CALLS.iter().enumerate() {
            if own.host_calls[arity] {
                let signature = Signature { params: vec![ValKind::I32; arity + 2], results: vec![ValKind::I32] };
                imports.import(names::IMPORT_MODULE, name, EntityType::Function(numbers.signature(&signature)));
            }
        }
        let mut functions = FunctionSection::new();
        for func in guest_funcs() {
            functions.function(numbers.guest_type(func.ty));
        }
        for func in own_funcs() {
            functions.function(numbers.signature(&func.signature));
        }
        (imports, functions)
    };
    let mut types = TypeSection::new();
    for signature in &numbers.signatures {
        let kinds = |list: &[ValKind]| list.iter().map(|k| k.encode()).collect::<Vec<_>>();
        types.ty().function(kinds(&signature.params), kinds(&signature.results));
    }
    module.section(&types).section(&imports).section(&functions);
    if kept.table {
        let size = u64::from(guest.table_size.unwrap_or(0));
        let ty = TableType {
            element_type: RefType::FUNCREF,
            minimum: size,
            maximum: Some(size),
            table64: false,
            shared: false,
        };
        let mut table = TableSection::new();
        table.table(ty);
        module.section(&table);
    }
    module.section(&globals(guest, own, kept)).section(&exports(&numbers));
    if start.is_some() {
        module.section(&StartSection { function_index: numbers.first_own_func + own.funcs.len() as u32 });
    }
    if kept.table {
        module.section(&elements(&numbers, kept));
    }
    if segments.passive.is_some() {
        module.section(&DataCountSection { count: segments.count() });
    }

    let (code, places) = code(&numbers, guest_funcs(), own_funcs())?;
    let mut size = Vec::new();
    write_unsigned(code.len() as u64, &mut size);
    let code_start = module.as_slice().len() + 1 + size.len();
    module.section(&RawSection { id: 10, data: &code });

    let mut data = DataSection::new();
    for (addr, bytes) in &segments.active {
        data.active(0, &ConstExpr::i32_const(*addr as i32), bytes.iter().copied());
    }
    if let Some((_, bytes)) = &segments.passive {
        data.passive(bytes.iter().copied());
    }
    if segments.count() > 0 {
        module.section(&data);
    }

    if names_of_policy {
        module.section(&function_names(&numbers, kept, &start));
    }
    module.section(&CustomSection { name: names::SECTION_META.into(), data: own.meta.as_bytes().into() });
    module.section(&CustomSection { name: names::SECTION_INPUT.into(), data: own.input.as_bytes().into() });
    module.section(&CustomSection { name: names::SECTION_STRINGS.into(), data: own.strings.as_slice().into() });
    let locations = super::locations::write(code_start, &places, sources);
    module.section(&CustomSection { name: names::SECTION_LOCATIONS.into(), data: locations.into() });
    Ok(module.finish())
}

fn globals(guest: &Guest, own: &Own, kept: &Kept) -> GlobalSection {
    let mut section = GlobalSection::new();
    let mut global = |kind: ValKind, mutable: bool, init: i64| {
        let init = match kind {
            ValKind::I64 => ConstExpr::i64_const(init),
            _ => ConstExpr::i32_const(init as i32),
        };
        section.global(GlobalType { val_type: kind.encode(), mutable, shared: false }, &init);
    };
    for (global_of_guest, _) in guest.globals.iter().zip(&kept.globals).filter(|(_, kept)| **kept) {
        global(global_of_guest.kind, global_of_guest.mutable, global_of_guest.init);
    }
    for own in &own.globals {
        global(own.kind, own.mutable, own.init);
    }
    global(ValKind::I32, false, guest.cells().unwrap_or_default().into());
    section
}

fn exports(numbers: &Numbers<'_>) -> ExportSection {
    let mut section = ExportSection::new();
    section.export(names::MEMORY, ExportKind::Memory, 0);
    for (name, func) in &numbers.own.exports {
        section.export(name, ExportKind::Func, numbers.func(FuncRef::Own(*func)));
    }
    for (name, func) in super::host_exports(numbers.guest) {
        section.export(name, ExportKind::Func, numbers.func(FuncRef::Guest(func)));
    }
    for (name, global) in &numbers.own.exported_globals {
        section.export(name, ExportKind::Global, numbers.first_own_global + global);
    }
    // The last global, see `globals`.
    section.export(names::CELLS, ExportKind::Global, numbers.first_own_global + numbers.own.globals.len() as u32);
    section
}

/// Entries whose function is gone stay empty: nobody calls them.
fn elements(numbers: &Numbers<'_>, kept: &Kept) -> ElementSection {
    let mut runs: Vec<(u32, Vec<u32>)> = Vec::new();
    for (at, func) in &numbers.guest.elements {
        if !kept.funcs[*func as usize] {
            continue;
        }
        let func = numbers.func(FuncRef::Guest(*func));
        match runs.last_mut() {
            Some((start, funcs)) if *start + funcs.len() as u32 == *at => funcs.push(func),
            _ => runs.push((*at, vec![func])),
        }
    }
    let mut section = ElementSection::new();
    for (at, funcs) in runs {
        section.active(None, &ConstExpr::i32_const(at as i32), Elements::Functions(funcs.into()));
    }
    section
}

/// Contents of the code section, and the places of calls by offset in it.
fn code<'a>(
    numbers: &Numbers<'_>,
    guest_funcs: impl Iterator<Item = &'a super::guest::GuestFunc>,
    own_funcs: impl Iterator<Item = &'a OwnFunc>,
) -> Result<(Vec<u8>, Places), EmitError> {
    let mut count = 0u64;
    let mut bodies = Vec::new();
    let mut body = Vec::new();
    let mut places: Places = Vec::new();
    let mut finish = |body: &mut Vec<u8>, name: &str| {
        at_most("bytes of code", name, body.len(), FUNCTION_BYTES)?;
        write_unsigned(body.len() as u64, &mut bodies);
        let start = bodies.len();
        bodies.append(body);
        count += 1;
        Ok::<usize, EmitError>(start)
    };
    for func in guest_funcs {
        let holes = &numbers.guest.needs(func).map_err(EmitError::Guest)?.holes;
        fill(numbers.guest.bytes(&func.body), holes, &[], numbers, &mut body, &mut |_, _| {});
        finish(&mut body, "guest")?;
    }
    for func in own_funcs {
        declare_locals(&func.locals, &mut body);
        let Code { bytes, holes, places: spans, .. } = &func.code;
        let first = places.len();
        fill(bytes, holes, spans, numbers, &mut body, &mut |at, span| places.push((at, span)));
        let start = finish(&mut body, &func.name)?;
        places[first..].iter_mut().for_each(|(at, _)| *at += start);
    }
    let mut section = Vec::with_capacity(bodies.len() + 5);
    write_unsigned(count, &mut section);
    places.iter_mut().for_each(|(at, _)| *at += section.len());
    section.append(&mut bodies);
    Ok((section, places))
}

/// Declarations of locals: runs of one type, as (count, type).
fn declare_locals(locals: &[ValKind], out: &mut Vec<u8>) {
    let runs = || locals.chunk_by(|a, b| a == b);
    write_unsigned(runs().count() as u64, out);
    for run in runs() {
        write_unsigned(run.len() as u64, out);
        wasm_encoder::Encode::encode(&run[0].encode(), out);
    }
}

/// Names of functions: generated ones and those that the guest exports; others tell a reader of a trace nothing.
fn function_names(numbers: &Numbers<'_>, kept: &Kept, start: &Option<OwnFunc>) -> NameSection {
    let mut names: BTreeMap<u32, &str> = BTreeMap::new();
    for (index, import) in numbers.guest.imports.iter().enumerate() {
        if let (true, Some(number)) = (kept.funcs[index], numbers.guest_funcs[index]) {
            names.insert(number, &import.name);
        }
    }
    for (arity, name) in names::BUILTIN_CALLS.iter().enumerate() {
        if let Some(number) = numbers.host_calls[arity] {
            names.insert(number, name);
        }
    }
    for (name, index) in &numbers.guest.export_order {
        if let Some(number) = numbers.guest_funcs[*index as usize] {
            names.insert(number, name);
        }
    }
    for (index, func) in numbers.own.funcs.iter().chain(start).enumerate() {
        let end = (0..=NAME_BYTES.min(func.name.len())).rev().find(|i| func.name.is_char_boundary(*i)).unwrap_or(0);
        names.insert(numbers.first_own_func + index as u32, &func.name[..end]);
    }
    let mut map = NameMap::new();
    for (number, name) in names {
        map.append(number, name);
    }
    let mut section = NameSection::new();
    section.functions(&map);
    section
}
