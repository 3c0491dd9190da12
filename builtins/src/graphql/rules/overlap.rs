//! The rule that fields which share a name in the response must be the same field with the same arguments and type,
//! also across fragments, by the pairwise comparison of the GraphQL reference implementation.

use std::collections::{HashMap, HashSet};

use super::super::ast::{Argument, Field, Kind, Literal, Pos, Selection, Type};
use super::super::validate::Validator;

/// Pairs of fragments that were compared, and whether as ones that cannot apply together.
#[derive(Debug, Default)]
pub(in super::super) struct Compared<'a> {
    pairs: HashMap<(&'a str, &'a str), bool>,
    /// Fragments that the current set of fields was compared with.
    fragments: HashSet<&'a str>,
}

impl<'a> Compared<'a> {
    /// Notes a pair; false if it was compared already under the same or a wider assumption.
    fn insert(&mut self, a: &'a str, b: &'a str, exclusive: bool) -> bool {
        match self.pairs.get(&(a, b)) {
            Some(&known) if exclusive || !known => return false,
            _ => {}
        }
        self.pairs.insert((a, b), exclusive);
        self.pairs.insert((b, a), exclusive);
        true
    }
}

/// Why two fields do not go together.
struct Conflict<'a> {
    name: &'a str,
    pos: Pos,
    reason: Reason<'a>,
}

enum Reason<'a> {
    Text(String),
    Below(Vec<Conflict<'a>>),
}

impl Conflict<'_> {
    fn text(&self) -> String {
        match &self.reason {
            Reason::Text(t) => t.clone(),
            Reason::Below(conflicts) => {
                let parts: Vec<String> = conflicts
                    .iter()
                    .map(|c| format!("subfields \"{}\" conflict because {}", c.name, c.text()))
                    .collect();
                parts.join(" and ")
            }
        }
    }
}

/// The fields of a selection by response name in order of appearance, and the fragments that it spreads.
#[derive(PartialEq)]
struct Collected<'a> {
    fields: Vec<(&'a str, Vec<&'a Field>)>,
    index: HashMap<&'a str, usize>,
    spreads: Vec<&'a str>,
}

impl PartialEq for Field {
    /// Identity: the same place in the tree.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

fn collect(selections: &[Selection]) -> Collected<'_> {
    let mut out = Collected { fields: Vec::new(), index: HashMap::new(), spreads: Vec::new() };
    let mut stack: Vec<std::slice::Iter<'_, Selection>> = vec![selections.iter()];
    while let Some(top) = stack.last_mut() {
        match top.next() {
            None => {
                stack.pop();
            }
            Some(Selection::Inline(i)) => stack.push(i.selections.iter()),
            Some(Selection::Spread(s)) => out.spreads.push(&s.name),
            Some(Selection::Field(f)) => {
                let name = f.response_name();
                let at = *out.index.entry(name).or_insert_with(|| {
                    out.fields.push((name, Vec::new()));
                    out.fields.len() - 1
                });
                out.fields[at].1.push(f);
            }
        }
    }
    out
}

/// Reports conflicts within a selection.
pub(super) fn check<'a>(v: &mut Validator<'a>, selections: &'a [Selection]) {
    if selections.is_empty() {
        return;
    }
    let set = collect(selections);
    let mut conflicts = Vec::new();
    for (_, fields) in &set.fields {
        for (i, a) in fields.iter().enumerate() {
            for b in &fields[i + 1..] {
                conflicts.extend(compare(v, false, a, b));
            }
        }
    }
    v.compared.fragments.clear();
    for (i, a) in set.spreads.iter().enumerate() {
        with_fragment(v, &mut conflicts, false, &set, a);
        for b in &set.spreads[i + 1..] {
            between_fragments(v, &mut conflicts, false, a, b);
        }
    }
    for c in conflicts {
        let text = format!(
            "Fields \"{}\" conflict because {}. Use different aliases on the fields to fetch both if this was intentional.",
            c.name,
            c.text()
        );
        v.error(c.pos, text);
    }
}

fn with_fragment<'a>(
    v: &mut Validator<'a>,
    conflicts: &mut Vec<Conflict<'a>>,
    exclusive: bool,
    set: &Collected<'a>,
    name: &'a str,
) {
    if !v.step() || !v.compared.fragments.insert(name) {
        return;
    }
    let Some(fragment) = v.fragments.get(name).copied() else { return };
    let other = collect(&fragment.selections);
    if set.fields == other.fields {
        return;
    }
    between(v, conflicts, exclusive, set, &other);
    for inner in other.spreads {
        if inner != name {
            with_fragment(v, conflicts, exclusive, set, inner);
        }
    }
}

fn between_fragments<'a>(
    v: &mut Validator<'a>,
    conflicts: &mut Vec<Conflict<'a>>,
    exclusive: bool,
    a: &'a str,
    b: &'a str,
) {
    if !v.step() || a == b || !v.compared.insert(a, b, exclusive) {
        return;
    }
    let (Some(fa), Some(fb)) = (v.fragments.get(a).copied(), v.fragments.get(b).copied()) else { return };
    let (set_a, set_b) = (collect(&fa.selections), collect(&fb.selections));
    between(v, conflicts, exclusive, &set_a, &set_b);
    for inner in set_b.spreads {
        between_fragments(v, conflicts, exclusive, a, inner);
    }
    for inner in set_a.spreads {
        between_fragments(v, conflicts, exclusive, inner, b);
    }
}

fn between<'a>(
    v: &mut Validator<'a>,
    conflicts: &mut Vec<Conflict<'a>>,
    exclusive: bool,
    a: &Collected<'a>,
    b: &Collected<'a>,
) {
    for (name, fields) in &a.fields {
        let Some(&at) = b.index.get(name) else { continue };
        for x in fields {
            for y in &b.fields[at].1 {
                conflicts.extend(compare(v, exclusive, x, y));
            }
        }
    }
}

fn compare<'a>(v: &mut Validator<'a>, exclusive: bool, a: &'a Field, b: &'a Field) -> Option<Conflict<'a>> {
    if !v.step() {
        return None;
    }
    let (info_a, info_b) = (v.info(a), v.info(b));
    let (object_a, object_b) = (&v.schema.types[info_a.object?], &v.schema.types[info_b.object?]);
    let exclusive = exclusive
        || (object_a.name != object_b.name
            && object_a.kind == "OBJECT"
            && object_b.kind == "OBJECT"
            && info_a.definition.is_some()
            && info_b.definition.is_some());
    let conflict = |reason| Some(Conflict { name: a.response_name(), pos: b.pos, reason });
    if !exclusive {
        if a.name != b.name {
            return conflict(Reason::Text(format!("\"{}\" and \"{}\" are different fields", a.name, b.name)));
        }
        if !same_arguments(&a.arguments, &b.arguments) {
            return conflict(Reason::Text("they have differing arguments".to_owned()));
        }
    }
    if let (Some(x), Some(y)) = (info_a.definition, info_b.definition)
        && types_conflict(v, &x.ty, &y.ty)
    {
        let text = format!("they return conflicting types \"{}\" and \"{}\"", x.ty.text(), y.ty.text());
        return conflict(Reason::Text(text));
    }
    let below = below(v, exclusive, &a.selections, &b.selections);
    if below.is_empty() { None } else { conflict(Reason::Below(below)) }
}

fn below<'a>(v: &mut Validator<'a>, exclusive: bool, a: &'a [Selection], b: &'a [Selection]) -> Vec<Conflict<'a>> {
    let mut conflicts = Vec::new();
    let (a, b) = (collect(a), collect(b));
    between(v, &mut conflicts, exclusive, &a, &b);
    for name in &b.spreads {
        v.compared.fragments.clear();
        with_fragment(v, &mut conflicts, exclusive, &a, name);
    }
    for name in &a.spreads {
        v.compared.fragments.clear();
        with_fragment(v, &mut conflicts, exclusive, &b, name);
    }
    for x in &a.spreads {
        for y in &b.spreads {
            between_fragments(v, &mut conflicts, exclusive, x, y);
        }
    }
    conflicts
}

fn same_arguments(a: &[Argument], b: &[Argument]) -> bool {
    a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| x.name == y.name && same_literal(&x.value, &y.value)))
}

fn same_literal(a: &Literal, b: &Literal) -> bool {
    if a.kind != b.kind || a.raw != b.raw || a.children.len() != b.children.len() {
        return false;
    }
    let order = |l: &Literal| {
        let mut order: Vec<usize> = (0..l.children.len()).collect();
        if l.kind == Kind::Object {
            order.sort_by(|&x, &y| l.children[x].name.cmp(&l.children[y].name));
        }
        order
    };
    order(a).into_iter().zip(order(b)).all(|(i, j)| {
        let (x, y) = (&a.children[i], &b.children[j]);
        x.name == y.name && same_literal(&x.value, &y.value)
    })
}

fn types_conflict(v: &Validator<'_>, a: &Type, b: &Type) -> bool {
    match (&a.element, &b.element) {
        (Some(x), Some(y)) => return types_conflict(v, x, y),
        (None, None) => {}
        _ => return true,
    }
    if a.non_null != b.non_null {
        return true;
    }
    match (v.schema.get(&a.named), v.schema.get(&b.named)) {
        (Some(x), Some(y)) => x.is_leaf() && y.is_leaf() && x.name != y.name,
        _ => false,
    }
}
