//! The plan: what a policy does, step by step, before it becomes Wasm.
//!
//! A [`Plan`] is a list of functions over *locals*. A local holds one value or is undefined; a statement that cannot go on
//! *fails*, which means: control leaves the innermost enclosing [`Block`]. In the body of a [`Stmt::Scan`] that is the next
//! round of the loop, in a [`Stmt::Block`] the statement behind it, in a function's body the return of undefined.
//!
//! ```text
//!   func data.authz.allow()            p.users contains u.name if some u in data.users; u.level > 3
//!     block                              scan data.users as _, l1
//!       l0 = input.user.role               l2 = get l1 "level"
//!       compare l0 == "admin"              compare l2 > 3
//!       return true                        l3 = get l1 "name"
//!                                          add l3 to l9
//! ```
//!
//! INVARIANT (checked by `verify`): a local is assigned on every path before it is read, except by [`Stmt::IsDefined`],
//! [`Stmt::IsUndefined`], [`Stmt::AssignOnce`] (target) and [`Stmt::ReturnIfDefined`], which may see it undefined after [`Stmt::Reset`].

use std::collections::BTreeMap;

use writ_value::Value;

use crate::source::Span;

/// A policy, planned: functions and everything that they name by number.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Constants, each once; a [`ConstId`] is the position.
    pub constants: Vec<Value>,
    /// Static paths below `input` that some function reads; a [`PathId`] is the position. Keys are constants (mostly strings).
    pub input_paths: Vec<Vec<Value>>,
    /// Functions; a [`FuncId`] is the position.
    pub funcs: Vec<Func>,
    /// What the module can be asked, in the order of their ids.
    pub entrypoints: Vec<Entrypoint>,
    /// Number of memo slots that [`Func::memo`] names.
    pub memo_slots: u32,
    /// Joins over base data; a [`JoinId`] is the position.
    pub joins: Vec<Join>,
    /// Number of selections: [`Stmt::Select`] names them by number.
    pub selects: u32,
    /// Number of cells that [`Stmt::With`] and [`Operand::Cell`] name (values of mocked functions).
    pub cells: u32,
    /// Built-ins that are entrypoints of other modules, by name; filled in by [`find_effects`](super::find_effects).
    pub functions: BTreeMap<String, String>,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(
            /// The position.
            pub u32,
        );
    };
}
id!(/// A constant of the plan.
    ConstId);
id!(/// A static input path of the plan.
    PathId);
id!(/// A join of the plan.
    JoinId);
id!(/// A function of the plan.
    FuncId);
id!(/// A local of one function; parameters come first.
    Local);

/// Elements of a collection of base data, found by the value at a path within them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Join {
    /// Where the collection stands.
    pub source: Vec<ConstId>,
    /// Where the value stands in an element.
    pub key: Vec<ConstId>,
    /// A memo slot for an index that is made in an evaluation.
    pub slot: u32,
}

/// A name under which a module can be evaluated.
#[derive(Debug, Clone)]
pub struct Entrypoint {
    /// Path with `/` between its parts, as in OPA's `entrypoints()`; free text for a query.
    pub name: String,
    /// A function without parameters.
    pub func: FuncId,
    /// What the function's result means.
    pub kind: EntrypointKind,
    /// What its result depends on besides the input; filled in by [`find_effects`](super::find_effects) when the plan is finished.
    pub effects: super::Effects,
}

/// What an entrypoint's function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntrypointKind {
    /// The document itself; undefined when the document is.
    Document,
    /// A query's rows: an array of `[bindings, expressions]`, where `bindings` is an object of the query's variables and
    /// `expressions` an array with one value per expression. Never undefined.
    Query,
}

/// A function: parameters in, one value or undefined out.
#[derive(Debug, Clone)]
pub struct Func {
    /// For people and the name section, such as `data.authz.allow`.
    pub name: String,
    /// Locals `0..params` hold the arguments, all defined.
    pub params: u32,
    /// Number of locals, parameters included.
    pub locals: u32,
    /// The result is kept in this memo slot for the rest of the evaluation (of the `with` scope). Only for `params == 0`.
    pub memo: Option<u32>,
    /// What it does; failing or falling off its end returns undefined.
    pub body: Block,
}

/// A sequence of statements and the target of failures inside it.
#[derive(Debug, Clone, Default)]
pub struct Block(pub Vec<Stmt>);

/// Something that can be read without computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A local that is defined.
    Local(Local),
    /// A constant.
    Const(ConstId),
    /// A cell set by an enclosing [`Stmt::With`] of a caller.
    Cell(u32),
}

/// Comparisons between two values, by Rego's order over all types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Different.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// Types that a statement can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeTest {
    /// An array.
    Array,
    /// An object.
    Object,
    /// A set.
    Set,
    /// An array, object or set.
    Collection,
}

/// A document of the evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Document {
    /// The input.
    Input,
    /// Base data.
    Data,
}

/// Which conflict an [`Stmt::AssignOnce`] or insertion reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Conflict {
    /// "complete rules must not produce multiple outputs"
    Rule = 0,
    /// "functions must not produce multiple outputs for same inputs"
    Function = 1,
    /// "object keys must be unique"
    ObjectKey = 2,
}

/// What [`Stmt::InsertPath`] puts at the end of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leaf {
    /// The value itself; another value already there is a conflict.
    Value,
    /// A member of the set that stands there.
    Member,
}

/// By what [`Stmt::Select`] finds elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// By their keys.
    Key,
    /// By what stands at a path within them; empty: by themselves.
    Path(Vec<ConstId>),
}

/// One document, or a part of it, replaced by [`Stmt::With`].
#[derive(Debug, Clone)]
pub struct Replace {
    /// Which document.
    pub document: Document,
    /// Where in it; empty replaces the whole. Missing parents become objects, and so does a parent that is none.
    pub path: Vec<ConstId>,
    /// The new value.
    pub value: Operand,
}

/// One step.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
pub enum Stmt {
    /// `dst` = the whole document; fails when it is undefined.
    Document { dst: Local, document: Document },
    /// `dst` = `input` at a static path; fails when undefined.
    InputPath { dst: Local, path: PathId },
    /// `dst` = base data at a static path (not empty); fails when undefined.
    DataPath { dst: Local, path: Vec<ConstId> },
    /// `dst` = element of `source` at `key` (set: the member itself); fails when there is none.
    Get { dst: Local, source: Operand, key: Operand },
    /// `dst` = the elements of `source` whose value at the join's path equals `key`, in order, as an array of pairs `[key, element]`; fails
    /// when there are none. `source` is what stands at the join's place in the documents of now.
    IndexLookup { dst: Local, join: JoinId, source: Operand, key: Operand },
    /// `dst` = `source`.
    Assign { dst: Local, source: Operand },
    /// `dst` becomes undefined.
    Reset { dst: Local },
    /// `dst` = `source` if `dst` is undefined; otherwise both must be equal, or the evaluation aborts with the conflict.
    AssignOnce { dst: Local, source: Operand, conflict: Conflict, span: Span },
    /// Fails when the local is undefined.
    IsDefined { local: Local },
    /// Fails when the local is defined.
    IsUndefined { local: Local },
    /// Fails when the value is `false`.
    Holds { value: Operand },
    /// Fails unless the comparison holds.
    Compare { op: CompareOp, left: Operand, right: Operand },
    /// Fails unless the value has the type.
    IsType { value: Operand, test: TypeTest },
    /// Fails unless the collection has exactly `len` elements.
    LenIs { value: Operand, len: u32 },
    /// Fails unless an element of the collection equals `equals`. Otherwise as [`Stmt::Select`], without its loop.
    Has { slot: u32, source: Operand, equals: Operand },
    /// Calls a function of the plan; fails when its result is undefined.
    Call { dst: Local, func: FuncId, args: Vec<Operand> },
    /// Calls a built-in by its Rego name; fails when its result is undefined. `dst` is `None` for built-ins without result.
    /// A relation (`walk`) gives an array of its outputs. Comparisons as values (`equal`, `lt`, …) are built-ins, too.
    Builtin { dst: Option<Local>, name: String, args: Vec<Operand>, span: Span },
    /// `dst` = `[items…]`.
    MakeArray { dst: Local, items: Vec<Operand> },
    /// `dst` = `{items…}`, equal ones once. No items: the empty set, to be filled by [`Stmt::Add`].
    MakeSet { dst: Local, items: Vec<Operand> },
    /// `dst` = `{key: value, …}`; of equal keys the last wins. No pairs: the empty object, to be filled.
    MakeObject { dst: Local, pairs: Vec<(Operand, Operand)> },
    /// Appends to an array made in this function.
    Push { array: Local, value: Operand },
    /// Adds to a set made in this function.
    Add { set: Local, value: Operand },
    /// Inserts into an object made in this function, replacing.
    Insert { object: Local, key: Operand, value: Operand },
    /// Inserts into an object made in this function; another value for the key aborts with the conflict.
    InsertOnce { object: Local, key: Operand, value: Operand, conflict: Conflict, span: Span },
    /// Inserts below an object made in this function, making the objects (and the set, for [`Leaf::Member`]) on the way. Aborts with
    /// an [`Conflict::ObjectKey`] conflict when another value stands there or a value that no rule may extend is in the way.
    InsertPath { object: Local, path: Vec<Operand>, value: Operand, leaf: Leaf, span: Span },
    /// `dst` = deep merge of two values for one document tree: objects are merged key by key, otherwise `over` wins.
    /// Either local may be undefined; `dst` is undefined when both are.
    Merge { dst: Local, over: Local, base: Local },
    /// Runs `body` for each element, in Rego's order; nothing happens for values that are no collections. `key`/`value` are the index and
    /// element of an array, key and value of an object, and the member twice for a set.
    Scan { source: Operand, key: Option<Local>, value: Option<Local>, body: Block },
    /// Runs `body` as [`Stmt::Scan`] does, for the elements whose part equals `equals`. What is asked for again and again gets an index
    /// (`guest/src/select.rs`). `slot` is of this statement only. `source` and `equals` stay the same in the body, and a collection does
    /// not change any more once it was a source.
    Select {
        slot: u32,
        source: Operand,
        part: Part,
        equals: Operand,
        key: Option<Local>,
        value: Option<Local>,
        body: Block,
    },
    /// Runs the block; goes on behind it whether or not it failed.
    Block(Block),
    /// Runs the block; fails if the block reached its end.
    Not(Block),
    /// Leaves `levels + 1` blocks (0 = the innermost), loops included: behind the statement that owns the outermost of them.
    Break { levels: u32 },
    /// Runs `body` with documents replaced, cells set and an empty memo table; then everything is as before. Failing inside only ends `body`;
    /// results come out through locals that were [`Stmt::Reset`] before.
    With { replace: Vec<Replace>, cells: Vec<(u32, Operand)>, body: Block },
    /// Ends the function with this value.
    Return { value: Operand },
    /// Ends the function with the local's value if it is defined; goes on otherwise.
    ReturnIfDefined { local: Local },
    /// Takes one of several blocks by the value of `on`: the block of the equal constant, else `default`. Goes on behind it.
    Switch { on: Operand, cases: Vec<(ConstId, Block)>, default: Block },
    /// Fails always.
    Fail,
}

impl Stmt {
    /// The blocks inside the statement, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        let (one, cases): (Option<&Block>, &[(ConstId, Block)]) = match self {
            Stmt::Scan { body, .. }
            | Stmt::Select { body, .. }
            | Stmt::Block(body)
            | Stmt::Not(body)
            | Stmt::With { body, .. } => (Some(body), &[]),
            Stmt::Switch { cases, default, .. } => (Some(default), cases),
            _ => (None, &[]),
        };
        cases.iter().map(|(_, block)| block).chain(one)
    }

    /// As [`Stmt::blocks`], to be changed.
    pub fn blocks_mut(&mut self) -> impl Iterator<Item = &mut Block> {
        let (one, cases): (Option<&mut Block>, &mut [(ConstId, Block)]) = match self {
            Stmt::Scan { body, .. }
            | Stmt::Select { body, .. }
            | Stmt::Block(body)
            | Stmt::Not(body)
            | Stmt::With { body, .. } => (Some(body), &mut []),
            Stmt::Switch { cases, default, .. } => (Some(default), cases),
            _ => (None, &mut []),
        };
        cases.iter_mut().map(|(_, block)| block).chain(one)
    }
}
