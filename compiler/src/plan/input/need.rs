//! How much of a value its readers look at: the value itself, and below it a tree of keys.

use std::collections::BTreeMap;

use writ_value::Value;

/// What must be known of a value. The least need is its type and, for scalars, the value; the contents of collections are extra.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
    /// Everything below it. The other fields are empty then.
    pub whole: bool,
    /// Elements by constant key: strings of objects, positions of arrays.
    pub fields: BTreeMap<Value, Need>,
    /// Every element: all keys, and this much of each value.
    pub elements: Option<Box<Need>>,
}

impl Need {
    /// Everything.
    pub fn whole() -> Need {
        Need { whole: true, ..Need::default() }
    }

    /// All elements, and `of_each` of every one.
    pub fn elements(of_each: Need) -> Need {
        Need { elements: Some(Box::new(of_each)), ..Need::default() }
    }

    /// The element at a key, and `of_it` of that.
    pub fn field(key: Value, of_it: Need) -> Need {
        Need { fields: BTreeMap::from([(key, of_it)]), ..Need::default() }
    }

    /// Adds what `other` needs. True when that was not needed before.
    pub fn add(&mut self, other: &Need) -> bool {
        if self.whole {
            return false;
        }
        if other.whole {
            *self = Need::whole();
            return true;
        }
        let mut more = false;
        for (key, need) in &other.fields {
            match self.fields.get_mut(key) {
                Some(mine) => more |= mine.add(need),
                None => {
                    self.fields.insert(key.clone(), need.clone());
                    more = true;
                }
            }
        }
        match (&mut self.elements, &other.elements) {
            (Some(mine), Some(theirs)) => more |= mine.add(theirs),
            (None, Some(theirs)) => {
                self.elements = Some(theirs.clone());
                more = true;
            }
            (_, None) => {}
        }
        more
    }

    /// Levels of keys below the value.
    pub fn depth(&self) -> usize {
        let below = self.fields.values().chain(self.elements.as_deref());
        below.map(|need| need.depth() + 1).max().unwrap_or(0)
    }
}
