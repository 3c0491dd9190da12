//! Makes a program smaller while something about it stays true.
//!
//! A walk over the program offers edits in a fixed order: leave something out, or put something simpler in its place. The shrinker tries
//! them one by one and keeps those after which the program still has the property.

use writ_value::{Object, Value};

use crate::generate::value_term;
use crate::program::{Head, Literal, Package, Program, Rule, TemplatePart, Term};

/// The smallest program found that still has the property. Asks at most `max_tries` times.
pub fn shrink(program: &Program, max_tries: usize, mut holds: impl FnMut(&Program) -> bool) -> Program {
    let mut best = program.clone();
    let mut tries = 0;
    loop {
        let mut improved = false;
        let mut at = 0;
        while tries < max_tries {
            let mut candidate = best.clone();
            let mut edit = Edit { left: Some(at) };
            edit.program(&mut candidate);
            if edit.left.is_some() {
                break;
            }
            tries += 1;
            if candidate != best && holds(&candidate) {
                best = candidate;
                improved = true;
            } else {
                at += 1;
            }
        }
        if !improved || tries >= max_tries {
            return best;
        }
    }
}

/// The edit to make: how many to pass over first; `None` once it is made.
struct Edit {
    left: Option<usize>,
}

impl Edit {
    /// True if it is the turn of the edit that is offered.
    fn turn(&mut self) -> bool {
        match self.left {
            Some(0) => {
                self.left = None;
                true
            }
            Some(n) => {
                self.left = Some(n - 1);
                false
            }
            None => false,
        }
    }

    fn done(&self) -> bool {
        self.left.is_none()
    }

    /// Offers to leave out each item.
    fn remove<T>(&mut self, items: &mut Vec<T>) {
        for i in 0..items.len() {
            if self.turn() {
                items.remove(i);
                return;
            }
        }
    }

    fn switch_off(&mut self, flag: &mut bool) {
        if *flag && self.turn() {
            *flag = false;
        }
    }

    fn program(&mut self, program: &mut Program) {
        self.remove(&mut program.rules);
        self.remove(&mut program.queries);
        self.switch_off(&mut program.v0);
        self.switch_off(&mut program.strict);
        if program.rules.iter().any(|rule| rule.package == Package::Library) && self.turn() {
            program.rules.iter_mut().for_each(|rule| rule.package = Package::Main);
        }
        for rule in &mut program.rules {
            if self.done() {
                return;
            }
            self.rule(rule);
        }
        for query in &mut program.queries {
            self.remove(query);
            self.body(query);
        }
        if let Some(input) = &mut program.input {
            self.value(input);
        }
        if let Value::Object(data) = &program.data
            && let Some(base) = data.get(&Value::from("base"))
        {
            let mut base = base.clone();
            self.value(&mut base);
            let mut all = data.as_ref().clone();
            all.insert(Value::from("base"), base);
            program.data = Value::from(all);
        }
    }

    fn rule(&mut self, rule: &mut Rule) {
        self.remove(&mut rule.elses);
        self.remove(&mut rule.path);
        self.remove(&mut rule.body);
        if !matches!(rule.head, Head::True) && !rule.default && self.turn() {
            rule.head = Head::True;
            return;
        }
        rule.path.iter_mut().for_each(|t| self.term(t));
        self.body(&mut rule.body);
        match &mut rule.head {
            Head::True => {}
            Head::Value(t) | Head::Member(t) => self.term(t),
        }
        for (value, body) in &mut rule.elses {
            self.term(value);
            self.remove(body);
            self.body(body);
        }
    }

    fn body(&mut self, body: &mut [Literal]) {
        body.iter_mut().for_each(|l| self.literal(l));
    }

    fn literal(&mut self, l: &mut Literal) {
        if self.done() {
            return;
        }
        if let Literal::Not(inner) | Literal::With(inner, ..) = l
            && self.turn()
        {
            *l = (**inner).clone();
            return;
        }
        if let Literal::NotBody(body) | Literal::Every(_, _, _, body) = l
            && body.len() == 1
            && self.turn()
        {
            *l = body.swap_remove(0);
            return;
        }
        match l {
            Literal::Term(t) => self.term(t),
            Literal::Assign(_, b) => self.term(b),
            Literal::Unify(a, b) => {
                self.term(a);
                self.term(b);
            }
            Literal::Some(_) => {}
            Literal::SomeIn(key, value, domain) => {
                if key.is_some() && self.turn() {
                    *key = None;
                    return;
                }
                self.term(value);
                self.term(domain);
            }
            Literal::Every(_, _, domain, body) => {
                self.term(domain);
                self.remove(body);
                self.body(body);
            }
            Literal::Not(inner) => self.literal(inner),
            Literal::NotBody(body) => {
                self.remove(body);
                self.body(body);
            }
            Literal::Logic(_, a, b) => {
                for side in [a, b] {
                    self.remove(side);
                    self.body(side);
                }
            }
            Literal::With(inner, _, value) => {
                self.literal(inner);
                self.term(value);
            }
        }
    }

    /// Offers to put `with` in the place of `t`.
    fn replace(&mut self, t: &mut Term, with: Term) -> bool {
        if *t != with && self.turn() {
            *t = with;
            return true;
        }
        false
    }

    fn term(&mut self, t: &mut Term) {
        if self.done() || matches!(t, Term::Name(_)) {
            return;
        }
        for part in parts(t) {
            if self.replace(t, part) {
                return;
            }
        }
        if !matches!(t, Term::Scalar(_)) {
            for simple in [Term::Scalar(Value::Null), Term::int(1), Term::str("a"), Term::Array(Vec::new())] {
                if self.replace(t, simple) {
                    return;
                }
            }
        }
        match t {
            Term::Scalar(value) => self.value(value),
            Term::Name(_) => {}
            Term::Ref(base, path) => {
                self.remove(path);
                if !matches!(**base, Term::Name(_)) {
                    self.term(base);
                }
                path.iter_mut().for_each(|t| self.term(t));
            }
            Term::Call(_, args) => args.iter_mut().for_each(|t| self.term(t)),
            Term::Infix(_, a, b) => {
                self.term(a);
                self.term(b);
            }
            Term::In(key, value, domain) => {
                key.iter_mut().for_each(|t| self.term(t));
                self.term(value);
                self.term(domain);
            }
            Term::Array(items) | Term::Set(items) => {
                self.remove(items);
                items.iter_mut().for_each(|t| self.term(t));
            }
            Term::Object(entries) => {
                self.remove(entries);
                for (key, value) in entries {
                    self.term(key);
                    self.term(value);
                }
            }
            Term::ArrayCompr(head, body) | Term::SetCompr(head, body) => {
                self.remove(body);
                self.body(body);
                self.term(head);
            }
            Term::ObjectCompr(head, body) => {
                self.remove(body);
                self.body(body);
                self.term(&mut head.0);
                self.term(&mut head.1);
            }
            Term::Template(parts) => {
                self.remove(parts);
                for part in parts {
                    if let TemplatePart::Expr(t) = part {
                        self.term(t);
                    }
                }
            }
        }
    }

    /// Offers simpler values, and to leave parts out.
    fn value(&mut self, value: &mut Value) {
        if self.done() {
            return;
        }
        let simple = [Value::Null, Value::from(0), Value::from(1), Value::from("")];
        for other in simple {
            let simpler = matches!(value, Value::Array(_) | Value::Object(_) | Value::Set(_))
                || (other.type_name() == value.type_name() && other < *value);
            if simpler && self.turn() {
                *value = other;
                return;
            }
        }
        match value {
            Value::Array(items) => {
                let mut items = items.as_ref().clone();
                self.remove(&mut items);
                items.iter_mut().for_each(|v| self.value(v));
                *value = Value::from(items);
            }
            Value::Set(items) => {
                let mut items: Vec<Value> = items.iter().cloned().collect();
                self.remove(&mut items);
                *value = Value::from(items.into_iter().collect::<writ_value::Set>());
            }
            Value::Object(entries) => {
                let mut entries: Vec<(Value, Value)> = entries.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                self.remove(&mut entries);
                entries.iter_mut().for_each(|(_, v)| self.value(v));
                *value = Value::from(entries.into_iter().collect::<Object>());
            }
            _ => {}
        }
    }
}

/// Terms inside of a term that could stand in its place.
fn parts(t: &Term) -> Vec<Term> {
    match t {
        Term::Scalar(_) | Term::Name(_) | Term::ArrayCompr(..) | Term::SetCompr(..) | Term::ObjectCompr(..) => {
            Vec::new()
        }
        Term::Ref(base, _) => match **base {
            Term::Name(_) => Vec::new(),
            _ => vec![(**base).clone()],
        },
        Term::Call(_, args) => args.clone(),
        Term::Infix(_, a, b) => vec![(**a).clone(), (**b).clone()],
        Term::In(key, value, domain) => {
            key.iter().map(|k| (**k).clone()).chain([(**value).clone(), (**domain).clone()]).collect()
        }
        Term::Array(items) | Term::Set(items) => items.clone(),
        Term::Object(entries) => entries.iter().map(|(_, v)| v.clone()).collect(),
        Term::Template(parts) => parts
            .iter()
            .map(|part| match part {
                TemplatePart::Text(text) => value_term(&Value::from(text.as_str())),
                TemplatePart::Expr(t) => t.clone(),
            })
            .collect(),
    }
}
