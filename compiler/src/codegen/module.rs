//! Module-level state of code generation: constants, globals, helper functions, built-ins of the host.

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxHashMap;
use writ_abi::Word;
use writ_abi::names;

use super::error::{EmitError, at_most};
use super::statics::Statics;
use crate::link::code::Code;
use crate::link::guest::{Guest, Signature, ValKind};
use crate::link::meta::HostBuiltin;
use crate::link::own::{Own, OwnFunc, OwnGlobal};
use crate::link::template::{FuncRef, GlobalRef};
use crate::plan::input::{self, InputPlan};
use crate::plan::ir::{ConstId, FuncId, JoinId, Operand, Plan};
use crate::source::{SourceMap, Span};

/// The input's word.
pub(crate) const INPUT: GlobalRef = GlobalRef::Own(0);
/// The word of base data.
pub(crate) const DATA: GlobalRef = GlobalRef::Own(1);
/// Address of the memo slots.
pub(crate) const MEMO: GlobalRef = GlobalRef::Own(2);
/// Address of a memo table that no scope uses any more, whose first word is the address of the next; 0 for none.
pub(crate) const FREE_MEMO: GlobalRef = GlobalRef::Own(3);
/// Address of the frame: the input's slots.
pub(crate) const FRAME: GlobalRef = GlobalRef::Own(4);
/// Address of the cells of selections, four bytes each; 0 before the first is asked. A `with` leaves them as they are: they know collections, not documents.
pub(crate) const SELECTS: GlobalRef = GlobalRef::Own(5);
/// Globals in front of the cells.
const FIRST_CELL: u32 = 6;
/// Most cells, and most memo slots. Wasm allows a million globals.
const SLOTS: usize = 500_000;

/// A generated function that several places share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Helper {
    /// `() -> word`: the input at a path, looked up in the document.
    InputPath(u32),
    /// `()`: a frame whose slots are filled from the document.
    FillFrame,
    /// `() -> word`: base data at a path.
    DataPath(Vec<ConstId>),
    /// `(old, new, kind, location)`: returns when both are equal, else ends with the conflict.
    SameOrConflict,
    /// `(id, word…) -> word`: calls the host's built-in with this many arguments.
    HostCall(u8),
    /// `() -> address`: the cells of selections, made when first asked for.
    Selections,
    /// `()`: an empty memo table for a scope that begins.
    EnterMemo,
    /// `(table)`: goes back to that memo table; the present one can be used again.
    LeaveMemo,
    /// `(table, mask, word) -> case`: looks a constant string up in the table of a switch; −1 when it is none.
    FindCase,
}

/// Everything that is generated for one module.
#[derive(Debug)]
pub(crate) struct Gen<'a> {
    pub(crate) guest: &'a Guest,
    pub(crate) plan: &'a Plan,
    /// Slots and projections.
    pub(crate) input: InputPlan,
    pub(crate) sources: &'a SourceMap,
    pub(crate) statics: Statics,
    /// Words of the plan's constants.
    pub(crate) consts: Vec<Word>,
    /// Generated functions; those of the plan come first, with their numbers.
    funcs: Vec<Option<OwnFunc>>,
    helpers: FxHashMap<Helper, u32>,
    /// Static paths of base data that are read; behind the joins' globals stand that of the data for which they were found, and one for each.
    data_paths: IndexSet<Vec<ConstId>>,
    host_builtins: IndexMap<String, HostBuiltin>,
    host_calls: [bool; 5],
    /// Four boxes for arguments of host built-ins, once needed.
    host_boxes: Option<u32>,
}

impl<'a> Gen<'a> {
    /// Lays out the constants.
    pub(crate) fn new(guest: &'a Guest, plan: &'a Plan, sources: &'a SourceMap) -> Result<Self, EmitError> {
        at_most("mocked functions", "module", plan.cells as usize, SLOTS)?;
        at_most("joins", "module", plan.joins.len(), SLOTS / 2)?;
        at_most("selections", "module", plan.selects as usize, SLOTS)?;
        at_most("rules", "module", plan.memo_slots as usize, SLOTS)?;
        let mut statics = Statics::new(guest.data_end().next_multiple_of(16));
        let consts = plan.constants.iter().map(|value| statics.value(value)).collect::<Result<_, _>>()?;
        Ok(Gen {
            guest,
            plan,
            input: input::analyse(plan),
            sources,
            statics,
            consts,
            funcs: plan.funcs.iter().map(|_| None).collect(),
            helpers: FxHashMap::default(),
            data_paths: IndexSet::new(),
            host_builtins: IndexMap::new(),
            host_calls: [false; 5],
            host_boxes: None,
        })
    }

    /// The function that the guest exports under this name.
    pub(crate) fn rt(&self, name: &str) -> Result<FuncRef, EmitError> {
        self.guest.func(name).ok_or_else(|| EmitError::Guest(format!("no export `{name}`")))
    }

    /// The guest's function for a built-in, if it has one with this many arguments.
    pub(crate) fn guest_builtin(&self, name: &str, arity: usize) -> Option<FuncRef> {
        let func = self.guest.func(&format!("bi_{name}"))?;
        let FuncRef::Guest(index) = func else { return None };
        let signature = self.guest.signature(index)?;
        (signature.params.len() == arity && signature.results == [ValKind::I64]).then_some(func)
    }

    /// The host's function that ends the evaluation.
    pub(crate) fn abort(&self) -> Result<FuncRef, EmitError> {
        let position = self.guest.imports.iter().position(|import| import.name == names::ABORT);
        let missing = || EmitError::Guest(format!("no import `{}`", names::ABORT));
        position.map(|index| FuncRef::Guest(index as u32)).ok_or_else(missing)
    }

    /// The function of the plan with this number.
    pub(crate) fn plan_func(&self, func: FuncId) -> FuncRef {
        FuncRef::Own(func.0)
    }

    /// The global of a cell.
    pub(crate) fn cell(&self, cell: u32) -> GlobalRef {
        GlobalRef::Own(FIRST_CELL + cell)
    }

    /// The globals of a join: the collection for which an index was made with the data, and that index.
    pub(crate) fn join(&self, join: JoinId) -> (GlobalRef, GlobalRef) {
        let first = FIRST_CELL + self.plan.cells + join.0 * 2;
        (GlobalRef::Own(first), GlobalRef::Own(first + 1))
    }

    /// The globals of a path of base data: the data for which it was found, and what was found.
    pub(crate) fn data_path(&mut self, path: &[ConstId]) -> Result<(GlobalRef, GlobalRef), EmitError> {
        let position = match self.data_paths.get_index_of(path) {
            Some(position) => position,
            None => self.data_paths.insert_full(path.to_vec()).0,
        };
        at_most("paths of data", "module", position, SLOTS / 2)?;
        let GlobalRef::Own(first) = self.data_of_paths() else { return Err(EmitError::Guest("no global".to_owned())) };
        Ok((GlobalRef::Own(first), GlobalRef::Own(first + 1 + position as u32)))
    }

    /// The global with the data for which paths were found.
    pub(crate) fn data_of_paths(&self) -> GlobalRef {
        GlobalRef::Own(FIRST_CELL + self.plan.cells + self.plan.joins.len() as u32 * 2)
    }

    /// The paths of base data that were asked for so far.
    pub(crate) fn data_paths(&self) -> Vec<Vec<ConstId>> {
        self.data_paths.iter().cloned().collect()
    }

    /// The word of an operand, when it is known now.
    pub(crate) fn known(&self, operand: Operand) -> Option<Word> {
        match operand {
            Operand::Const(id) => Some(self.consts[id.0 as usize]),
            Operand::Local(_) | Operand::Cell(_) => None,
        }
    }

    /// Address of the C string `file:row:col`, or `row:col` where a file has no name.
    pub(crate) fn location(&mut self, span: Span) -> Result<u32, EmitError> {
        let position = self.sources.position(span);
        let name = self.sources.name(span);
        let separator = if name.is_empty() { "" } else { ":" };
        self.statics.text(&format!("{name}{separator}{}:{}", position.row, position.col))
    }

    /// The word of a constant array with these constants.
    pub(crate) fn path(&mut self, path: &[ConstId]) -> Result<Word, EmitError> {
        let words: Vec<Word> = path.iter().map(|id| self.consts[id.0 as usize]).collect();
        self.statics.array(&words)
    }

    /// Id of a built-in of the host, given on first use.
    pub(crate) fn host_builtin(&mut self, name: &str, arity: usize) -> i32 {
        let entrypoint = self.plan.functions.get(name).cloned();
        let entry = self.host_builtins.entry(name.to_owned());
        let id = entry.index();
        entry.or_insert_with(|| HostBuiltin { name: name.to_owned(), arity, entrypoint });
        id as i32
    }

    /// The import that calls host built-ins with this many arguments.
    pub(crate) fn host_call(&mut self, arity: u8) -> FuncRef {
        self.host_calls[usize::from(arity)] = true;
        FuncRef::HostCall(arity)
    }

    /// Address of the boxes in which arguments go to the host.
    pub(crate) fn host_boxes(&mut self) -> Result<u32, EmitError> {
        if self.host_boxes.is_none() {
            self.host_boxes = Some(self.statics.table(&[0; 8])?);
        }
        Ok(self.host_boxes.unwrap_or_default())
    }

    /// A shared function, generated on first use.
    pub(crate) fn helper(&mut self, helper: Helper) -> Result<FuncRef, EmitError> {
        if let Some(index) = self.helpers.get(&helper) {
            return Ok(FuncRef::Own(*index));
        }
        let func = super::helpers::generate(self, &helper)?;
        let index = self.add(func);
        self.helpers.insert(helper, index);
        Ok(FuncRef::Own(index))
    }

    /// Adds a function and gives its number.
    pub(crate) fn add(&mut self, func: OwnFunc) -> u32 {
        self.funcs.push(Some(func));
        self.funcs.len() as u32 - 1
    }

    /// Puts the function of the plan with this number.
    pub(crate) fn define(&mut self, func: FuncId, generated: OwnFunc) {
        self.funcs[func.0 as usize] = Some(generated);
    }

    /// Names and ids of the built-ins that the host must give, in the order of their ids.
    pub(crate) fn host_builtins(&self) -> Vec<HostBuiltin> {
        self.host_builtins.values().cloned().collect()
    }

    /// Hands everything over to the link step. `eval` and `exports` name generated functions.
    pub(crate) fn finish(mut self, eval: u32, mut exports: Vec<(&'static str, u32)>, meta: String) -> Own {
        let input = crate::link::input::write(&self.input);
        let strings = self.statics.string_addresses();
        exports.sort_unstable();
        let word = OwnGlobal { kind: ValKind::I64, init: 0, mutable: true };
        let addr = OwnGlobal { kind: ValKind::I32, ..word };
        let mut globals = vec![word, word, addr, addr, addr, addr];
        globals.extend((0..self.plan.cells).map(|_| word));
        globals.extend((0..self.plan.joins.len() * 2).map(|_| word));
        globals.extend((0..=self.data_paths.len()).map(|_| word));
        let version = globals.len() as u32;
        let (major, minor) = names::ABI_VERSION;
        globals.extend([major, minor].map(|n| OwnGlobal { kind: ValKind::I32, init: n.into(), mutable: false }));
        Own {
            funcs: self.funcs.drain(..).flatten().collect(),
            globals,
            exports,
            exported_globals: vec![("opa_wasm_abi_version", version), ("opa_wasm_abi_minor_version", version + 1)],
            image: self.statics.finish(),
            eval,
            host_calls: self.host_calls,
            meta,
            input,
            strings,
        }
    }
}

/// A generated function whose parameters and results are given; `code` needs its closing `end` yet.
pub(crate) fn own_func(
    name: impl Into<String>,
    params: &[ValKind],
    results: &[ValKind],
    locals: &[ValKind],
    mut code: Code,
) -> OwnFunc {
    code.end_function();
    let signature = Signature { params: params.to_vec(), results: results.to_vec() };
    OwnFunc { name: name.into(), signature, locals: locals.to_vec(), code }
}
