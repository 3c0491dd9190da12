//! Go's layouts: texts that show how the reference time, `Mon Jan 2 15:04:05 MST 2006`, would look.

pub(super) const RFC3339: &[u8] = b"2006-01-02T15:04:05Z07:00";
pub(super) const RFC3339_NANO: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

/// Longest layout for formatting; no element becomes longer than a dozen bytes.
pub(super) const MAX_LAYOUT: usize = 1 << 20;

pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The layout that one of Go's names stands for, or the text itself.
pub(super) fn named(layout: &[u8]) -> &[u8] {
    match layout {
        b"ANSIC" => b"Mon Jan _2 15:04:05 2006",
        b"UnixDate" => b"Mon Jan _2 15:04:05 MST 2006",
        b"RubyDate" => b"Mon Jan 02 15:04:05 -0700 2006",
        b"RFC822" => b"02 Jan 06 15:04 MST",
        b"RFC822Z" => b"02 Jan 06 15:04 -0700",
        b"RFC850" => b"Monday, 02-Jan-06 15:04:05 MST",
        b"RFC1123" => b"Mon, 02 Jan 2006 15:04:05 MST",
        b"RFC1123Z" => b"Mon, 02 Jan 2006 15:04:05 -0700",
        b"RFC3339" => RFC3339,
        b"RFC3339Nano" => RFC3339_NANO,
        other => other,
    }
}

/// An element of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset(OffsetForm),
    /// `.000` or `.999`: the separator, how many digits, and whether zeros at the end are left out.
    Fraction {
        separator: u8,
        digits: usize,
        trim: bool,
    },
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetForm {
    /// `Z` stands for zero.
    pub(super) iso: bool,
    pub(super) colon: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// Plain text, an element with its own text, and what follows.
pub(super) type Split<'a> = (&'a [u8], Option<(Element, &'a [u8])>, &'a [u8]);

/// Splits off the first element: the text before it, the element, the element's own text, and the rest.
pub(super) fn next(layout: &[u8]) -> Split<'_> {
    for i in 0..layout.len() {
        if let Some((element, skip, len)) = element(&layout[i..]) {
            let (start, end) = (i + skip, i + skip + len);
            return (&layout[..start], Some((element, &layout[start..end])), &layout[end..]);
        }
    }
    (layout, None, b"")
}

/// The element that begins here: bytes of plain text before it, and its length.
fn element(s: &[u8]) -> Option<(Element, usize, usize)> {
    use Element as E;
    let lower_at = |i: usize| s.get(i).is_some_and(u8::is_ascii_lowercase);
    let found = match s[0] {
        b'J' if s.starts_with(b"January") => (E::LongMonth, 7),
        b'J' if s.starts_with(b"Jan") && !lower_at(3) => (E::Month, 3),
        b'M' if s.starts_with(b"Monday") => (E::LongWeekday, 6),
        b'M' if s.starts_with(b"Mon") && !lower_at(3) => (E::Weekday, 3),
        b'M' if s.starts_with(b"MST") => (E::ZoneName, 3),
        b'0' => match s.get(1)? {
            b'1' => (E::ZeroMonth, 2),
            b'2' => (E::ZeroDay, 2),
            b'3' => (E::ZeroHour12, 2),
            b'4' => (E::ZeroMinute, 2),
            b'5' => (E::ZeroSecond, 2),
            b'6' => (E::Year, 2),
            b'0' if s.get(2) == Some(&b'2') => (E::ZeroYearDay, 3),
            _ => return None,
        },
        b'1' if s.starts_with(b"15") => (E::Hour, 2),
        b'1' => (E::NumMonth, 1),
        b'2' if s.starts_with(b"2006") => (E::LongYear, 4),
        b'2' => (E::Day, 1),
        // The underscore before a year is plain text.
        b'_' if s.starts_with(b"_2006") => return Some((E::LongYear, 1, 4)),
        b'_' if s.starts_with(b"_2") => (E::UnderDay, 2),
        b'_' if s.starts_with(b"__2") => (E::UnderYearDay, 3),
        b'3' => (E::Hour12, 1),
        b'4' => (E::Minute, 1),
        b'5' => (E::Second, 1),
        b'P' if s.starts_with(b"PM") => (E::UpperPm, 2),
        b'p' if s.starts_with(b"pm") => (E::LowerPm, 2),
        c @ (b'-' | b'Z') => offset(&s[1..], c == b'Z')?,
        separator @ (b'.' | b',') => {
            let digit = *s.get(1).filter(|d| matches!(d, b'0' | b'9'))?;
            let digits = s[1..].iter().take_while(|&&c| c == digit).count();
            if s.get(1 + digits).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            (E::Fraction { separator, digits, trim: digit == b'9' }, 1 + digits)
        }
        _ => return None,
    };
    Some((found.0, 0, found.1))
}

fn offset(after_sign: &[u8], iso: bool) -> Option<(Element, usize)> {
    let forms: [(&[u8], bool, bool, bool); 5] = [
        (b"070000", false, true, true),
        (b"07:00:00", true, true, true),
        (b"0700", false, true, false),
        (b"07:00", true, true, false),
        (b"07", false, false, false),
    ];
    let (text, colon, minutes, seconds) = forms.into_iter().find(|f| after_sign.starts_with(f.0))?;
    Some((Element::Offset(OffsetForm { iso, colon, minutes, seconds }), 1 + text.len()))
}
