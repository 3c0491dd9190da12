//! Time zones by name, from the bundled database, looked up as Go does.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A zone.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Utc,
    Named(TimeZone),
}

/// What holds in a zone at an instant.
#[derive(Clone, Debug)]
pub(super) struct ZoneInfo {
    /// Seconds east of Greenwich.
    pub(super) offset: i32,
    /// Such as `CEST`.
    pub(super) abbreviation: String,
}

impl Zone {
    /// The zone of that name; names are exact.
    pub(super) fn load(name: &str) -> Result<Zone, String> {
        match name {
            "" | "UTC" | "Local" => return Ok(Zone::Utc),
            _ if name.contains("..") || name.starts_with(['/', '\\']) => {
                return Err("time: invalid location name".to_owned());
            }
            _ => {}
        }
        match TimeZone::get(name) {
            Ok(tz) if tz.iana_name() == Some(name) => Ok(Zone::Named(tz)),
            _ => Err(format!("unknown time zone {name}")),
        }
    }

    /// What holds at an instant, in seconds since 1970.
    pub(super) fn at(&self, seconds: i64) -> ZoneInfo {
        let utc = ZoneInfo { offset: 0, abbreviation: "UTC".to_owned() };
        let (Zone::Named(tz), Ok(t)) = (self, Timestamp::from_second(seconds)) else { return utc };
        let info = tz.to_offset_info(t);
        ZoneInfo { offset: info.offset().seconds(), abbreviation: info.abbreviation().to_owned() }
    }

    /// Seconds since 1970 of a local time. Of two possible ones, or for a time that the clocks skip, Go's choice: the
    /// offset is the one that holds when the local time is taken for UTC, unless it does not hold at the result.
    pub(super) fn instant(&self, local: i64) -> i64 {
        let first = self.at(local).offset;
        if first == 0 {
            return local;
        }
        local - i64::from(self.at(local - i64::from(first)).offset)
    }
}
