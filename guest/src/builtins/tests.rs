//! Built-ins that go word by word do what they do byte by byte.

use alloc::string::String;

use super::{format, strings};
use crate::value;

fn text(w: writ_abi::Word) -> &'static [u8] {
    value::text(w)
}

#[test]
fn case_is_mapped_at_every_place_of_texts_of_every_length() {
    for letter in ['A', 'z', '[', '`', '0', 'É', 'ñ'] {
        for len in 0..26usize {
            for at in 0..len {
                let s: String = (0..len).map(|i| if i == at { letter } else { ['a', 'B', '-'][i % 3] }).collect();
                let w = value::string(s.as_bytes());
                let simple = |c: char, upper: bool| match (c, upper) {
                    ('ñ', true) => 'Ñ',
                    ('É', false) => 'é',
                    (c, true) => c.to_ascii_uppercase(),
                    (c, false) => c.to_ascii_lowercase(),
                };
                let lower: String = s.chars().map(|c| simple(c, false)).collect();
                let upper: String = s.chars().map(|c| simple(c, true)).collect();
                assert_eq!(strings::lower(w).map(text), Some(lower.as_bytes()), "{s}");
                assert_eq!(strings::upper(w).map(text), Some(upper.as_bytes()), "{s}");
            }
        }
    }
}

#[test]
fn a_part_of_a_split_is_that_of_the_whole() {
    for s in ["", "@", "a", "a@", "@a", "a@b", "a@b@@c", "aé@b", "ab@@ab@@@"] {
        for delimiter in ["@", "@@", "b", "", "é", "a@b"] {
            let (s, delimiter) = (value::string(s.as_bytes()), value::string(delimiter.as_bytes()));
            let parts = strings::split(s, delimiter).expect("strings");
            for n in 0..8 {
                let part = (n < value::len(parts)).then(|| text(value::item(parts, n)));
                assert_eq!(strings::split_at(s, delimiter, value::int(i64::from(n))).map(text), part);
            }
        }
    }
    let n = value::int(0);
    assert!(strings::split_at(n, value::string(b"@"), n).is_none());
}

#[test]
fn plain_formats_and_others_agree_on_where_they_end() {
    let args = |list: &[writ_abi::Word]| {
        let array = value::array(0);
        list.iter().for_each(|w| value::push(array, *w));
        array
    };
    let (s, n) = (value::string(b"x%s"), value::int(-7));
    let cases: [(&str, &[writ_abi::Word], &str); 12] = [
        ("", &[], ""),
        ("plain", &[], "plain"),
        ("100%%", &[], "100%"),
        ("%s: %d", &[s, n], "x%s: -7"),
        ("%v %v", &[s, n], "x%s -7"),
        ("%s", &[writ_abi::Word::TRUE], "true"),
        ("%v", &[args(&[n, s])], "[-7, \"x%s\"]"),
        ("%5d|", &[n], "   -7|"),
        ("%s", &[], "%!s(MISSING)"),
        ("a", &[n], "a%!(EXTRA int64=-7)"),
        ("%d", &[s], "%!d(string=x%s)"),
        ("%", &[], "%!(NOVERB)"),
    ];
    for (format, list, expected) in cases {
        let made = format::sprintf(value::string(format.as_bytes()), args(list));
        assert_eq!(made.map(|w| core::str::from_utf8(text(w)).expect("UTF-8")), Some(expected), "{format}");
    }
}
