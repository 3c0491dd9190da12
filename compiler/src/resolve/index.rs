//! What all modules define, known before any body is looked at: rules by path, packages, arities.

use std::collections::BTreeMap;

use writ_value::Value;

use super::report::{Reports, Stage};
use crate::diag::{Code, Diagnostic};
use crate::hir::GroupId;
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::constant;

/// Most steps in the path of a rule, its package included. The tree of documents is as high as its longest path.
const MAX_PATH: usize = 256;

/// A rule of some module.
#[derive(Debug)]
pub(super) struct RuleEntry<'a> {
    /// The module that it stands in.
    pub(super) module: usize,
    /// The rule.
    pub(super) rule: &'a ast::Rule,
    /// The path below `data` up to the first step that is not a scalar.
    pub(super) path: Vec<Value>,
    /// True if there are such steps: the rule defines parts of an object.
    pub(super) dynamic: bool,
    /// The group that it belongs to.
    pub(super) group: GroupId,
}

impl RuleEntry<'_> {
    /// Number of parameters.
    pub(super) fn arity(&self) -> usize {
        self.rule.head.args.as_ref().map_or(0, Vec::len)
    }

    /// A set rule (`contains`).
    pub(super) fn is_set(&self) -> bool {
        self.rule.head.kind == ast::HeadKind::Set
    }
}

/// A place in the tree of rules.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Deeper places.
    pub(super) children: BTreeMap<Value, Place>,
    /// Rules whose ground path ends here: positions in [`Index::rules`], in source order.
    pub(super) rules: Vec<usize>,
    /// Modules whose package this is.
    pub(super) modules: Vec<usize>,
    /// The group that owns this place.
    pub(super) group: Option<GroupId>,
}

impl Place {
    /// The place at `path` below this one.
    pub(super) fn find<'p>(&self, path: impl IntoIterator<Item = &'p Value>) -> Option<&Place> {
        path.into_iter().try_fold(self, |place, step| place.children.get(step))
    }

    fn find_or_make(&mut self, path: &[Value]) -> &mut Place {
        path.iter().fold(self, |place, step| place.children.entry(step.clone()).or_default())
    }

    /// True if some rule here has variables in its head.
    pub(super) fn is_dynamic(&self, rules: &[RuleEntry<'_>]) -> bool {
        self.rules.iter().any(|r| rules.get(*r).is_some_and(|r| r.dynamic))
    }

    /// Calls `f` for each rule at or below this place. The tree is no deeper than a reference may be long, but that may be
    /// long: hence the list instead of recursion.
    pub(super) fn each_rule(&self, f: &mut dyn FnMut(usize)) {
        let mut open = vec![self];
        while let Some(place) = open.pop() {
            place.rules.iter().for_each(|r| f(*r));
            open.extend(place.children.values().rev());
        }
    }
}

/// All rules and packages.
#[derive(Debug)]
pub(super) struct Index<'a> {
    /// The modules, in the order given.
    pub(super) modules: &'a [ast::Module],
    /// All rules, by module and place.
    pub(super) rules: Vec<RuleEntry<'a>>,
    /// The tree below `data`.
    pub(super) root: Place,
    /// Number of groups.
    pub(super) groups: u32,
    /// Packages and rules that are left out because their paths are too long.
    too_long: Vec<Span>,
}

impl<'a> Index<'a> {
    /// Reads the heads of all rules.
    pub(super) fn new(modules: &'a [ast::Module]) -> Self {
        let mut index = Index { modules, rules: Vec::new(), root: Place::default(), groups: 0, too_long: Vec::new() };
        for (m, module) in modules.iter().enumerate() {
            let package = package_path(&module.package);
            if package.len() > MAX_PATH {
                index.too_long.push(module.package.span);
                continue;
            }
            index.root.find_or_make(&package).modules.push(m);
            for rule in &module.rules {
                if package.len() + 1 + rule.head.reference.path.len() > MAX_PATH {
                    index.too_long.push(rule.span);
                    continue;
                }
                let (path, dynamic) = ground_prefix(&package, &rule.head.reference);
                index.root.find_or_make(&path).rules.push(index.rules.len());
                index.rules.push(RuleEntry { module: m, rule, path, dynamic, group: GroupId(0) });
            }
        }
        index.number_groups();
        index
    }

    /// Reports what exceeds a limit.
    pub(super) fn report_limits(&self, reports: &mut Reports) {
        for span in &self.too_long {
            let message = format!("path of a rule or package has more than {MAX_PATH} parts");
            reports.error(Stage::Annotations, Diagnostic::error(Code::Limit, *span, message));
        }
    }

    /// Gives each place with rules its group; a place with variables in a head owns everything below.
    fn number_groups(&mut self) {
        let mut open: Vec<(&mut Place, Option<GroupId>)> = vec![(&mut self.root, None)];
        while let Some((place, mut owner)) = open.pop() {
            if owner.is_some() || !place.rules.is_empty() {
                let group = owner.unwrap_or(GroupId(self.groups));
                if owner.is_none() {
                    self.groups += 1;
                }
                place.group = Some(group);
                if place.is_dynamic(&self.rules) {
                    owner = Some(group);
                }
                for r in &place.rules {
                    if let Some(entry) = self.rules.get_mut(*r) {
                        entry.group = group;
                    }
                }
            }
            open.extend(place.children.values_mut().rev().map(|child| (child, owner)));
        }
    }

    /// Rules whose ground path is exactly `path`.
    pub(super) fn rules_at<'s, 'p>(
        &'s self,
        path: impl IntoIterator<Item = &'p Value>,
    ) -> impl Iterator<Item = &'s RuleEntry<'a>> {
        let found = self.root.find(path).map_or(&[][..], |place| &place.rules);
        found.iter().filter_map(|r| self.rules.get(*r))
    }
}

/// The path of a package below `data`.
pub(super) fn package_path(package: &ast::Package) -> Vec<Value> {
    package.path.iter().map(|n| Value::from(&*n.text)).collect()
}

/// The steps of a rule's reference up to the first that is no scalar, below its package; and whether there is such a step.
pub(super) fn ground_prefix(package: &[Value], reference: &ast::Ref) -> (Vec<Value>, bool) {
    let mut path = package.to_vec();
    path.push(Value::from(reference.head_name().unwrap_or("")));
    for arg in &reference.path {
        match constant::scalar(&arg.term) {
            Some(value) => path.push(value),
            None => return (path, true),
        }
    }
    (path, false)
}
