//! What of the guest a module needs: everything that its exports and the generated code reach.

use rustc_hash::FxHashSet;

use super::guest::{DataRange, Guest, GuestError};
use super::template::{FuncRef, GlobalRef, Target};

/// The needed parts of the guest, by their indices there.
#[derive(Debug)]
pub(crate) struct Kept {
    /// By function index, imports included.
    pub(crate) funcs: Vec<bool>,
    /// By global index.
    pub(crate) globals: Vec<bool>,
    /// By type index; only those named in code, not those of functions.
    pub(crate) types: Vec<bool>,
    /// The table is needed.
    pub(crate) table: bool,
    /// Needed bytes of segments, sorted, not touching one another.
    pub(crate) data: Vec<DataRange>,
}

/// Follows all references from `roots`. Cost: linear in what is reached.
pub(crate) fn reach(guest: &Guest, roots: impl Iterator<Item = u32>) -> Result<Kept, GuestError> {
    let mut walk = Walk {
        guest,
        kept: Kept {
            funcs: vec![false; guest.imports.len() + guest.funcs.len()],
            globals: vec![false; guest.globals.len()],
            types: vec![false; guest.types.len()],
            table: false,
            data: Vec::new(),
        },
        funcs: Vec::new(),
        ranges: Vec::new(),
        seen: FxHashSet::default(),
    };
    for root in roots {
        walk.func(root);
    }
    walk.run()?;
    Ok(walk.finish())
}

struct Walk<'g> {
    guest: &'g Guest,
    kept: Kept,
    funcs: Vec<u32>,
    ranges: Vec<DataRange>,
    seen: FxHashSet<DataRange>,
}

impl Walk<'_> {
    fn func(&mut self, index: u32) {
        if let Some(kept @ false) = self.kept.funcs.get_mut(index as usize) {
            *kept = true;
            self.funcs.push(index);
        }
    }

    fn range(&mut self, range: DataRange) {
        if self.seen.insert(range) {
            self.ranges.push(range);
        }
    }

    fn run(&mut self) -> Result<(), GuestError> {
        let guest = self.guest;
        loop {
            if let Some(index) = self.funcs.pop() {
                self.visit_func(index)?;
            } else if let Some(range) = self.ranges.pop() {
                let refs = &guest.segments[range.0 as usize].refs;
                let first = refs.partition_point(|(at, _)| *at < range.1);
                for (_, refs) in refs[first..].iter().take_while(|(at, _)| *at < range.2) {
                    self.refs(refs);
                }
            } else {
                return Ok(());
            }
        }
    }

    fn visit_func(&mut self, index: u32) -> Result<(), GuestError> {
        let guest = self.guest;
        let Some(func) = (index as usize).checked_sub(guest.imports.len()) else { return Ok(()) };
        let needs = guest.needs(&guest.funcs[func])?;
        for hole in &needs.holes {
            match hole.target {
                Target::Func(FuncRef::Guest(callee)) => self.func(callee),
                Target::Global(GlobalRef::Guest(global)) => self.kept.globals[global as usize] = true,
                Target::Type(ty) | Target::BlockType(ty) => self.kept.types[ty as usize] = true,
                _ => {}
            }
        }
        self.refs(&needs.refs);
        if needs.indirect && !self.kept.table {
            self.kept.table = true;
            // Without relocations nobody knows which entries are used.
            if !guest.has_relocations {
                guest.elements.iter().for_each(|(_, func)| self.func(*func));
            }
        }
        Ok(())
    }

    fn refs(&mut self, refs: &super::guest::Refs) {
        refs.data.iter().for_each(|range| self.range(*range));
        refs.table.iter().for_each(|func| self.func(*func));
    }

    fn finish(mut self) -> Kept {
        let mut ranges: Vec<DataRange> = if self.guest.has_relocations {
            self.seen.into_iter().filter(|(_, start, end)| start < end).collect()
        } else {
            let whole = |(i, s): (usize, &super::guest::Segment)| (i as u32, 0, s.bytes.len() as u32);
            self.guest.segments.iter().enumerate().map(whole).collect()
        };
        ranges.sort_unstable();
        for (segment, start, end) in ranges {
            match self.kept.data.last_mut() {
                Some(last) if last.0 == segment && start <= last.2 => last.2 = last.2.max(end),
                _ => self.kept.data.push((segment, start, end)),
            }
        }
        self.kept
    }
}
