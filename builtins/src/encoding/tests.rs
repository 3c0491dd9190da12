//! Encodings against hand-made and Go-made examples.

use super::base64::{Alphabet, Corrupt, decode, decode_guess, decode_url_lenient, encode};
use super::der::{Reader, oid_components, wrap};
use super::pem;

#[test]
fn base64_round_trips_and_says_where_it_breaks() {
    for text in ["", "f", "fo", "foo", "foob", "\u{fb}\u{ff}"] {
        for alphabet in [Alphabet::Std, Alphabet::Url, Alphabet::RawStd, Alphabet::RawUrl] {
            assert_eq!(decode(alphabet, encode(alphabet, text.as_bytes()).as_bytes()).unwrap(), text.as_bytes());
        }
    }
    assert_eq!(decode(Alphabet::Std, b"Zm9v\r\nYg=\n=\n").unwrap(), b"foob");
    // Offsets as Go gives them.
    for (text, at) in [("foobar", 4), ("Zg=a", 2), ("Zg=", 3), ("=", 0), ("Zg==x", 4), ("Zm9v?", 4), ("Z", 0)] {
        assert_eq!(decode(Alphabet::Std, text.as_bytes()), Err(Corrupt(at)), "{text}");
    }
    assert_eq!(decode_url_lenient(b"Zg").unwrap(), b"f");
    assert_eq!(decode_url_lenient(b"Z").unwrap_err(), "illegal base64url string: Z");
    assert_eq!(decode_guess(b"-_").unwrap(), [0xfb]);
    assert_eq!(decode_guess(b"+/==").unwrap(), [0xfb]);
}

#[test]
fn pem_skips_text_and_broken_blocks() {
    let text = b"noise\n-----BEGIN A-----\nK: V\n\nZm9v\n-----END A-----\nmore\n-----BEGIN B-----\n?\n-----END B-----\n-----BEGIN C-----\nYg==\n-----END C-----";
    let (a, rest) = pem::decode(text).unwrap();
    assert_eq!((a.label.as_str(), a.bytes.as_slice()), ("A", b"foo".as_slice()));
    let (c, rest) = pem::decode(rest).unwrap();
    assert_eq!((c.label.as_str(), c.bytes.as_slice(), rest.len()), ("C", b"b".as_slice(), 0));
    assert!(pem::decode(b"-----BEGIN A-----\nZm9v\n-----END B-----").is_none());
    assert!(pem::decode(b"\n-----END A-----").is_none());
    let empty = pem::decode(b"-----BEGIN A-----\n-----END A-----\n").unwrap();
    assert!(empty.0.bytes.is_empty());
}

#[test]
fn der_rejects_what_is_not_distinguished() {
    assert!(Reader(&[0x02, 0x02, 0x00, 0x01]).integer().is_none(), "padded integer");
    assert!(Reader(&[0x04, 0x81, 0x01, 0x00]).any().is_none(), "long form for a short length");
    assert!(Reader(&[0x04, 0x05, 0x00]).any().is_none(), "beyond the end");
    assert!(Reader(&[0x1f, 0x01, 0x00]).any().is_none(), "high tag number");
    assert!(Reader(&[0x04, 0x84, 0xff, 0xff, 0xff, 0xff]).any().is_none(), "huge length");
    assert_eq!(Reader(&[0x02, 0x01, 0x80]).int64(), Some(-128));
    assert_eq!(oid_components(&[0x2a, 0x86, 0x48]), Some(vec![1, 2, 840]));
    assert_eq!(oid_components(&[0x88, 0x37]), Some(vec![2, 999]));
    assert_eq!(oid_components(&[0x2a, 0x86]), None);
    assert_eq!(Reader(&wrap(0x04, &[7; 300])).body(0x04), Some([7; 300].as_slice()));
    let bits = Reader(&[0x03, 0x02, 0x04, 0xb0]).bit_string().unwrap();
    assert_eq!(bits.right_align(), [0x0b]);
    assert!(bits.bit(0) && !bits.bit(1) && bits.bit(2));
}
