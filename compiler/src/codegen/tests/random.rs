//! Random plans do in Wasm what a small interpreter of plans does: control flow, scopes, and locals that share slots.

use writ_value::Value;

use super::build::*;
use super::host::Host;
use crate::plan::ir::{
    Block, CompareOp, ConstId, Document, EntrypointKind, Local, Operand, Part, Plan, Replace, Stmt, TypeTest,
};

/// Locals that are reset at the beginning and looked at in the end.
const LONG: u32 = 6;
/// All locals; those behind the long ones are read only where they are surely defined, so that they share slots.
const LOCALS: u32 = 600;
/// An array to which statements push what they see; it is the result.
const TRACE: u32 = LOCALS;
const FUNCS: u64 = 600;
const INPUT: &str = "[3, [1, 2], 0, [5, [6]], 4]";

/// A small linear congruential generator: the same plans on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Makes statements that read only locals which are surely defined.
struct Maker {
    random: Random,
    /// Locals that are defined here; the others are at least reset.
    defined: Vec<bool>,
    /// Number of open blocks.
    depth: u32,
    /// The first of the short locals that are assigned now; goes up with each block, so that locals live shortly.
    turn: u32,
    /// Selections so far, of all functions.
    selects: u32,
}

impl Maker {
    /// A local to assign: a long one, or one of those whose turn it is.
    fn local(&mut self) -> Local {
        if self.random.below(3) == 0 {
            return self.long();
        }
        Local((self.turn + self.random.below(5) as u32).min(LOCALS - 1))
    }

    fn long(&mut self) -> Local {
        Local(self.random.below(LONG.into()) as u32)
    }

    fn operand(&mut self) -> Operand {
        let defined: Vec<u32> = (0..LOCALS).filter(|l| self.defined[*l as usize]).collect();
        match self.random.below(4) {
            n if n > 0 && !defined.is_empty() => local(defined[self.random.below(defined.len() as u64) as usize]),
            _ => Operand::Const(ConstId(self.random.below(6) as u32)),
        }
    }

    fn define(&mut self, local: Local) -> Local {
        self.defined[local.0 as usize] = true;
        local
    }

    fn block(&mut self) -> Block {
        let before = self.defined.clone();
        self.depth += 1;
        self.turn = (self.turn + 2).min(LOCALS);
        let n = 1 + self.random.below(7);
        let body = (0..n).map(|_| self.stmt()).collect();
        self.depth -= 1;
        // What a block defines counts only inside; what it resets may be gone behind it.
        for (now, before) in self.defined.iter_mut().zip(before) {
            *now = *now && before;
        }
        Block(body)
    }

    fn stmt(&mut self) -> Stmt {
        let kinds = if self.depth < 5 { 39 } else { 24 };
        // Statements that may fail or leave are the smaller part, so that loops get to their later statements.
        match self.random.below(kinds) {
            0 => {
                let local = self.local();
                self.defined[local.0 as usize] = false;
                Stmt::Reset { dst: local }
            }
            1 | 2 | 12..=16 => {
                let source = self.operand();
                let dst = self.local();
                Stmt::Assign { dst: self.define(dst), source }
            }
            3 => {
                let op = [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Ge][self.random.below(4) as usize];
                Stmt::Compare { op, left: self.operand(), right: self.operand() }
            }
            4 => {
                let local = self.long();
                Stmt::IsDefined { local: self.define(local) }
            }
            5 => {
                let local = self.long();
                self.defined[local.0 as usize] = false;
                Stmt::IsUndefined { local }
            }
            6 | 7 => {
                let items = (0..self.random.below(3)).map(|_| self.operand()).collect();
                let dst = self.local();
                Stmt::MakeArray { dst: self.define(dst), items }
            }
            8 => {
                let (source, key) = (self.operand(), self.operand());
                let dst = self.local();
                Stmt::Get { dst: self.define(dst), source, key }
            }
            9 => {
                let dst = self.local();
                Stmt::Document { dst: self.define(dst), document: Document::Input }
            }
            10 => Stmt::Break { levels: self.random.below(u64::from(self.depth)) as u32 },
            11 => {
                let (value, test) = (self.operand(), TypeTest::Array);
                Stmt::IsType { value, test }
            }
            17..=23 => Stmt::Push { array: Local(TRACE), value: self.operand() },
            24 => Stmt::Not(self.block()),
            25 => {
                let value = self.operand();
                let replace = vec![Replace { document: Document::Input, path: vec![], value }];
                Stmt::With { replace, cells: vec![], body: self.block() }
            }
            26 => {
                let on = self.operand();
                let cases = (0..self.random.below(3)).map(|i| (ConstId(i as u32), self.block())).collect();
                Stmt::Switch { on, cases, default: self.block() }
            }
            27..=32 => {
                let source = match self.random.below(3) {
                    0 => self.operand(),
                    n => Operand::Const(ConstId(3 + n as u32)),
                };
                let before = self.defined.clone();
                let key = (self.random.below(2) == 0).then(|| self.local()).map(|l| self.define(l));
                let value = (self.random.below(2) == 0).then(|| self.local()).map(|l| self.define(l));
                let body = self.block();
                self.defined = self.defined.iter().zip(before).map(|(now, before)| *now && before).collect();
                Stmt::Scan { source, key, value, body }
            }
            36..=38 => self.select(),
            _ => Stmt::Block(self.block()),
        }
    }

    /// A selection whose body does not assign what it reads.
    fn select(&mut self) -> Stmt {
        let (mut source, mut equals) = (Operand::Const(ConstId(7)), self.operand());
        if self.random.below(3) == 0 {
            source = self.operand();
        }
        let part = match self.random.below(3) {
            0 => Part::Key,
            1 => Part::Path(vec![]),
            _ => Part::Path(vec![ConstId(self.random.below(2) as u32)]),
        };
        let before = self.defined.clone();
        let key = (self.random.below(2) == 0).then(|| self.local()).map(|l| self.define(l));
        let value = (self.random.below(2) == 0).then(|| self.local()).map(|l| self.define(l));
        let body = self.block();
        self.defined = self.defined.iter().zip(before).map(|(now, before)| *now && before).collect();
        let slot = self.selects;
        self.selects += 1;
        for operand in [&mut source, &mut equals] {
            let mut changes = key.map(Operand::Local) == Some(*operand) || value.map(Operand::Local) == Some(*operand);
            crate::plan::visit::each(&body, &mut |stmt| {
                crate::plan::visit::assigns(stmt, &mut |local| changes |= Operand::Local(local) == *operand);
            });
            if changes {
                *operand = Operand::Const(ConstId(7));
            }
        }
        Stmt::Select { slot, source, part, equals, key, value, body }
    }
}

/// A function that gives an array of what it saw and of its long locals, `"-"` for undefined ones.
fn random_body(seed: u64, selects: &mut u32) -> Vec<Stmt> {
    let defined = vec![false; LOCALS as usize];
    let mut maker = Maker { random: Random(seed), defined, depth: 1, turn: LONG, selects: *selects };
    let mut body: Vec<Stmt> = (0..LONG).map(|l| Stmt::Reset { dst: Local(l) }).collect();
    body.push(array(TRACE, vec![]));
    // In a block, so that a failure does not skip the end.
    maker.depth += 1;
    body.push(Stmt::Block(Block((0..12).map(|_| Stmt::Block(maker.block())).collect())));
    *selects = maker.selects;
    for l in 0..LONG {
        let mark = push(TRACE, Operand::Const(ConstId(6)));
        body.push(block(vec![Stmt::IsUndefined { local: Local(l) }, mark]));
        body.push(block(vec![Stmt::IsDefined { local: Local(l) }, push(TRACE, local(l))]));
    }
    body.push(ret(local(TRACE)));
    body
}

#[test]
fn random_plans_do_what_the_interpreter_does() {
    let mut b = Build::default();
    let many: Vec<String> =
        (0..24).map(|n| if n % 3 == 0 { format!("[{}, 2]", n % 2) } else { (n % 4).to_string() }).collect();
    let many = format!("[{}]", many.join(", "));
    for text in ["0", "1", "2", "true", "[1, 0]", "[[1], [2, 3]]", "\"-\"", &many] {
        b.json(text);
    }
    // A function whose scan resets what an earlier statement of its body reads is no plan; the others are kept.
    let mut kept = 0;
    for seed in 0..FUNCS {
        let body = random_body(seed, &mut b.plan.selects);
        let func = b.func("data.p", 0, LOCALS + 1, body);
        let alone = Plan {
            constants: b.plan.constants.clone(),
            funcs: vec![b.plan.funcs[func.0 as usize].clone()],
            selects: b.plan.selects,
            ..Plan::default()
        };
        if crate::plan::verify(&alone).is_ok() {
            b.entrypoint(&seed.to_string(), func, EntrypointKind::Document);
            kept += 1;
        } else {
            b.plan.funcs.pop();
        }
    }
    assert!(kept > FUNCS * 2 / 3, "{kept}");
    let mut optimised = b.plan.clone();
    crate::plan::optimise(&mut optimised, crate::plan::OptLevel::O2);
    crate::plan::verify(&optimised).expect("passes keep the rules of plans");
    assert!(crate::plan::print::print(&optimised).len() < crate::plan::print::print(&b.plan).len());
    let mut host = Host::new(&wasm(&b.plan));
    let input = writ_value::json::parse(INPUT.as_bytes()).expect("JSON");
    let mut results = std::collections::BTreeSet::new();
    for (id, entrypoint) in b.plan.entrypoints.iter().enumerate() {
        let expected = Interpreter::run(&b.plan, &b.plan.funcs[id], &input);
        let func = optimised.entrypoints[id].func.0 as usize;
        let after = Interpreter::run(&optimised, &optimised.funcs[func], &input);
        assert_eq!(after, expected, "seed {} after the passes", entrypoint.name);
        let expected = expected.map_or("undefined".to_owned(), |v| writ_value::json::to_string(&v));
        let got = host.fast(id as i32, Some(INPUT), None).map(|text| text.replace(' ', ""));
        assert_eq!(got, Ok(expected.clone()), "seed {}\n{}", entrypoint.name, crate::plan::print::print(&b.plan));
        results.insert(expected);
    }
    assert!(results.len() as u64 > kept / 2, "{} different results", results.len());
}

/// Runs the statements that [`Maker`] makes, as the documentation of the plan says.
struct Interpreter<'p> {
    plan: &'p Plan,
    locals: Vec<Option<Value>>,
    input: Value,
}

/// How a statement ends.
enum Flow {
    Next,
    Fail,
    Break(u32),
    Return(Value),
}

impl Interpreter<'_> {
    fn run(plan: &Plan, func: &crate::plan::ir::Func, input: &Value) -> Option<Value> {
        let mut this = Interpreter { plan, locals: vec![None; func.locals as usize], input: input.clone() };
        match this.block(&func.body) {
            Flow::Return(value) => Some(value),
            _ => None,
        }
    }

    fn value(&self, operand: Operand) -> Value {
        match operand {
            Operand::Local(local) => self.locals[local.0 as usize].clone().expect("defined"),
            Operand::Const(id) => self.plan.constants[id.0 as usize].clone(),
            Operand::Cell(_) => unreachable!("not made"),
        }
    }

    fn set(&mut self, local: Local, value: Option<Value>) -> Flow {
        self.locals[local.0 as usize] = value;
        Flow::Next
    }

    fn block(&mut self, block: &Block) -> Flow {
        for stmt in &block.0 {
            match self.stmt(stmt) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Next
    }

    /// A block inside a statement, for statements behind which control goes on whether or not it failed.
    fn inner(&mut self, block: &Block) -> Flow {
        match self.block(block) {
            Flow::Next | Flow::Fail | Flow::Break(0) => Flow::Next,
            Flow::Break(levels) => Flow::Break(levels - 1),
            Flow::Return(value) => Flow::Return(value),
        }
    }

    /// A loop over these elements of an array, with their positions.
    fn rounds<'v>(
        &mut self,
        rows: impl IntoIterator<Item = (usize, &'v Value)>,
        (key, value): (Option<Local>, Option<Local>),
        body: &Block,
    ) -> Flow {
        for (i, item) in rows {
            key.iter().for_each(|key| self.locals[key.0 as usize] = Some(Value::from(i)));
            value.iter().for_each(|value| self.locals[value.0 as usize] = Some(item.clone()));
            match self.block(body) {
                Flow::Next | Flow::Fail => {}
                Flow::Break(0) => return Flow::Next,
                Flow::Break(levels) => return Flow::Break(levels - 1),
                Flow::Return(value) => return Flow::Return(value),
            }
        }
        Flow::Next
    }

    fn stmt(&mut self, stmt: &Stmt) -> Flow {
        let check = |holds: bool| if holds { Flow::Next } else { Flow::Fail };
        match stmt {
            Stmt::Reset { dst } => self.set(*dst, None),
            Stmt::Assign { dst, source } => self.set(*dst, Some(self.value(*source))),
            Stmt::Compare { op, left, right } => {
                let (left, right) = (self.value(*left), self.value(*right));
                check(match op {
                    CompareOp::Eq => left == right,
                    CompareOp::Ne => left != right,
                    CompareOp::Lt => left < right,
                    CompareOp::Ge => left >= right,
                    CompareOp::Le | CompareOp::Gt => unreachable!("not made"),
                })
            }
            Stmt::IsDefined { local } => check(self.locals[local.0 as usize].is_some()),
            Stmt::IsUndefined { local } => check(self.locals[local.0 as usize].is_none()),
            Stmt::MakeArray { dst, items } => {
                let items: Vec<Value> = items.iter().map(|i| self.value(*i)).collect();
                self.set(*dst, Some(Value::from(items)))
            }
            Stmt::Push { array, value } => {
                let mut items = self.value(Operand::Local(*array)).as_array().expect("array").to_vec();
                items.push(self.value(*value));
                self.set(*array, Some(Value::from(items)))
            }
            Stmt::Get { dst, source, key } => {
                let (source, key) = (self.value(*source), self.value(*key));
                if let Some(entries) = source.as_object() {
                    return match entries.get(&key) {
                        Some(found) => self.set(*dst, Some(found.clone())),
                        None => Flow::Fail,
                    };
                }
                let index = key.as_number().and_then(|n| n.to_i64()).and_then(|n| usize::try_from(n).ok());
                match source.as_array().zip(index).and_then(|(items, i)| items.get(i)) {
                    Some(found) => self.set(*dst, Some(found.clone())),
                    None => Flow::Fail,
                }
            }
            Stmt::Document { dst, .. } => self.set(*dst, Some(self.input.clone())),
            Stmt::IsType { value, .. } => check(self.value(*value).as_array().is_some()),
            Stmt::Break { levels } => Flow::Break(*levels),
            Stmt::Block(body) => self.inner(body),
            Stmt::Not(body) => match self.block(body) {
                Flow::Next => Flow::Fail,
                Flow::Fail | Flow::Break(0) => Flow::Next,
                Flow::Break(levels) => Flow::Break(levels - 1),
                Flow::Return(value) => Flow::Return(value),
            },
            Stmt::With { replace, body, .. } => {
                let new = self.value(replace[0].value);
                let old = std::mem::replace(&mut self.input, new);
                let flow = self.inner(body);
                self.input = old;
                flow
            }
            Stmt::Switch { on, cases, default } => {
                let on = self.value(*on);
                let case = cases.iter().find(|(id, _)| self.plan.constants[id.0 as usize] == on);
                self.inner(case.map_or(default, |(_, body)| body))
            }
            Stmt::Scan { source, key, value, body } => {
                let source = self.value(*source);
                let rows = source.as_array().unwrap_or_default().iter().enumerate();
                self.rounds(rows, (*key, *value), body)
            }
            Stmt::Select { source, part, equals, key, value, body, .. } => {
                let (source, equals) = (self.value(*source), self.value(*equals));
                let constants = &self.plan.constants;
                let of = |(i, item): (usize, &Value)| match part {
                    Part::Key => Some(Value::from(i)),
                    Part::Path(path) => path.iter().try_fold(item.clone(), |at, id| {
                        let index = constants[id.0 as usize].as_number()?.to_i64()?;
                        at.as_array()?.get(usize::try_from(index).ok()?).cloned()
                    }),
                };
                let rows = source.as_array().unwrap_or_default().iter().enumerate();
                let rows: Vec<(usize, &Value)> = rows.filter(|row| of(*row).as_ref() == Some(&equals)).collect();
                self.rounds(rows, (*key, *value), body)
            }
            Stmt::Return { value } => Flow::Return(self.value(*value)),
            Stmt::Fail => Flow::Fail,
            _ => unreachable!("not made"),
        }
    }
}
