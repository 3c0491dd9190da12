//! The shortest decimal text of a double that reads back as the same double. Of two that are equally near Go takes the one with an even last
//! digit, which Rust's formatting does not promise.

use alloc::format;
use alloc::string::String;

/// Fewer digits never leave a choice.
const DOUBTFUL: usize = 16;

/// With an exponent, as `1.25e-7`.
#[must_use]
pub fn exponential(f: f64) -> String {
    let text = format!("{f:e}");
    let digits = text.bytes().take_while(|&b| b != b'e').filter(u8::is_ascii_digit).count();
    // Next to a power of two the nearest text need not read back; a tie is none there.
    let is_power = f.to_bits() & ((1 << 52) - 1) == 0;
    if digits < DOUBTFUL || is_power { text } else { format!("{f:.*e}", digits - 1) }
}

/// Without an exponent, as `0.000000125`.
#[must_use]
pub fn plain(f: f64) -> String {
    let mut text = format!("{f}");
    if text.len() >= DOUBTFUL {
        let digits = exponential(f);
        let mut digits = digits.bytes().take_while(|&b| b != b'e').filter(u8::is_ascii_digit).map(char::from);
        let zeros = text.find(|c: char| matches!(c, '1'..='9')).unwrap_or(0);
        let head = String::from(&text[..zeros]);
        let tail = text[zeros..].chars().map(|c| if c.is_ascii_digit() { digits.next().unwrap_or('0') } else { c });
        text = head + &tail.collect::<String>();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_equally_near_the_even_one() {
        for (f, want) in [
            (123_467_823_456_789.12, "123467823456789.12"),
            (123_467_823_456_789.38, "123467823456789.38"),
            (-123_467_823_456_789.12, "-123467823456789.12"),
            (5e-324, "5e-324"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (0.1, "0.1"),
            (1e22, "10000000000000000000000"),
            (2.0_f64.powi(70), "1180591620717411300000"),
            (0.0, "0"),
        ] {
            if !want.contains('e') {
                assert_eq!(plain(f), want);
            }
            assert_eq!(exponential(f).parse(), want.parse::<f64>());
        }
        assert_eq!(exponential(123_467_823_456_789.12), "1.2346782345678912e14");
    }

    #[test]
    fn every_text_reads_back() {
        let mut bits = 0x1234_5678_9abc_def0_u64;
        for _ in 0..200_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let f = f64::from_bits(bits);
            if !f.is_finite() {
                continue;
            }
            let (long, short) = (plain(f), exponential(f));
            assert_eq!(long.parse(), Ok(f), "{long}");
            assert_eq!(short.parse(), Ok(f), "{short}");
            assert_eq!(long.len(), format!("{f}").len());
            assert_eq!(short.len(), format!("{f:e}").len());
        }
    }
}
