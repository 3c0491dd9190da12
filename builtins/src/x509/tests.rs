//! What no certificate may cost or claim.

use super::certificate::parse_one;
use super::constraints::NameConstraints;
use super::domain;
use crate::encoding::der::{Reader, wrap};

#[test]
fn nesting_and_lengths_that_lie_end_quickly() {
    let mut deep = Vec::new();
    for _ in 0..2_000 {
        deep = wrap(0x30, &deep);
    }
    assert!(parse_one(&deep).is_err());
    assert!(parse_one(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_err());
    assert!(super::input::certificates(&b"-----BEGIN CERTIFICATE-----\n".repeat(20_000)).is_ok_and(|c| c.is_empty()));
    assert!(super::input::certificates(&b"-----BEGIN X-----\na:\n-----END X-----\n".repeat(20_000)).is_ok());
}

#[test]
fn wildcards_stand_for_one_label() {
    let names = ["*.b.test".to_owned()];
    assert!(domain::host_matches(&names, "a.b.test"));
    assert!(domain::host_matches(&names, "A.B.TEST."));
    assert!(!domain::host_matches(&names, "b.test"));
    assert!(!domain::host_matches(&names, "a.a.b.test"));
    assert!(!domain::host_matches(&["*".to_owned()], "test"));
    assert!(!domain::host_matches(&["a.*.test".to_owned()], "a.b.test"));
}

#[test]
fn masks_of_addresses_are_prefixes() {
    let constraint = |mask: [u8; 4]| {
        let ip = wrap(0x87, &[[10, 0, 0, 0], mask].concat());
        let permitted = wrap(0xa0, &wrap(0x30, &ip));
        let bytes = wrap(0x30, &permitted);
        NameConstraints::parse(Reader(&bytes), true).map(|_| ())
    };
    for good in [[0; 4], [255, 0, 0, 0], [255, 255, 128, 0], [255; 4]] {
        assert!(constraint(good).is_ok(), "{good:?}");
    }
    for bad in [[0, 255, 0, 0], [255, 0, 255, 0], [254, 1, 0, 0], [127, 0, 0, 0]] {
        assert!(constraint(bad).is_err(), "{bad:?}");
    }
}
