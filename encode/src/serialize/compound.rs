//! Arrays and objects of a `Serialize` value.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use writ_abi::Word;

use super::key::Key;
use super::{At, Failure, Walk};
use crate::frame::Lists;
use crate::projection::{NO_SLOT, Node};
use crate::words::Piece;

/// An array or object that is being written.
pub(crate) struct Compound<'w, 'f, 's> {
    walk: &'w mut Walk<'f, 's>,
    /// `None` where nothing of it is read.
    node: Option<&'f Node>,
    wanted: bool,
    /// Where its words begin in the scratch list.
    mark: usize,
    kind: Kind,
    /// Next position of an array, and how many positions with a node of their own have come.
    position: u32,
    named: usize,
    /// The object `{variant: …}` around it.
    outer: Option<Box<Outer<'f>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Array,
    Object,
}

struct Outer<'f> {
    node: Option<&'f Node>,
    variant: &'static str,
    wanted: bool,
}

impl<'w, 'f, 's> Compound<'w, 'f, 's> {
    #[inline(always)]
    pub(super) fn array(at: At<'w, 'f, 's>) -> Result<Self, Failure> {
        Self::open(at, Kind::Array)
    }

    #[inline(always)]
    pub(super) fn object(at: At<'w, 'f, 's>) -> Result<Self, Failure> {
        Self::open(at, Kind::Object)
    }

    /// `{variant: […]}`
    pub(super) fn array_in(at: At<'w, 'f, 's>, variant: &'static str) -> Result<Self, Failure> {
        Self::open(at, Kind::Array)?.inside(variant)
    }

    /// `{variant: {…}}`
    pub(super) fn object_in(at: At<'w, 'f, 's>, variant: &'static str) -> Result<Self, Failure> {
        Self::open(at, Kind::Object)?.inside(variant)
    }

    #[inline(always)]
    fn open(at: At<'w, 'f, 's>, kind: Kind) -> Result<Self, Failure> {
        let At { walk, node, wanted } = at;
        walk.deeper()?;
        let mark = walk.lists.words.len();
        Ok(Compound { walk, node: Some(node), wanted, mark, kind, position: 0, named: 0, outer: None })
    }

    fn inside(mut self, variant: &'static str) -> Result<Self, Failure> {
        self.walk.deeper()?;
        let below = self.below(Piece::new(variant.as_bytes()));
        let kept = self.keeps(below);
        self.outer = Some(Box::new(Outer { node: self.node, variant, wanted: self.wanted }));
        self.node = below;
        self.wanted = kept || below.is_some_and(|below| below.slot != NO_SLOT);
        Ok(self)
    }

    #[inline(always)]
    fn below(&self, key: Piece<'_>) -> Option<&'f Node> {
        let node = self.node?;
        let below = node.fields.get(key).or(node.elements)?;
        self.walk.nodes.get(below as usize)
    }

    #[inline]
    fn keeps(&self, below: Option<&Node>) -> bool {
        self.wanted && below.is_some_and(|below| below.kept)
    }

    /// Adds a member to an object.
    #[inline(always)]
    pub(super) fn member<T: Serialize + ?Sized>(&mut self, key: Piece<'_>, value: &T) -> Result<(), Failure> {
        let Some(below) = self.below(key) else { return Ok(()) };
        if self.wanted && below.kept {
            return self.keep(below, key.bytes, value);
        }
        if below.slots.is_empty() {
            return Ok(());
        }
        self.walk.frame.clear_slots(below.slots_below());
        self.walk.value(below, false, value).map(drop)
    }

    /// Adds a member that is part of the object.
    #[inline(never)]
    fn keep<T: Serialize + ?Sized>(&mut self, below: &'f Node, key: &[u8], value: &T) -> Result<(), Failure> {
        self.walk.frame.clear_slots(below.slots_below());
        let key = self.walk.string(key)?;
        let value = self.walk.value(below, true, value)?;
        self.walk.lists.words.extend([key.0, value.0]);
        Ok(())
    }

    /// Appends an element to an array.
    pub(super) fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let Some(node) = self.node else { return Ok(()) };
        let filled = self.wanted && (node.elements.is_some() || !node.positions.is_empty());
        let below = node.element(self.position, &mut self.named);
        self.position = self.position.saturating_add(1);
        let below = below.and_then(|at| self.walk.nodes.get(at as usize));
        let mut word = Word::NULL;
        if let Some(below) = below {
            let kept = self.keeps(Some(below));
            if kept || !below.slots.is_empty() {
                self.walk.frame.clear_slots(below.slots_below());
                let value = self.walk.value(below, kept, value)?;
                if kept {
                    word = value;
                }
            }
        }
        if filled {
            self.walk.lists.words.push(word.0);
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn finish(mut self) -> Result<Word, Failure> {
        if self.wanted || self.outer.is_some() {
            return self.finish_wanted();
        }
        self.walk.depth -= 1;
        Ok(Word::UNDEFINED)
    }

    #[inline(never)]
    fn finish_wanted(&mut self) -> Result<Word, Failure> {
        let word = self.close(self.wanted, self.kind, self.mark)?;
        let Some(outer) = self.outer.take() else { return Ok(word) };
        if let Some(slot) = self.node.map(|node| node.slot).filter(|slot| *slot != NO_SLOT) {
            self.walk.frame.set_slot(slot, word);
        }
        if !outer.wanted {
            return self.close(false, Kind::Object, self.mark);
        }
        let inside = self.node.is_some_and(|node| node.kept) && outer.node.is_some();
        if inside {
            let key = self.walk.string(outer.variant.as_bytes())?;
            self.walk.lists.words.extend([key.0, word.0]);
        }
        self.close(true, Kind::Object, self.mark)
    }

    #[inline]
    fn close(&mut self, wanted: bool, kind: Kind, mark: usize) -> Result<Word, Failure> {
        self.walk.depth -= 1;
        let Lists { words, table, .. } = &mut *self.walk.lists;
        if !wanted {
            words.truncate(mark);
            return Ok(Word::UNDEFINED);
        }
        let word = match kind {
            Kind::Array => self.walk.frame.array(&words[mark..]),
            Kind::Object => self.walk.frame.object(&mut words[mark..], table),
        };
        let word = word.map_err(|_| self.walk.frame.full())?;
        let words = &mut self.walk.lists.words;
        words.truncate(mark);
        Ok(word)
    }
}

macro_rules! sequence {
    ($($name:ident::$method:ident),*) => {$(
        impl $name for Compound<'_, '_, '_> {
            type Ok = Word;
            type Error = Failure;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
                self.element(value)
            }
            fn end(self) -> Result<Word, Failure> {
                self.finish()
            }
        }
    )*};
}
sequence!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! structure {
    ($($name:ident),*) => {$(
        impl $name for Compound<'_, '_, '_> {
            type Ok = Word;
            type Error = Failure;
            /// Where the key is a literal, its words are made when the caller is compiled.
            #[inline(always)]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Failure> {
                self.member(Piece::new(key.as_bytes()), value)
            }
            #[inline]
            fn end(self) -> Result<Word, Failure> {
                self.finish()
            }
        }
    )*};
}
structure!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Compound<'_, '_, '_> {
    type Ok = Word;
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        key.serialize(Key(&mut self.walk.lists.text))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let key = std::mem::take(&mut self.walk.lists.text);
        let outcome = self.member(Piece::new(&key), value);
        self.walk.lists.text = key;
        outcome
    }

    fn end(self) -> Result<Word, Failure> {
        self.finish()
    }
}
