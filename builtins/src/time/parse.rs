//! Reading a time by a layout, with Go's leniencies and errors.

use super::civil::{self, Civil};
use super::layout::{self, Element, OffsetForm};
use super::quote;

/// Why an element could not be read.
enum Failure {
    /// It does not look like one.
    Bad,
    /// It is one, but too large.
    Range(&'static str),
}

type Read<T> = Result<T, Failure>;

/// What was read so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    ns: u32,
    pm: Option<bool>,
    offset: Option<i64>,
    utc: bool,
}

/// Seconds since 1970 and nanoseconds. Cost: linear.
pub(crate) fn parse(layout: &[u8], text: &[u8]) -> Result<(i64, u32), String> {
    let cannot = |value: &[u8], element: &[u8]| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(text),
            quote(layout),
            quote(value),
            quote(element)
        )
    };
    let mut fields = Fields::default();
    let (mut rest, mut value) = (layout, text);
    loop {
        let (plain, element, after) = layout::next(rest);
        value = skip(value, plain).map_err(|at| cannot(at, plain))?;
        let Some((element, element_text)) = element else {
            if value.is_empty() {
                break;
            }
            return Err(format!("parsing time {}: extra text: {}", quote(text), quote(value)));
        };
        rest = after;
        value = match fields.read(element, value, rest) {
            Ok(v) => v,
            Err(Failure::Bad) => return Err(cannot(value, element_text)),
            Err(Failure::Range(what)) => {
                return Err(format!("parsing time {}: {what} out of range", quote(text)));
            }
        };
    }
    fields.finish().map_err(|what| format!("parsing time {}: {what}", quote(text)))
}

/// Skips plain text of the layout; a run of spaces matches any run, but at the end of the value.
fn skip<'a>(mut value: &'a [u8], mut plain: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let Some(&c) = plain.first() {
        if c == b' ' {
            if value.first().is_some_and(|&v| v != b' ') {
                return Err(value);
            }
            plain = trim_spaces(plain);
            value = trim_spaces(value);
        } else if value.first() == Some(&c) {
            plain = &plain[1..];
            value = &value[1..];
        } else {
            return Err(value);
        }
    }
    Ok(value)
}

fn trim_spaces(s: &[u8]) -> &[u8] {
    &s[s.iter().take_while(|&&c| c == b' ').count()..]
}

fn digit(s: &[u8], i: usize) -> Option<i64> {
    s.get(i).filter(|c| c.is_ascii_digit()).map(|c| i64::from(c - b'0'))
}

/// One or two digits, or exactly two.
fn two(s: &[u8], fixed: bool) -> Read<(i64, &[u8])> {
    match (digit(s, 0), digit(s, 1)) {
        (Some(a), Some(b)) => Ok((a * 10 + b, &s[2..])),
        (Some(a), None) if !fixed => Ok((a, &s[1..])),
        _ => Err(Failure::Bad),
    }
}

fn below<'a>(value: (i64, &'a [u8]), limit: i64, what: &'static str) -> Read<(i64, &'a [u8])> {
    if value.0 < limit { Ok(value) } else { Err(Failure::Range(what)) }
}

/// An optional sign and digits.
fn signed(s: &[u8]) -> Read<i64> {
    let text = std::str::from_utf8(s).map_err(|_| Failure::Bad)?;
    text.parse().map_err(|_| Failure::Bad)
}

fn name<'a>(names: &[&str], len: Option<usize>, s: &'a [u8]) -> Read<(i64, &'a [u8])> {
    for (i, name) in (0..).zip(names) {
        let name = &name.as_bytes()[..len.unwrap_or(name.len())];
        if s.get(..name.len()).is_some_and(|v| v.eq_ignore_ascii_case(name)) {
            return Ok((i, &s[name.len()..]));
        }
    }
    Err(Failure::Bad)
}

impl Fields {
    /// Reads one element and gives what follows it.
    fn read<'a>(&mut self, element: Element, s: &'a [u8], layout: &[u8]) -> Read<&'a [u8]> {
        use Element as E;
        let rest;
        match element {
            E::Year => {
                let y = signed(s.get(..2).ok_or(Failure::Bad)?)?;
                self.year = if y >= 69 { y + 1900 } else { y + 2000 };
                rest = &s[2..];
            }
            E::LongYear => {
                digit(s, 0).ok_or(Failure::Bad)?;
                self.year = signed(s.get(..4).ok_or(Failure::Bad)?)?;
                rest = &s[4..];
            }
            E::Month | E::LongMonth => {
                let (m, r) = name(&layout::MONTHS, (element == E::Month).then_some(3), s)?;
                self.month = Some(m + 1);
                rest = r;
            }
            E::NumMonth | E::ZeroMonth => {
                let (m, r) = two(s, element == E::ZeroMonth)?;
                if m == 0 || m > 12 {
                    return Err(Failure::Range("month"));
                }
                self.month = Some(m);
                rest = r;
            }
            E::Weekday | E::LongWeekday => {
                rest = name(&layout::DAYS, (element == E::Weekday).then_some(3), s)?.1;
            }
            E::Day | E::UnderDay | E::ZeroDay => {
                let s = if element == E::UnderDay { s.strip_prefix(b" ").unwrap_or(s) } else { s };
                let (d, r) = two(s, element == E::ZeroDay)?;
                self.day = Some(d);
                rest = r;
            }
            E::UnderYearDay | E::ZeroYearDay => {
                let mut s = s;
                if element == E::UnderYearDay {
                    s = s.strip_prefix(b" ").unwrap_or(s);
                    s = s.strip_prefix(b" ").unwrap_or(s);
                }
                let n = (0..3).take_while(|&i| digit(s, i).is_some()).count();
                if n == 0 || (element == E::ZeroYearDay && n != 3) {
                    return Err(Failure::Bad);
                }
                self.year_day = Some(signed(&s[..n])?);
                rest = &s[n..];
            }
            E::Hour => (self.hour, rest) = below(two(s, false)?, 24, "hour")?,
            E::Hour12 | E::ZeroHour12 => {
                (self.hour, rest) = below(two(s, element == E::ZeroHour12)?, 13, "hour")?;
            }
            E::Minute | E::ZeroMinute => {
                (self.minute, rest) = below(two(s, element == E::ZeroMinute)?, 60, "minute")?;
            }
            E::Second | E::ZeroSecond => {
                let (second, r) = below(two(s, element == E::ZeroSecond)?, 60, "second")?;
                self.second = second;
                rest = self.unannounced_fraction(r, layout)?;
            }
            E::UpperPm | E::LowerPm => {
                let word = s.get(..2).ok_or(Failure::Bad)?;
                self.pm = Some(match (element, word) {
                    (E::UpperPm, b"PM") | (E::LowerPm, b"pm") => true,
                    (E::UpperPm, b"AM") | (E::LowerPm, b"am") => false,
                    _ => return Err(Failure::Bad),
                });
                rest = &s[2..];
            }
            E::Offset(form) => rest = self.offset(form, s)?,
            E::ZoneName if s.starts_with(b"UTC") => {
                self.utc = true;
                rest = &s[3..];
            }
            E::ZoneName => {
                let n = zone_name(s).ok_or(Failure::Bad)?;
                rest = &s[n..];
            }
            E::Fraction { digits, trim: false, .. } => {
                let (fraction, r) = s.split_at_checked(1 + digits).ok_or(Failure::Bad)?;
                self.ns = nanoseconds(fraction)?;
                rest = r;
            }
            E::Fraction { trim: true, .. } => {
                if !matches!(s.first(), Some(b'.' | b',')) || digit(s, 1).is_none() {
                    return Ok(s);
                }
                let n = 1 + s[1..].iter().take_while(|c| c.is_ascii_digit()).count();
                self.ns = nanoseconds(&s[..n])?;
                rest = &s[n..];
            }
        }
        Ok(rest)
    }

    /// A fraction of a second is read even if the layout does not mention it.
    fn unannounced_fraction<'a>(&mut self, s: &'a [u8], layout: &[u8]) -> Read<&'a [u8]> {
        if !matches!(s.first(), Some(b'.' | b',')) || digit(s, 1).is_none() {
            return Ok(s);
        }
        if let Some((Element::Fraction { .. }, _)) = layout::next(layout).1 {
            return Ok(s);
        }
        let n = 1 + s[1..].iter().take_while(|c| c.is_ascii_digit()).count();
        self.ns = nanoseconds(&s[..n])?;
        Ok(&s[n..])
    }

    fn offset<'a>(&mut self, form: OffsetForm, s: &'a [u8]) -> Read<&'a [u8]> {
        if form.iso && s.first() == Some(&b'Z') {
            self.utc = true;
            return Ok(&s[1..]);
        }
        let width = if form.colon { 3 } else { 2 };
        let n_parts = 1 + usize::from(form.minutes) + usize::from(form.seconds);
        let len = 3 + (n_parts - 1) * width;
        let text = s.get(..len).ok_or(Failure::Bad)?;
        let mut parts = [0; 3];
        // What is behind the first part that is no number stays 0, and what is out of range counts first.
        let mut wrong = false;
        for (i, part) in parts.iter_mut().enumerate().take(n_parts) {
            let at = 1 + i * width;
            if form.colon && i > 0 && text[at - 1] != b':' {
                return Err(Failure::Bad);
            }
            match two(&text[at..at + 2], true) {
                Ok((number, _)) if !wrong => *part = number,
                _ => wrong = true,
            }
        }
        let sign = match text[0] {
            b'+' => 1,
            b'-' => -1,
            _ => 0,
        };
        let [h, m, sec] = parts;
        let names = ["time zone offset hour", "time zone offset minute", "time zone offset second"];
        // The last one that is out of range is reported.
        for (value, limit, what) in [(sec, 60, names[2]), (m, 60, names[1]), (h, 24, names[0])] {
            if value > limit {
                return Err(Failure::Range(what));
            }
        }
        if sign == 0 || wrong {
            return Err(Failure::Bad);
        }
        self.offset = Some(sign * ((h * 60 + m) * 60 + sec));
        Ok(&s[len..])
    }

    fn finish(mut self) -> Result<(i64, u32), &'static str> {
        match self.pm {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        let (month, day) = match self.year_day {
            Some(yday) => self.date_of(yday)?,
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        if day < 1 || day > civil::days_in_month(self.year, month) {
            return Err("day out of range");
        }
        let local = Civil {
            year: self.year,
            month,
            day,
            hour: self.hour,
            minute: self.minute,
            second: self.second,
            ns: self.ns,
        };
        // A zone's abbreviation says nothing about its offset: Go takes the local time for UTC.
        let offset = if self.utc { 0 } else { self.offset.unwrap_or(0) };
        Ok((local.seconds() - offset, self.ns))
    }

    fn date_of(&self, yday: i64) -> Result<(i64, i64), &'static str> {
        let days = if civil::is_leap(self.year) { 366 } else { 365 };
        if yday < 1 || yday > days {
            return Err("day-of-year out of range");
        }
        let (mut month, mut day) = (1, yday);
        while day > civil::days_in_month(self.year, month) {
            day -= civil::days_in_month(self.year, month);
            month += 1;
        }
        if self.month.is_some_and(|m| m != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|d| d != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day))
    }
}

/// A separator and digits; what is finer than a nanosecond is cut.
fn nanoseconds(s: &[u8]) -> Read<u32> {
    if !matches!(s.first(), Some(b'.' | b',')) {
        return Err(Failure::Bad);
    }
    let digits = &s[1..s.len().min(10)];
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Failure::Bad);
    }
    let value = digits.iter().fold(0u32, |n, c| n * 10 + u32::from(c - b'0'));
    Ok(value * 10u32.pow(9 - u32::try_from(digits.len()).unwrap_or(9)))
}

/// Length of what looks like the abbreviation of a zone.
fn zone_name(s: &[u8]) -> Option<usize> {
    if s.len() < 3 {
        return None;
    }
    if s.starts_with(b"ChST") || s.starts_with(b"MeST") {
        return Some(4);
    }
    if s.starts_with(b"GMT") {
        return Some(3 + signed_offset(&s[3..]));
    }
    if matches!(s[0], b'+' | b'-') {
        return Some(signed_offset(s)).filter(|&n| n > 0);
    }
    match s.iter().take(6).take_while(|c| c.is_ascii_uppercase()).count() {
        5 if s[4] == b'T' => Some(5),
        4 if s[3] == b'T' || s.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// Length of a sign and a number up to 23; 0 if there is none.
fn signed_offset(s: &[u8]) -> usize {
    if !matches!(s.first(), Some(b'+' | b'-')) {
        return 0;
    }
    let n = s[1..].iter().take_while(|c| c.is_ascii_digit()).count();
    match signed(&s[1..=n]) {
        Ok(hours) if n > 0 && hours <= 23 => 1 + n,
        _ => 0,
    }
}
