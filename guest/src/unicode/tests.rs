//! Unicode tables and decoding.

use super::*;

#[test]
fn simple_case_mappings_follow_go() {
    for (from, upper, lower) in [
        ('ß', 'ß', 'ß'),
        ('é', 'É', 'é'),
        ('İ', 'İ', 'i'),
        ('ı', 'I', 'ı'),
        ('ÿ', 'Ÿ', 'ÿ'),
        ('ǅ', 'Ǆ', 'ǆ'),
        ('я', 'Я', 'я'),
        ('𐐨', '𐐀', '𐐨'),
        ('ſ', 'S', 'ſ'),
        ('K', 'K', 'k'),
        ('ā', 'Ā', 'ā'),
    ] {
        assert_eq!((to_upper(from), to_lower(from)), (upper, lower), "{from}");
    }
}

#[test]
fn most_mappings_agree_with_core() {
    // `core` knows a newer Unicode and maps some characters to several; everything else must agree.
    let mut compared = 0;
    for c in ('\u{80}'..='\u{1ffff}').filter(|c| c.is_alphabetic()) {
        let mut full = c.to_lowercase();
        if let (Some(one), None) = (full.next(), full.next())
            && one != to_lower(c)
        {
            assert_eq!(to_lower(c), c, "{c:?}: core says {one:?}");
            continue;
        }
        compared += 1;
    }
    assert!(compared > 40_000);
}

#[test]
fn printable_characters() {
    for (c, printable) in
        [(' ', true), ('\u{7f}', false), ('é', true), ('\u{ad}', false), ('\u{a0}', false), ('😀', true)]
    {
        assert_eq!(is_print(c), printable, "{c:?}");
    }
    assert!(!is_print('\u{10ffff}'));
}

#[test]
fn invalid_bytes_count_one_each() {
    assert_eq!(count(b"a\xff\xfeb"), 4);
    assert_eq!(count("åäö".as_bytes()), 3);
    assert_eq!(count(b"\xed\xa0\x80"), 3);
    assert_eq!(valid(b"\xc0\x80"), None);
    assert_eq!(valid("𐐨".as_bytes()), Some(('𐐨', 4)));
}
