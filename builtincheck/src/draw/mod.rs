//! Arguments for a built-in: edge cases first, then variations of recorded calls, then values of the signature's types.

mod edges;
mod mutate;
mod typed;
mod words;

use writ_compiler::builtins::Builtin;
use writ_value::Value;

use crate::case::Case;
use crate::namespace;
use crate::rng::Rng;
use crate::seeds::Seeds;

/// Draws calls of one built-in.
#[derive(Debug)]
pub struct Drawer<'a> {
    builtin: &'static Builtin,
    seeds: &'a [Vec<Value>],
    words: words::Words,
    edges: Vec<Value>,
    rng: Rng,
    n_drawn: usize,
}

impl<'a> Drawer<'a> {
    /// A drawer whose calls depend on the seed and the recorded calls alone.
    #[must_use]
    pub fn new(builtin: &'static Builtin, seeds: &'a Seeds, seed: u64) -> Self {
        let mut hash = seed;
        for b in builtin.name.bytes() {
            hash = hash.wrapping_mul(0x100_0000_01b3) ^ u64::from(b);
        }
        let recorded = seeds.of(builtin.name);
        let words = words::Words::new(namespace::of(builtin.name), recorded);
        Drawer { builtin, seeds: recorded, words, edges: edges::all(), rng: Rng::new(hash), n_drawn: 0 }
    }

    /// The next call.
    pub fn draw(&mut self) -> Case {
        let index = self.n_drawn;
        self.n_drawn += 1;
        let arity = self.builtin.arity();
        let args = match index {
            _ if arity == 0 => Vec::new(),
            // The first draws go through the edges, a third of all until every position has seen each.
            i if i % 3 == 0 && i / 3 < arity * self.edges.len() => {
                let mut args = self.usual();
                args[i / 3 % arity] = self.edges[i / 3 / arity].clone();
                args
            }
            _ => self.unusual(),
        };
        Case { name: self.builtin.name.to_owned(), args }
    }

    /// Arguments that are likely to be accepted.
    fn usual(&mut self) -> Vec<Value> {
        if !self.seeds.is_empty() && self.rng.chance(70) {
            return self.recorded();
        }
        let params = &self.builtin.function().params;
        params.iter().map(|p| typed::draw(&p.ty, &self.words, &mut self.rng, 3)).collect()
    }

    fn recorded(&mut self) -> Vec<Value> {
        let mut args = self.rng.pick(self.seeds).clone();
        args.resize(self.builtin.arity(), Value::Null);
        args
    }

    fn unusual(&mut self) -> Vec<Value> {
        let mut args = self.usual();
        match self.rng.below(10) {
            // Parts of several recorded calls.
            0 | 1 if !self.seeds.is_empty() => {
                for (i, arg) in args.iter_mut().enumerate() {
                    if let Some(v) = self.rng.pick(self.seeds).get(i) {
                        *arg = v.clone();
                    }
                }
            }
            2 => {
                let i = self.rng.below(args.len());
                args[i] = self.rng.pick(&self.edges).clone();
            }
            3 => {}
            _ => {
                for _ in 0..=self.rng.below(3) {
                    let i = self.rng.below(args.len());
                    args[i] = mutate::value(&args[i], &self.words, &self.edges, &mut self.rng);
                }
            }
        }
        args
    }
}
