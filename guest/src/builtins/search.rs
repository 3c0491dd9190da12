//! Finding bytes in bytes: linear whatever the two are.

use crate::{bytes, heap, mem};

/// Position of the first occurrence; an empty needle is at 0.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((&first, rest)) = needle.split_first() else { return Some(0) };
    let last = haystack.len().checked_sub(needle.len())?;
    let mut wasted = 0;
    let mut at = 0;
    while at <= last {
        at += bytes::position(&haystack[at..=last], first)?;
        let tail = &haystack[at + 1..at + needle.len()];
        let common = tail.iter().zip(rest).take_while(|(a, b)| a == b).count();
        if common == rest.len() {
            return Some(at);
        }
        // Long partial matches over and over are what makes this quadratic.
        wasted += common;
        if wasted > 4 * at + 256 {
            return knuth_morris_pratt(&haystack[at..], needle).map(|found| at + found);
        }
        at += 1;
    }
    None
}

#[cold]
#[inline(never)]
fn knuth_morris_pratt(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let mark = heap::mark();
    // For each prefix of the needle, the length of its longest proper border.
    let borders = heap::alloc_array(needle.len() as u32, 4);
    let border = |len: usize| mem::load32(borders + (len as u32 - 1) * 4) as usize;
    mem::store32(borders, 0);
    let mut len = 0;
    for i in 1..needle.len() {
        while len > 0 && needle[i] != needle[len] {
            len = border(len);
        }
        len += usize::from(needle[i] == needle[len]);
        mem::store32(borders + i as u32 * 4, len as u32);
    }
    let mut matched = 0;
    let mut found = None;
    for (i, &byte) in haystack.iter().enumerate() {
        while matched > 0 && byte != needle[matched] {
            matched = border(matched);
        }
        matched += usize::from(byte == needle[matched]);
        if matched == needle.len() {
            found = Some(i + 1 - matched);
            break;
        }
    }
    heap::release(mark);
    found
}

/// Positions of occurrences that do not overlap, from left to right. The needle must not be empty.
pub(super) fn all<'a>(haystack: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut at = 0;
    core::iter::from_fn(move || {
        let found = at + find(haystack.get(at..)?, needle)?;
        at = found + needle.len();
        Some(found)
    })
}
