//! A `serde::Serialize` value to a frame, without text in between. It means what its JSON text (as `serde_json` writes it) would mean; parts that no
//! rule reads are not visited.

mod compound;
mod key;

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use writ_abi::Word;

use crate::error::EncodeError;
use crate::frame::{Encoder, Frame, Full, Lists, Scratch};
use crate::projection::{NO_SLOT, Node};
use crate::words::Piece;
use compound::Compound;

pub(crate) fn encode<T: Serialize + ?Sized>(
    encoder: &Encoder<'_>,
    value: &T,
    scratch: &mut Scratch,
    room: &mut [u8],
    base: u32,
) -> Result<usize, EncodeError> {
    let lists = &mut scratch.lists;
    lists.words.clear();
    let frame = Frame::new(encoder, room, base)?;
    let nodes = encoder.projection.nodes.as_slice();
    let mut walk = Walk { nodes, depth: 0, max_depth: encoder.max_depth, frame, lists };
    if let Some(root) = nodes.first().filter(|root| !root.slots.is_empty()) {
        walk.value(root, false, value).map_err(|Failure(error)| *error)?;
    }
    Ok(walk.frame.used())
}

/// An error on its way up: one word, so that results fit into registers.
#[derive(Debug)]
pub(crate) struct Failure(Box<EncodeError>);

impl From<EncodeError> for Failure {
    #[cold]
    fn from(error: EncodeError) -> Self {
        Failure(Box::new(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl serde::ser::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        EncodeError::Value(message.to_string()).into()
    }
}

/// What the serializers of one input share.
pub(crate) struct Walk<'f, 's> {
    pub(crate) nodes: &'f [Node],
    depth: usize,
    max_depth: usize,
    pub(crate) frame: Frame<'f>,
    pub(crate) lists: &'s mut Lists,
}

impl<'f> Walk<'f, '_> {
    /// Encodes a value that the node is about; its word if it is asked for or has a slot, else undefined.
    #[inline]
    pub(crate) fn value<T: Serialize + ?Sized>(
        &mut self,
        node: &'f Node,
        wanted: bool,
        value: &T,
    ) -> Result<Word, Failure> {
        let wanted = wanted || node.slot != NO_SLOT;
        let word = value.serialize(At { walk: self, node, wanted })?;
        if node.slot != NO_SLOT {
            self.frame.set_slot(node.slot, word);
        }
        Ok(word)
    }

    #[inline(never)]
    pub(crate) fn string(&mut self, bytes: &[u8]) -> Result<Word, Failure> {
        match self.frame.string(Piece::new(bytes)) {
            Ok(word) => Ok(word),
            Err(Full) => Err(self.full()),
        }
    }

    #[cold]
    #[inline(never)]
    fn full(&self) -> Failure {
        self.frame.full().into()
    }

    #[inline(always)]
    fn deeper(&mut self) -> Result<(), Failure> {
        if self.depth >= self.max_depth {
            return Err(self.too_deep());
        }
        self.depth += 1;
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn too_deep(&self) -> Failure {
        EncodeError::Depth(self.max_depth).into()
    }
}

/// The place of one value.
pub(crate) struct At<'w, 'f, 's> {
    walk: &'w mut Walk<'f, 's>,
    node: &'f Node,
    wanted: bool,
}

impl At<'_, '_, '_> {
    #[inline]
    fn atom(self, word: Word) -> Result<Word, Failure> {
        Ok(if self.wanted { word } else { Word::UNDEFINED })
    }

    fn number(self, text: &str) -> Result<Word, Failure> {
        if !self.wanted {
            return Ok(Word::UNDEFINED);
        }
        let frame = &mut self.walk.frame;
        frame.number(text.as_bytes()).map_err(|_| frame.full().into())
    }
}

/// Integers: small ones inline, others as text.
macro_rules! integers {
    ($($name:ident: $type:ty),*) => {$(
        #[inline]
        fn $name(self, n: $type) -> Result<Word, Failure> {
            match i64::try_from(n).ok().and_then(Word::int) {
                Some(word) => self.atom(word),
                None => self.number(&n.to_string()),
            }
        }
    )*};
}

impl<'w, 'f, 's> Serializer for At<'w, 'f, 's> {
    type Ok = Word;
    type Error = Failure;
    type SerializeSeq = Compound<'w, 'f, 's>;
    type SerializeTuple = Compound<'w, 'f, 's>;
    type SerializeTupleStruct = Compound<'w, 'f, 's>;
    type SerializeTupleVariant = Compound<'w, 'f, 's>;
    type SerializeMap = Compound<'w, 'f, 's>;
    type SerializeStruct = Compound<'w, 'f, 's>;
    type SerializeStructVariant = Compound<'w, 'f, 's>;

    integers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    );

    #[inline]
    fn serialize_bool(self, b: bool) -> Result<Word, Failure> {
        self.atom(Word::bool(b))
    }

    fn serialize_f32(self, x: f32) -> Result<Word, Failure> {
        match serde_json::to_string(&x) {
            Ok(text) if x.is_finite() => self.number(&text),
            _ => self.serialize_unit(),
        }
    }

    fn serialize_f64(self, x: f64) -> Result<Word, Failure> {
        match serde_json::to_string(&x) {
            Ok(text) if x.is_finite() => self.number(&text),
            // As in serde_json: JSON has no such numbers.
            _ => self.serialize_unit(),
        }
    }

    fn serialize_char(self, c: char) -> Result<Word, Failure> {
        self.serialize_str(c.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<Word, Failure> {
        if self.wanted { self.walk.string(text.as_bytes()) } else { Ok(Word::UNDEFINED) }
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Word, Failure> {
        bytes.serialize(self)
    }

    #[inline]
    fn serialize_none(self) -> Result<Word, Failure> {
        self.atom(Word::NULL)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Word, Failure> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<Word, Failure> {
        self.atom(Word::NULL)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Word, Failure> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Word, Failure> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Word, Failure> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Word, Failure> {
        let mut object = Compound::object(self)?;
        object.member(Piece::new(variant.as_bytes()), value)?;
        object.finish()
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Failure> {
        Compound::array(self)
    }

    /// Here, and not in a function of serde's: the array under construction stays where it was made.
    fn collect_seq<I: IntoIterator<Item: Serialize>>(self, elements: I) -> Result<Word, Failure> {
        let mut array = Compound::array(self)?;
        elements.into_iter().try_for_each(|element| array.element(&element))?;
        array.finish()
    }

    /// As [`Self::collect_seq`].
    fn collect_map<K: Serialize, V: Serialize, I: IntoIterator<Item = (K, V)>>(
        self,
        entries: I,
    ) -> Result<Word, Failure> {
        let mut object = Compound::object(self)?;
        entries.into_iter().try_for_each(|(key, value)| SerializeMap::serialize_entry(&mut object, &key, &value))?;
        object.finish()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Failure> {
        Compound::array(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Failure> {
        Compound::array(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Failure> {
        Compound::array_in(self, variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Failure> {
        Compound::object(self)
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Failure> {
        Compound::object(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Failure> {
        Compound::object_in(self, variant)
    }
}
