//! A stable merge sort over rows of words in linear memory: n log n comparisons whatever the input, and n for sorted input.

use core::cmp::Ordering;

use writ_abi::Word;
use writ_abi::layout::DATA;

use crate::{compare, heap, mem, value};

/// Rows up to this many are sorted by insertion before merging starts.
const RUN: u32 = 8;

#[inline]
fn key(data: u32, row: u32, stride: u32) -> Word {
    Word(mem::load64(data + row * stride))
}

/// Sorts `count` rows of `stride` bytes (8 or 16) at `data` by their first word, in Rego's order. Equal rows keep their order.
pub fn sort_rows(data: u32, count: u32, stride: u32) {
    if is_sorted(data, count, stride) {
        return;
    }
    let mut start = 0;
    while start < count {
        insertion(data, start, count.min(start + RUN), stride);
        start += RUN;
    }
    if count <= RUN {
        return;
    }
    let mark = heap::mark();
    let (mut from, mut to) = (data, heap::alloc_array(count, stride));
    let scratch = to;
    let mut width = RUN;
    while width < count {
        let mut left = 0;
        while left < count {
            let middle = count.min(left + width);
            let right = count.min(left.saturating_add(2 * width));
            merge(from, to, left, middle, right, stride);
            left = right;
        }
        (from, to) = (to, from);
        width *= 2;
    }
    if from == scratch {
        mem::copy(data, scratch, count * stride);
    }
    heap::release(mark);
}

/// Sorts an array that is still being built.
pub fn sort_array(array: Word) {
    sort_rows(mem::load32(array.addr() + DATA), value::len(array), 8);
}

fn is_sorted(data: u32, count: u32, stride: u32) -> bool {
    (1..count).all(|i| compare::cmp(key(data, i - 1, stride), key(data, i, stride)) != Ordering::Greater)
}

fn copy_row(dst: u32, src: u32, stride: u32) {
    mem::store64(dst, mem::load64(src));
    if stride == 16 {
        mem::store64(dst + 8, mem::load64(src + 8));
    }
}

fn insertion(data: u32, start: u32, end: u32, stride: u32) {
    for i in start + 1..end {
        let moving = key(data, i, stride);
        let second = if stride == 16 { mem::load64(data + i * stride + 8) } else { 0 };
        let mut at = i;
        while at > start && compare::cmp(key(data, at - 1, stride), moving) == Ordering::Greater {
            copy_row(data + at * stride, data + (at - 1) * stride, stride);
            at -= 1;
        }
        mem::store64(data + at * stride, moving.0);
        if stride == 16 {
            mem::store64(data + at * stride + 8, second);
        }
    }
}

fn merge(from: u32, to: u32, left: u32, middle: u32, right: u32, stride: u32) {
    let (mut a, mut b) = (left, middle);
    for out in left..right {
        let take_left =
            a < middle && (b >= right || compare::cmp(key(from, a, stride), key(from, b, stride)) != Ordering::Greater);
        let row = if take_left { &mut a } else { &mut b };
        copy_row(to + out * stride, from + *row * stride, stride);
        *row += 1;
    }
}
