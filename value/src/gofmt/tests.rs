//! Bounds of `sprintf`; its results are checked against OPA in `tests/sprintf.rs`.

use alloc::vec::Vec;

use super::*;

#[test]
fn output_is_bounded() {
    let format = b"%1000000d".repeat(100);
    let args: Vec<Arg<'_>> = (0..100).map(Arg::Int).collect();
    assert_eq!(sprintf(&format, &args), Err(NumberError::ResultTooBig));
}

#[test]
fn bytes_that_are_not_text_pass_through() {
    assert_eq!(sprintf(b"\xff%s", &[Arg::string(b"\xfe")]), Ok(b"\xff\xfe".to_vec()));
}
