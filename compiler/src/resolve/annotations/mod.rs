//! `# METADATA` blocks: what they annotate, `rego.metadata.*`, and entrypoints.

mod block;
mod list;
mod yaml;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use writ_value::Value;

use self::block::{Block, Scope};
pub(crate) use self::list::list;
use super::index::{Index, RuleEntry, package_path};
use super::report::{Reports, Stage};
use super::text;
use crate::diag::{Code, Diagnostic};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, AnnotationTarget};
use crate::syntax::ast_util::{Visitor, walk_rule, walk_term};

/// What `rego.metadata.*` gives in one branch.
#[derive(Debug)]
pub(super) struct Metadata {
    /// `rego.metadata.rule()`.
    pub(super) rule: Value,
    /// `rego.metadata.chain()`.
    pub(super) chain: Value,
}

/// What `rego.metadata.*` gives in one rule.
#[derive(Debug)]
pub(super) struct RuleMetadata {
    /// In the rule itself.
    pub(super) rule: Metadata,
    /// In an `else`, to which the rule's own annotations do not belong.
    pub(super) else_branch: Metadata,
}

/// A block at its target.
#[derive(Debug)]
struct Attached {
    block: Block,
    path: Vec<Value>,
    span: Span,
}

/// All blocks of a compilation.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    blocks: Vec<Attached>,
    by_rule: FxHashMap<(usize, usize), Vec<usize>>,
    by_package: BTreeMap<Vec<Value>, usize>,
    /// Scopes `document` and `subpackages`.
    by_path: BTreeMap<Vec<Value>, usize>,
    /// Modules that call `rego.metadata.*`.
    asked: Vec<bool>,
}

impl Annotations {
    /// Parses and attaches all blocks.
    pub(super) fn new(index: &Index<'_>, sources: &SourceMap, reports: &mut Reports) -> Self {
        let mut result = Annotations::default();
        for (m, module) in index.modules.iter().enumerate() {
            result.asked.push(calls_metadata(module));
            for annotation in &module.annotations {
                let target = annotation.target;
                match Block::parse(annotation) {
                    Ok(block) => result.attach(m, module, annotation.span, target, block, sources, reports),
                    Err(error) => reports.error(Stage::Annotations, *error),
                }
            }
        }
        result
    }

    fn attach(
        &mut self,
        module_number: usize,
        module: &ast::Module,
        span: Span,
        target: AnnotationTarget,
        mut block: Block,
        sources: &SourceMap,
        reports: &mut Reports,
    ) {
        block.default_scope(target);
        let errors = block.misplaced(target, span);
        if !errors.is_empty() {
            errors.into_iter().for_each(|e| reports.error(Stage::Annotations, e));
            return;
        }
        let package = package_path(&module.package);
        let path = match target {
            AnnotationTarget::Rule(i) => match module.rules.get(i) {
                Some(rule) => super::index::ground_prefix(&package, &rule.head.reference).0,
                None => return,
            },
            _ => package,
        };
        let number = self.blocks.len();
        let earlier = match block.scope {
            Scope::Rule => {
                if let AnnotationTarget::Rule(i) = target {
                    self.by_rule.entry((module_number, i)).or_default().push(number);
                }
                None
            }
            Scope::Package => self.by_package.insert(path.clone(), number),
            Scope::Document | Scope::Subpackages => self.by_path.insert(path.clone(), number),
            Scope::Other => None,
        };
        if let Some(earlier) = earlier.and_then(|e| self.blocks.get(e)) {
            let place = text::place(sources, earlier.span);
            let message = format!("{} annotation redeclared: {place}", block.scope_name);
            let diagnostic =
                Diagnostic::error(Code::Type, span, message).with_label(earlier.span, "first declared here");
            reports.error(Stage::Annotations, diagnostic);
        }
        self.blocks.push(Attached { block, path, span });
    }

    /// Paths of rules and packages with `entrypoint: true`, in order, each once.
    pub(super) fn entrypoints(&self) -> Vec<Vec<Value>> {
        let mut paths: Vec<Vec<Value>> =
            self.blocks.iter().filter(|b| b.block.entrypoint).map(|b| b.path.clone()).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// What `rego.metadata.*` gives in a rule, if its module asks.
    pub(super) fn of_rule(&self, index: &Index<'_>, entry: &RuleEntry<'_>) -> Option<RuleMetadata> {
        if !self.asked.get(entry.module).copied().unwrap_or(false) {
            return None;
        }
        let module = index.modules.get(entry.module)?;
        let number = module.rules.iter().position(|r| std::ptr::eq(r, entry.rule))?;
        let own: Vec<&Attached> = self
            .by_rule
            .get(&(entry.module, number))
            .into_iter()
            .flatten()
            .filter_map(|b| self.blocks.get(*b))
            .collect();
        let first = own.first().map_or_else(Value::empty_object, |b| b.block.value.clone());
        Some(RuleMetadata {
            rule: Metadata { rule: first, chain: self.chain(&own, entry, module) },
            else_branch: Metadata { rule: Value::empty_object(), chain: self.chain(&[], entry, module) },
        })
    }

    /// From the rule outward: its own blocks from the nearest, its document's, its package's, those of packages around it.
    fn chain(&self, own: &[&Attached], entry: &RuleEntry<'_>, module: &ast::Module) -> Value {
        let mut links: Vec<Value> = own.iter().rev().map(|b| link(&b.path, Some(b))).collect();
        if links.is_empty() {
            links.push(link(&entry.path, None));
        }
        let at = |map: &BTreeMap<Vec<Value>, usize>, path: &[Value]| {
            map.get(path).and_then(|b| self.blocks.get(*b)).map(|b| link(&b.path, Some(b)))
        };
        let package = package_path(&module.package);
        links.extend(at(&self.by_path, &entry.path));
        links.extend(at(&self.by_package, &package));
        for n in (1..=package.len()).rev() {
            links.extend(package.get(..n).and_then(|path| at(&self.by_path, path)));
        }
        Value::from(links)
    }
}

fn link(path: &[Value], attached: Option<&Attached>) -> Value {
    let mut entries = vec![("path", Value::from(path.to_vec()))];
    if let Some(attached) = attached {
        entries.push(("annotations", attached.block.value.clone()));
    }
    Value::object(entries)
}

/// True if some rule calls `rego.metadata.rule` or `rego.metadata.chain`.
fn calls_metadata(module: &ast::Module) -> bool {
    struct Search(bool);
    impl Visitor for Search {
        fn term(&mut self, term: &ast::Term) {
            if let Some(call) = term.as_call() {
                self.0 |= call.function.is_named("rego.metadata.rule") || call.function.is_named("rego.metadata.chain");
            }
            walk_term(self, term);
        }
    }
    let mut search = Search(false);
    module.rules.iter().for_each(|r| walk_rule(&mut search, r));
    search.0
}
