//! The rule index: rules that test the same value against constants are found by that value instead of tried one by one.
//!
//! ```text
//!   block                       block                                block
//!     l0 = input.role             l9 = input.role                      l9 = input.role
//!     compare l0 == "a"           switch l9                            l8 = get {"a": 1, "b": 2, …} l9
//!     …                             case "a": block { … }              return l8
//!   block                           case "b": block { … }
//!     l1 = input.role                                                many rules that differ in constants only:
//!     compare l1 == "b"         rules of several shapes              a table and one body (`table`)
//!     …                         (`switch`)
//! ```
//!
//! A *run* is a sequence of [`Stmt::Block`]s. A block whose test fails does nothing that anybody sees before the test, so it need not be
//! entered. Blocks keep their order among each other unless the order cannot be seen ([`effects`]).

mod effects;
mod guards;
mod shape;
mod switch;
mod table;

use writ_value::Value;

use super::Note;
use super::consts::Consts;
use crate::plan::ir::{Block, Func, Local, Operand, Plan, Stmt};
use crate::plan::visit;
use effects::Effects;
use guards::{Base, Guard, Source, Test};

/// Runs the pass and says what it did.
pub(super) fn run(plan: &mut Plan, notes: &mut Vec<Note>) {
    let aborting = effects::aborting(plan);
    let mut consts = Consts::new(std::mem::take(&mut plan.constants));
    for (n, func) in plan.funcs.iter_mut().enumerate().filter(|(_, func)| !super::is_deep(func)) {
        let mut body = std::mem::take(&mut func.body);
        let mut pass = Pass {
            uses: uses(func, &body),
            params: func.params,
            locals: func.locals,
            consts: &mut consts,
            input_paths: &plan.input_paths,
            aborting: &aborting,
            names: shape::Names::default(),
            func: n as u32,
            notes,
        };
        pass.block(&mut body);
        func.locals = pass.locals;
        func.body = body;
    }
    plan.constants = consts.into_values();
}

/// How often each local is mentioned in a function.
fn uses(func: &Func, body: &Block) -> Vec<u32> {
    let mut uses = vec![0; func.locals as usize];
    for stmt in &body.0 {
        visit::mentions(stmt, &mut |local| {
            if let Some(n) = uses.get_mut(local.0 as usize) {
                *n += 1;
            }
        });
    }
    uses
}

/// State of the pass over one function.
struct Pass<'a> {
    /// Mentions of each local in the function as it was.
    uses: Vec<u32>,
    params: u32,
    locals: u32,
    consts: &'a mut Consts,
    input_paths: &'a [Vec<Value>],
    /// By function: whether it may end the evaluation.
    aborting: &'a [bool],
    names: shape::Names,
    func: u32,
    notes: &'a mut Vec<Note>,
}

/// A block of a run with what is known about it.
struct Entry {
    body: Block,
    guards: Vec<Guard>,
    shape: shape::Shape,
    effects: Effects,
}

impl Pass<'_> {
    fn block(&mut self, block: &mut Block) {
        for stmt in &mut block.0 {
            stmt.blocks_mut().for_each(|inner| self.block(inner));
        }
        let mut rest = std::mem::take(&mut block.0).into_iter().peekable();
        while let Some(stmt) = rest.next() {
            let Stmt::Block(first) = stmt else {
                block.0.push(stmt);
                continue;
            };
            let mut run = vec![first];
            while let Some(Stmt::Block(next)) = rest.next_if(|stmt| matches!(stmt, Stmt::Block(_))) {
                run.push(next);
            }
            self.run(run, &[], &mut block.0);
        }
    }

    /// Puts a run's blocks, indexed where that pays, at the end of `out`. `used` are values that an enclosing switch has tested.
    fn run(&mut self, blocks: Vec<Block>, used: &[Source], out: &mut Vec<Stmt>) {
        if blocks.len() < switch::FEWEST {
            out.extend(blocks.into_iter().map(Stmt::Block));
            return;
        }
        let entries: Vec<Entry> = blocks.into_iter().map(|body| self.entry(body, used)).collect();
        let commute = effects::commute(&entries);
        for part in self.tables(entries, commute) {
            match part {
                table::Part::Done(stmt) => out.push(stmt),
                table::Part::Single(entries) => self.switches(entries, commute, used, out),
            }
        }
    }

    fn entry(&mut self, body: Block, used: &[Source]) -> Entry {
        let inner = self.inner_locals(&body);
        let effects = effects::of(&body, &inner, self.aborting);
        let mut guards = guards::of(&body, self.params, &inner);
        guards.retain(|guard| !used.contains(&guard.source));
        for guard in guards.iter().filter(|guard| guard.test == Test::OneOf) {
            let found = table::elements(self.consts.value(guard.constant)).unwrap_or_default();
            let found: Vec<Value> = found.into_iter().take(switch::ELEMENTS).cloned().collect();
            // Cases are constants of the plan.
            found.into_iter().for_each(|element| _ = self.consts.id(element));
        }
        let shape = shape::of(&body, &inner, &mut self.names);
        Entry { body, guards, shape, effects }
    }

    /// The locals that only this block mentions.
    fn inner_locals(&self, body: &Block) -> rustc_hash::FxHashSet<u32> {
        let mut seen: rustc_hash::FxHashMap<u32, u32> = rustc_hash::FxHashMap::default();
        for stmt in &body.0 {
            visit::mentions(stmt, &mut |local| *seen.entry(local.0).or_default() += 1);
        }
        // A local that a pass made stands in no count; it is defined in front of the block.
        seen.retain(|local, n| self.uses.get(*local as usize).is_some_and(|uses| uses == n));
        seen.into_keys().filter(|local| *local >= self.params).collect()
    }

    fn local(&mut self) -> Local {
        self.locals += 1;
        Local(self.locals - 1)
    }

    /// Statements that read a tested value, and the operand that then holds it.
    fn read(&mut self, source: &Source, out: &mut Vec<Stmt>) -> Operand {
        let base = match &source.base {
            Base::Param(local) => *local,
            Base::Input(path) => {
                let dst = self.local();
                out.push(Stmt::InputPath { dst, path: *path });
                dst
            }
            Base::Data(path) => {
                let dst = self.local();
                out.push(Stmt::DataPath { dst, path: path.clone() });
                dst
            }
        };
        source.keys.iter().fold(Operand::Local(base), |source, key| {
            let dst = self.local();
            out.push(Stmt::Get { dst, source, key: Operand::Const(*key) });
            Operand::Local(dst)
        })
    }

    /// The source as an author would write it.
    fn describe(&self, source: &Source) -> String {
        let (mut text, path): (String, Vec<&Value>) = match &source.base {
            Base::Param(local) => (format!("argument {}", local.0 + 1), Vec::new()),
            Base::Input(path) => {
                let path = self.input_paths.get(path.0 as usize);
                ("input".to_owned(), path.map(|path| path.iter().collect()).unwrap_or_default())
            }
            Base::Data(path) => ("data".to_owned(), path.iter().map(|id| self.consts.value(*id)).collect()),
        };
        let keys = source.keys.iter().map(|key| self.consts.value(*key));
        path.into_iter().chain(keys).for_each(|key| crate::plan::print::step(&mut text, key));
        text
    }
}
