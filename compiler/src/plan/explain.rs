//! A plan in words for the author of its rules: what is read, what is indexed, what is scanned, and what stays expensive and why.
//!
//! ```text
//!   data.authz.allow (authz.rego:5, authz.rego:9, and 9998 more)
//!     reads    input.action, input.user
//!     indexed  10000 rules by equality of input.user
//!     scans    input.roles (authz.rego:12)
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use writ_value::Value;

use super::ir::{Block, ConstId, Document, Func, Local, Operand, Plan, Stmt};
use super::opt::{self, Note, Stays};
use super::print::step;
use super::visit;
use crate::hir::Program;
use crate::source::{SourceMap, Span};

/// Places of a rule that are listed; the others are counted.
const PLACES: usize = 4;
/// From how many rules on it is worth saying that they are tried one by one.
const MANY: usize = 3;
/// A collection without a name.
const MADE_HERE: &str = "a collection made here";

/// Describes every function of an optimised plan. `is_native` tells which built-ins run inside the module. Cost: linear.
pub fn explain(
    plan: &Plan,
    notes: &[Note],
    program: &Program,
    sources: &SourceMap,
    is_native: &dyn Fn(&str) -> bool,
) -> String {
    let places = rule_places(program);
    let mut out = String::new();
    for (n, func) in plan.funcs.iter().enumerate() {
        let mut facts = Facts::new(plan, is_native);
        let own = || notes.iter().filter(|note| note.func() == n as u32);
        facts.stays = own().filter_map(Note::stays).collect();
        for param in 0..func.params {
            facts.origins.insert(Local(param), format!("argument {}", param + 1));
        }
        facts.block(&func.body, 0);
        let mut lines: Vec<(&str, String)> = Vec::new();
        if !facts.reads.is_empty() {
            lines.push(("reads", facts.reads.iter().cloned().collect::<Vec<_>>().join(", ")));
        }
        lines.extend(own().filter_map(|note| Some((note.label(), note.text(&facts)?))));
        lines.extend(facts.scans.iter().map(|scan| ("scans", scan.clone())));
        if let Some(text) = one_by_one(func) {
            lines.push(("costly", text));
        }
        lines.extend(facts.costly.iter().map(|text| ("costly", text.clone())));
        if lines.is_empty() {
            continue;
        }
        // An entrypoint's function does the work of its rule where nobody else asks for that.
        let name = func.name.strip_prefix("entrypoint ").filter(|name| places.contains_key(*name));
        let name = name.unwrap_or(&func.name);
        let _ = write!(out, "{name}");
        if let Some(spans) = places.get(name) {
            let shown: Vec<String> = spans.iter().take(PLACES).map(|span| place(sources, *span)).collect();
            let more = match spans.len().saturating_sub(PLACES) {
                0 => String::new(),
                more => format!(", and {more} more"),
            };
            let _ = write!(out, " ({}{more})", shown.join(", "));
        }
        out.push('\n');
        for (label, text) in lines {
            let _ = writeln!(out, "  {label:<8} {text}");
        }
    }
    out
}

/// Where the rules of each group stand, by the name of its function.
fn rule_places(program: &Program) -> BTreeMap<String, Vec<Span>> {
    let mut places: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for group in &program.groups {
        let mut name = String::from("data");
        group.path.iter().for_each(|part| step(&mut name, part));
        places.entry(name).or_default().extend(group.rules.iter().map(|rule| rule.span));
    }
    places
}

fn place(sources: &SourceMap, span: Span) -> String {
    let position = sources.position(span);
    format!("{}:{}", sources.name(span), position.row)
}

/// Rules that are left as blocks side by side.
fn one_by_one(func: &Func) -> Option<String> {
    let rules = func.body.0.iter().filter(|stmt| matches!(stmt, Stmt::Block(body) if !is_indexed(body))).count();
    (rules >= MANY && func.name.starts_with("data.")).then(|| {
        format!("{rules} rules are tried one after the other: they share no test of one value for equality, membership or prefix")
    })
}

fn is_indexed(body: &Block) -> bool {
    body.0.iter().any(|stmt| {
        matches!(stmt, Stmt::Switch { .. } | Stmt::IndexLookup { .. })
            || matches!(stmt, Stmt::Get { source: Operand::Const(_), .. })
            || matches!(stmt, Stmt::Scan { source: Operand::Const(_), .. })
            || matches!(stmt, Stmt::Builtin { name, .. } if opt::is_index(name))
    })
}

/// What is found in one function.
struct Facts<'a> {
    plan: &'a Plan,
    is_native: &'a dyn Fn(&str) -> bool,
    /// Where locals come from, in words.
    origins: BTreeMap<Local, String>,
    reads: BTreeSet<String>,
    scans: BTreeSet<String>,
    /// Why loops over these stay scans.
    stays: Vec<(Operand, Stays)>,
    costly: BTreeSet<String>,
}

impl<'a> Facts<'a> {
    fn new(plan: &'a Plan, is_native: &'a dyn Fn(&str) -> bool) -> Self {
        Facts {
            plan,
            is_native,
            origins: BTreeMap::new(),
            reads: BTreeSet::new(),
            scans: BTreeSet::new(),
            stays: Vec::new(),
            costly: BTreeSet::new(),
        }
    }

    /// `loops` are around the block.
    fn block(&mut self, block: &Block, loops: usize) {
        for stmt in &block.0 {
            self.stmt(stmt, loops);
            let loops = loops + usize::from(matches!(stmt, Stmt::Scan { source, .. } if !self.is_lookup(*source)));
            stmt.blocks().for_each(|inner| self.block(inner, loops));
        }
    }

    fn is_lookup(&self, source: Operand) -> bool {
        match source {
            Operand::Local(local) => self.origins.get(&local).is_some_and(|origin| origin.is_empty()),
            Operand::Const(_) => true,
            Operand::Cell(_) => false,
        }
    }

    fn stmt(&mut self, stmt: &Stmt, loops: usize) {
        match stmt {
            Stmt::InputPath { dst, path } => {
                let keys = self.plan.input_paths.get(path.0 as usize);
                let text = keys.into_iter().flatten().fold("input".to_owned(), below);
                self.reads.insert(text.clone());
                self.origins.insert(*dst, text);
            }
            Stmt::DataPath { dst, path } => {
                let text = self.data(path);
                self.reads.insert(text.clone());
                self.origins.insert(*dst, text);
            }
            Stmt::Document { dst, document } => {
                let text = match document {
                    Document::Input => "input",
                    Document::Data => "data",
                };
                self.reads.insert(format!("{text} (all of it)"));
                self.origins.insert(*dst, text.to_owned());
            }
            Stmt::Get { dst, source: Operand::Local(of), key } => {
                let origin = self.origins.get(of).filter(|origin| !origin.is_empty()).cloned();
                let origin = origin.map(|origin| match key {
                    Operand::Const(id) => self.plan.constants.get(id.0 as usize).into_iter().fold(origin, below),
                    Operand::Local(_) | Operand::Cell(_) => format!("{origin}[…]"),
                });
                self.origins.extend(origin.map(|origin| (*dst, origin)));
            }
            // Rows of an index are few.
            Stmt::Get { dst, source: Operand::Const(_), .. } | Stmt::IndexLookup { dst, .. } => {
                self.origins.insert(*dst, String::new());
            }
            Stmt::Call { dst, func, .. } => {
                let callee = self.plan.funcs.get(func.0 as usize);
                self.origins.extend(callee.map(|f| (*dst, f.name.clone())));
                if let Some(callee) = callee
                    && loops > 0
                    && callee.params > 0
                {
                    self.costly.insert(format!("{} is called in every round of a loop", callee.name));
                }
            }
            Stmt::Scan { source, value, .. } if !self.is_lookup(*source) => self.scan(*source, *value, loops),
            Stmt::Select { source, value, .. } => {
                let known = self.name(*source);
                self.origins.extend(value.zip(known).map(|(value, origin)| (value, format!("{origin}[_]"))));
            }
            Stmt::Builtin { name, dst, .. } => {
                if !(self.is_native)(name) {
                    let often = if loops > 0 { ", in every round of a loop" } else { "" };
                    self.costly.insert(format!("{name} runs on the host: a call out of the module{often}"));
                }
                self.origins.extend(dst.map(|dst| (dst, format!("the result of {name}"))));
            }
            _ => visit::writes(stmt, &mut |local| _ = self.origins.remove(&local)),
        }
    }

    fn scan(&mut self, source: Operand, value: Option<Local>, loops: usize) {
        let known = self.name(source);
        let text = known.clone().unwrap_or_else(|| MADE_HERE.to_owned());
        self.scans.insert(if loops == 0 { text.clone() } else { format!("{text}, within {loops} other loop(s)") });
        if loops > 0 {
            let why = match self.stays.iter().find(|(of, _)| *of == source) {
                Some((_, Stays::OtherCollection)) => "; no index: it is another collection in each round",
                Some((_, Stays::NoTest)) => {
                    "; no index: it does not begin with a test of a part of the element for equality with something from outside of it"
                }
                None => "",
            };
            self.costly.insert(format!(
                "the loop over {text} runs once for each round of the loop around it, so its cost is the product of their lengths{why}"
            ));
        }
        self.origins.extend(value.zip(known).map(|(value, origin)| (value, format!("{origin}[_]"))));
    }

    /// Where a collection comes from, if that is known.
    fn name(&self, source: Operand) -> Option<String> {
        match source {
            Operand::Local(local) => self.origins.get(&local).filter(|origin| !origin.is_empty()).cloned(),
            Operand::Const(_) | Operand::Cell(_) => None,
        }
    }

    fn data(&self, path: &[ConstId]) -> String {
        path.iter().filter_map(|id| self.plan.constants.get(id.0 as usize)).fold("data".to_owned(), below)
    }
}

fn below(mut text: String, key: &Value) -> String {
    step(&mut text, key);
    text
}

impl Note {
    /// Number of the function that it is about.
    pub fn func(&self) -> u32 {
        match self {
            Note::Table { func, .. }
            | Note::Switch { func, .. }
            | Note::Join { func, .. }
            | Note::Select { func, .. }
            | Note::Scan { func, .. } => *func,
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Note::Table { by, .. } if by.is_empty() => "table",
            Note::Table { .. } | Note::Switch { .. } => "indexed",
            Note::Join { .. } | Note::Select { .. } | Note::Scan { .. } => "join",
        }
    }

    fn stays(&self) -> Option<(Operand, Stays)> {
        match self {
            Note::Scan { source, why, .. } => Some((*source, *why)),
            _ => None,
        }
    }

    /// In words; `None` where another line says it.
    fn text(&self, facts: &Facts<'_>) -> Option<String> {
        Some(match self {
            Note::Table { rules, by, .. } if by.is_empty() => {
                format!("{rules} rules of one shape are gone through row by row: no test of theirs can be looked up")
            }
            Note::Table { rules, by, how, .. } => format!("{rules} rules by {how} of {} (table)", by.join(", then ")),
            Note::Switch { rules, by, cases, .. } => format!("{rules} rules by {by} ({cases} cases)"),
            Note::Join { source, key, .. } => format!("{source} by the value of {key} (index made with the data)"),
            Note::Select { source, part, .. } => {
                let by = match part.as_deref() {
                    None => "its keys".to_owned(),
                    Some("") => "its elements".to_owned(),
                    Some(path) => format!("the value of {path}"),
                };
                let source = facts.name(*source).unwrap_or_else(|| MADE_HERE.to_owned());
                format!("{source} by {by} (index made when it is asked again)")
            }
            Note::Scan { .. } => return None,
        })
    }
}
