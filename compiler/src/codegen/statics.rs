//! The memory image of a module: constants in the layouts of `writ_abi`, tables and texts, each distinct one once.

use rustc_hash::FxHashMap;
use writ_abi::layout::{ARRAY_HEADER, BOX_SIZE, INDEX, SORTED, STRING_HASH, TABLE_HEADER};
use writ_abi::word::STRING_CONST;
use writ_abi::{Tag, Word, hash};
use writ_value::{Number, Value};

use super::error::{EmitError, at_most};
use crate::link::own::Image;

/// Most bytes of constants in a module.
const IMAGE_BYTES: usize = 256 << 20;
/// Objects and sets up to this length have no index: the guest goes through them.
const INDEXED: usize = 8;

/// Builds the image. Words are final as soon as they are handed out.
#[derive(Debug)]
pub(crate) struct Statics {
    image: Image,
    strings: FxHashMap<Box<[u8]>, u32>,
    numbers: FxHashMap<Box<str>, u32>,
    /// Collections by their tag and words: since parts are shared, equal words mean equal layout.
    collections: FxHashMap<(Tag, Box<[u64]>), u32>,
    texts: FxHashMap<Box<[u8]>, u32>,
}

impl Statics {
    /// An empty image that begins at `base`.
    pub(crate) fn new(base: u32) -> Self {
        Statics {
            image: Image { base, bytes: Vec::new() },
            strings: FxHashMap::default(),
            numbers: FxHashMap::default(),
            collections: FxHashMap::default(),
            texts: FxHashMap::default(),
        }
    }

    /// The finished image.
    pub(crate) fn finish(self) -> Image {
        self.image
    }

    /// The word of a constant. Cost: linear in the value when it is new.
    pub(crate) fn value(&mut self, value: &Value) -> Result<Word, EmitError> {
        Ok(match value {
            Value::Null => Word::NULL,
            Value::Bool(b) => Word::bool(*b),
            Value::Number(Number::Int(n)) => match Word::int(*n) {
                Some(word) => word,
                None => self.number(&n.to_string())?,
            },
            Value::Number(Number::Text(text)) => self.number(text)?,
            Value::String(s) => self.string(s.as_bytes())?,
            Value::Array(items) => {
                let words = items.iter().map(|v| self.value(v)).collect::<Result<Vec<_>, _>>()?;
                self.array(&words)?
            }
            Value::Object(entries) => {
                let mut words = Vec::with_capacity(entries.len() * 2);
                for (key, value) in entries.iter() {
                    words.push(self.value(key)?);
                    words.push(self.value(value)?);
                }
                self.collection(Tag::Object, &words)?
            }
            Value::Set(elements) => {
                let words = elements.iter().map(|v| self.value(v)).collect::<Result<Vec<_>, _>>()?;
                self.collection(Tag::Set, &words)?
            }
        })
    }

    /// The word of a string.
    pub(crate) fn string(&mut self, bytes: &[u8]) -> Result<Word, EmitError> {
        let addr = match self.strings.get(bytes) {
            Some(addr) => *addr,
            None => {
                let addr = self.begin(8, 8 + bytes.len())?;
                self.u32(bytes.len() as u32);
                self.u32(hash::hash_bytes(bytes));
                self.image.bytes.extend_from_slice(bytes);
                self.strings.insert(bytes.into(), addr);
                addr
            }
        };
        Ok(Word(Word::pointer(Tag::String, addr).0 | STRING_CONST))
    }

    /// Addresses of all strings, ascending, as the section `writ.strings` has them.
    pub(crate) fn string_addresses(&self) -> Vec<u8> {
        let mut addresses: Vec<u32> = self.strings.values().copied().collect();
        addresses.sort_unstable();
        addresses.iter().flat_map(|addr| addr.to_le_bytes()).collect()
    }

    fn number(&mut self, text: &str) -> Result<Word, EmitError> {
        let addr = match self.numbers.get(text) {
            Some(addr) => *addr,
            None => {
                let addr = self.begin(8, 8 + text.len())?;
                self.u32(text.len() as u32);
                self.u32(0);
                self.image.bytes.extend_from_slice(text.as_bytes());
                self.numbers.insert(text.into(), addr);
                addr
            }
        };
        Ok(Word::pointer(Tag::Number, addr))
    }

    /// The word of an array of words.
    pub(crate) fn array(&mut self, items: &[Word]) -> Result<Word, EmitError> {
        self.collection(Tag::Array, items)
    }

    /// The word of an array, or of an object or set whose rows stand in Rego's order.
    fn collection(&mut self, tag: Tag, words: &[Word]) -> Result<Word, EmitError> {
        let key: (Tag, Box<[u64]>) = (tag, words.iter().map(|w| w.0).collect());
        if let Some(addr) = self.collections.get(&key) {
            return Ok(Word::pointer(tag, *addr));
        }
        let header = if tag == Tag::Array { ARRAY_HEADER } else { TABLE_HEADER };
        let len = if tag == Tag::Object { words.len() / 2 } else { words.len() } as u32;
        let addr = self.begin(8, header as usize + words.len() * 8)?;
        self.u32(len);
        self.u32(len);
        self.u32(addr + header);
        self.u32(0);
        if tag != Tag::Array {
            self.u32(SORTED);
            self.u32(0);
        }
        for word in words {
            self.image.bytes.extend_from_slice(&word.0.to_le_bytes());
        }
        self.collections.insert(key, addr);
        if tag != Tag::Array {
            self.hash_index(addr, tag, words)?;
        }
        Ok(Word::pointer(tag, addr))
    }

    /// Gives a large object or set whose keys are strings the hash index that the guest would make: `{ mask, slot… }`, a slot is 0 or the
    /// position of an entry plus 1, at most half of them taken.
    fn hash_index(&mut self, table: u32, tag: Tag, words: &[Word]) -> Result<(), EmitError> {
        let stride = if tag == Tag::Object { 2 } else { 1 };
        let len = words.len() / stride;
        if len <= INDEXED || words.iter().step_by(stride).any(|key| key.tag() != Tag::String) {
            return Ok(());
        }
        let mask = (len * 2).next_power_of_two() - 1;
        let mut index = vec![0u32; mask + 2];
        index[0] = mask as u32;
        for (at, key) in words.iter().step_by(stride).enumerate() {
            let offset = (key.addr() + STRING_HASH - self.image.base) as usize;
            let bytes = [0, 1, 2, 3].map(|i| self.image.bytes[offset + i]);
            let mut slot = u32::from_le_bytes(bytes) as usize & mask;
            while index[slot + 1] != 0 {
                slot = (slot + 1) & mask;
            }
            index[slot + 1] = at as u32 + 1;
        }
        let addr = self.table(&index)?;
        let offset = (table + INDEX - self.image.base) as usize;
        self.image.bytes[offset..offset + 4].copy_from_slice(&addr.to_le_bytes());
        Ok(())
    }

    /// Address of a C string.
    pub(crate) fn text(&mut self, text: &str) -> Result<u32, EmitError> {
        if let Some(addr) = self.texts.get(text.as_bytes()) {
            return Ok(*addr);
        }
        let addr = self.begin(1, text.len() + 1)?;
        // A NUL in a file's name would only cut a message short.
        self.image.bytes.extend_from_slice(text.as_bytes());
        self.image.bytes.push(0);
        self.texts.insert(text.as_bytes().into(), addr);
        Ok(addr)
    }

    /// Address of a box with a word.
    pub(crate) fn boxed(&mut self, word: Word) -> Result<u32, EmitError> {
        let addr = self.begin(8, BOX_SIZE as usize)?;
        self.image.bytes.extend_from_slice(&word.0.to_le_bytes());
        Ok(addr)
    }

    /// Address of a table of numbers.
    pub(crate) fn table(&mut self, numbers: &[u32]) -> Result<u32, EmitError> {
        let addr = self.begin(8, numbers.len() * 4)?;
        numbers.iter().for_each(|n| self.u32(*n));
        Ok(addr)
    }

    fn begin(&mut self, align: usize, bytes: usize) -> Result<u32, EmitError> {
        let padded = (self.image.base as usize + self.image.bytes.len()).next_multiple_of(align);
        at_most("bytes of constants", "module", padded + bytes, IMAGE_BYTES)?;
        self.image.bytes.resize(padded - self.image.base as usize, 0);
        Ok(padded as u32)
    }

    fn u32(&mut self, n: u32) {
        self.image.bytes.extend_from_slice(&n.to_le_bytes());
    }
}
