//! Looked at by words, runs are what they are byte by byte.

use std::vec::Vec;

use super::{case_bits, compare, ends_with, equal, position, starts_with};

/// Runs that differ in one byte, at every place, of every length up to five words.
fn runs() -> Vec<Vec<u8>> {
    let mut runs = Vec::new();
    for len in 0..40usize {
        let run: Vec<u8> = (0..len).map(|i| b'a' + (i % 7) as u8).collect();
        for at in 0..len {
            for byte in [0, b'a', 0x7f, 0x80, 0xff] {
                let mut other = run.clone();
                other[at] = byte;
                runs.push(other);
            }
        }
        runs.push(run);
    }
    runs
}

#[test]
fn runs_compare_as_slices_do() {
    let runs = runs();
    for a in runs.iter().step_by(if cfg!(miri) { 97 } else { 3 }) {
        for b in runs.iter().step_by(if cfg!(miri) { 89 } else { 5 }) {
            assert_eq!(equal(a, b), a == b, "{a:?} {b:?}");
            assert_eq!(compare(a, b), a.cmp(b), "{a:?} {b:?}");
            assert_eq!(starts_with(a, b), a.starts_with(b), "{a:?} {b:?}");
            assert_eq!(ends_with(a, b), a.ends_with(b), "{a:?} {b:?}");
        }
        assert!(equal(a, &a.clone()));
    }
}

#[test]
fn a_byte_is_found_where_it_stands_first() {
    for run in runs().iter().step_by(if cfg!(miri) { 31 } else { 1 }) {
        for byte in [0, 1, b'a', b'b', b'g', 0x7f, 0x80, 0x81, 0xfe, 0xff] {
            assert_eq!(position(run, byte), run.iter().position(|b| *b == byte), "{byte} in {run:?}");
        }
    }
    // A byte of 1 behind one of 0 looks like another 0 to the trick.
    assert_eq!(position(&[2, 1, 0, 1, 0, 0, 1, 0], 0), Some(2));
}

#[test]
fn case_bits_are_those_of_letters_only() {
    for byte in 0..0x80u8 {
        let word = u64::from_le_bytes([byte; 8]);
        let (upper, lower) =
            (u64::from_le_bytes([byte.to_ascii_uppercase(); 8]), u64::from_le_bytes([byte.to_ascii_lowercase(); 8]));
        assert_eq!(word ^ case_bits(word, b'A'), lower, "{byte}");
        assert_eq!(word ^ case_bits(word, b'a'), upper, "{byte}");
    }
    let mixed = u64::from_le_bytes(*b"@AZ[`az{");
    assert_eq!((mixed ^ case_bits(mixed, b'A')).to_le_bytes(), *b"@az[`az{");
    assert_eq!((mixed ^ case_bits(mixed, b'a')).to_le_bytes(), *b"@AZ[`AZ{");
}
