//! Writing a time by a layout.

use super::civil::Civil;
use super::layout::{self, Element};
use super::zone::ZoneInfo;

/// The time by the layout. Cost: linear in the layout.
pub(super) fn format(t: &Civil, zone: &ZoneInfo, layout: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(layout.len() + 8);
    let mut rest = layout;
    loop {
        let (plain, element, after) = layout::next(rest);
        out.extend_from_slice(plain);
        let Some((element, _)) = element else { return out };
        out.extend_from_slice(write(t, zone, element).as_bytes());
        rest = after;
    }
}

fn write(t: &Civil, zone: &ZoneInfo, element: Element) -> String {
    use Element as E;
    let month = layout::MONTHS[usize::try_from(t.month - 1).unwrap_or(0)];
    let day = layout::DAYS[t.weekday()];
    let hour12 = if t.hour % 12 == 0 { 12 } else { t.hour % 12 };
    match element {
        E::LongMonth => month.to_owned(),
        E::Month => month[..3].to_owned(),
        E::NumMonth => t.month.to_string(),
        E::ZeroMonth => format!("{:02}", t.month),
        E::LongWeekday => day.to_owned(),
        E::Weekday => day[..3].to_owned(),
        E::Day => t.day.to_string(),
        E::UnderDay => format!("{:2}", t.day),
        E::ZeroDay => format!("{:02}", t.day),
        E::UnderYearDay => format!("{:3}", t.day_of_year()),
        E::ZeroYearDay => format!("{:03}", t.day_of_year()),
        E::Hour => format!("{:02}", t.hour),
        E::Hour12 => hour12.to_string(),
        E::ZeroHour12 => format!("{hour12:02}"),
        E::Minute => t.minute.to_string(),
        E::ZeroMinute => format!("{:02}", t.minute),
        E::Second => t.second.to_string(),
        E::ZeroSecond => format!("{:02}", t.second),
        E::LongYear => format!("{:04}", t.year),
        E::Year => format!("{:02}", t.year.abs() % 100),
        E::UpperPm => if t.hour >= 12 { "PM" } else { "AM" }.to_owned(),
        E::LowerPm => if t.hour >= 12 { "pm" } else { "am" }.to_owned(),
        E::ZoneName if zone.abbreviation.is_empty() => offset(zone.offset, false, true, false),
        E::ZoneName => zone.abbreviation.clone(),
        E::Offset(f) if f.iso && zone.offset == 0 => "Z".to_owned(),
        E::Offset(f) => offset(zone.offset, f.colon, f.minutes, f.seconds),
        E::Fraction { separator, digits, trim } => fraction(t.ns, separator, digits, trim),
    }
}

fn offset(offset: i32, colon: bool, minutes: bool, seconds: bool) -> String {
    // Rounded towards zero to minutes first, so that -30 s is written as +00:00.
    let zone = offset / 60;
    let (sign, zone) = if zone < 0 { ('-', -zone) } else { ('+', zone) };
    let colon = if colon { ":" } else { "" };
    let mut out = format!("{sign}{:02}", zone / 60);
    if minutes {
        out.push_str(&format!("{colon}{:02}", zone % 60));
    }
    if seconds {
        out.push_str(&format!("{colon}{:02}", offset.abs() % 60));
    }
    out
}

fn fraction(ns: u32, separator: u8, digits: usize, trim: bool) -> String {
    if trim && ns == 0 {
        return String::new();
    }
    let text = format!("{ns:09}");
    let mut kept = &text[..digits.min(9)];
    if trim {
        kept = kept.trim_end_matches('0');
        if kept.is_empty() {
            return String::new();
        }
    }
    format!("{}{kept}", char::from(separator))
}
