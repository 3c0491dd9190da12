//! Unions of objects whose keys are known become one object, made in one step.
//!
//! ```text
//!   l1 = object {"seen": l0}
//!   l2 = builtin object.union({"id": 7}, l1)      ⇒      l2 = object {"id": 7, "seen": l0}
//! ```

use rustc_hash::FxHashMap;
use writ_value::{Object, Value};

use super::consts::Consts;
use super::facts::{Facts, UNION};
use super::simplify::sweep;
use super::{Note, is_deep};
use crate::plan::ir::{Block, ConstId, Func, Local, Operand, Plan, Stmt};
use crate::plan::visit;

/// Most entries of an object that is made in one step: each is a few instructions.
const ENTRIES: usize = 64;

/// Runs the pass.
pub(super) fn run(plan: &mut Plan, _: &mut Vec<Note>) {
    let is_union = |stmt: &Stmt| matches!(stmt, Stmt::Builtin { name, .. } if name == UNION);
    let mut consts = Consts::new(std::mem::take(&mut plan.constants));
    for func in plan.funcs.iter_mut().filter(|func| !is_deep(func)) {
        let mut has_union = false;
        visit::each(&func.body, &mut |stmt| has_union |= is_union(stmt));
        if has_union {
            let mut pass = Pass { made: made(func), consts: &mut consts };
            pass.block(&mut func.body);
            let facts = Facts::of(func);
            sweep(&mut func.body, &facts);
        }
    }
    plan.constants = consts.into_values();
}

/// Keys, all different, and values.
type Entries = Vec<(ConstId, Operand)>;

/// What is known of a value.
#[derive(Debug, Clone)]
enum Made {
    Object(Entries),
    /// No object.
    Other,
}

/// Values that are made in one step and stay as they are, so that they can be made elsewhere as well.
fn made(func: &Func) -> FxHashMap<Local, Made> {
    let facts = Facts::of(func);
    let stays = |operand: &Operand| match operand {
        Operand::Local(local) => facts.is_value(*local),
        Operand::Const(_) => true,
        Operand::Cell(_) => false,
    };
    let mut made = FxHashMap::default();
    visit::each(&func.body, &mut |stmt| match stmt {
        Stmt::MakeObject { dst, pairs } if facts.is_value(*dst) && pairs.iter().all(|(_, value)| stays(value)) => {
            let entry = |(key, value): &(Operand, Operand)| match key {
                Operand::Const(key) => Some((*key, *value)),
                Operand::Local(_) | Operand::Cell(_) => None,
            };
            if let Some(entries) = pairs.iter().map(entry).collect::<Option<Entries>>() {
                made.insert(*dst, Made::Object(entries));
            }
        }
        Stmt::MakeArray { dst, .. } | Stmt::MakeSet { dst, .. } if facts.is_fixed(*dst) => {
            made.insert(*dst, Made::Other);
        }
        _ => {}
    });
    made
}

struct Pass<'a> {
    made: FxHashMap<Local, Made>,
    consts: &'a mut Consts,
}

impl Pass<'_> {
    fn block(&mut self, block: &mut Block) {
        for stmt in &mut block.0 {
            if let Stmt::Builtin { dst: Some(dst), name, args, .. } = stmt
                && name == UNION
                && let [left, right] = args.as_slice()
                && let Some(entries) = self.union(*left, *right)
            {
                *stmt = self.make(*dst, entries);
            }
            stmt.blocks_mut().for_each(|inner| self.block(inner));
        }
    }

    /// The entries of both, where that can be told.
    fn union(&mut self, left: Operand, right: Operand) -> Option<Entries> {
        let mut entries = self.entries(left)?;
        for (key, value) in self.entries(right)? {
            match entries.iter_mut().find(|(there, _)| self.consts.value(*there) == self.consts.value(key)) {
                None => entries.push((key, value)),
                // Numbers may be equal and written differently.
                Some((there, _)) if *there != key => return None,
                // Two objects would be united in turn.
                Some((_, old)) if self.is_no_object(*old) || self.is_no_object(value) => *old = value,
                Some(_) => return None,
            }
        }
        (entries.len() <= ENTRIES).then_some(entries)
    }

    fn entries(&mut self, operand: Operand) -> Option<Entries> {
        match operand {
            Operand::Local(local) => match self.made.get(&local)? {
                Made::Object(entries) => self.are_different(entries).then(|| entries.clone()),
                Made::Other => None,
            },
            Operand::Const(id) => {
                let object = self.consts.value(id).as_object().filter(|object| object.len() <= ENTRIES)?.clone();
                let mut entry = |(key, value)| (self.consts.id(key), self.consts.operand(value));
                Some(object.into_iter().map(&mut entry).collect())
            }
            Operand::Cell(_) => None,
        }
    }

    fn are_different(&self, entries: &Entries) -> bool {
        let mut keys: Vec<&Value> = entries.iter().map(|(key, _)| self.consts.value(*key)).collect();
        keys.sort();
        keys.windows(2).all(|pair| pair[0] != pair[1])
    }

    fn is_no_object(&self, operand: Operand) -> bool {
        match operand {
            Operand::Local(local) => matches!(self.made.get(&local), Some(Made::Other)),
            Operand::Const(id) => self.consts.value(id).as_object().is_none(),
            Operand::Cell(_) => false,
        }
    }

    /// The statement that makes the object.
    fn make(&mut self, dst: Local, entries: Entries) -> Stmt {
        let constant = |(key, value): &(ConstId, Operand)| match value {
            Operand::Const(value) => Some((self.consts.value(*key).clone(), self.consts.value(*value).clone())),
            Operand::Local(_) | Operand::Cell(_) => None,
        };
        if let Some(object) = entries.iter().map(constant).collect::<Option<Object>>() {
            return Stmt::Assign { dst, source: self.consts.operand(Value::from(object)) };
        }
        Stmt::MakeObject { dst, pairs: entries.into_iter().map(|(key, value)| (Operand::Const(key), value)).collect() }
    }
}
