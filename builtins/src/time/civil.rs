//! The Gregorian calendar, extended backwards; no zones.

/// A date and a time of day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// 1 to 12; other values count on into other years.
    pub(crate) month: i64,
    /// 1 to 31; other values count on into other months.
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(super) ns: u32,
}

impl Civil {
    /// The local date and time at an instant, given the zone's offset in seconds.
    pub(crate) fn new(unix_ns: i64, offset: i32) -> Civil {
        let seconds = unix_ns.div_euclid(1_000_000_000) + i64::from(offset);
        let ns = u32::try_from(unix_ns.rem_euclid(1_000_000_000)).unwrap_or(0);
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = date(days);
        Civil { year, month, day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60, ns }
    }

    /// Seconds since 1970 of this local time.
    pub(super) fn seconds(&self) -> i64 {
        self.days() * 86_400 + self.hour * 3600 + self.minute * 60 + self.second
    }

    /// Days since 1970.
    fn days(&self) -> i64 {
        let month = self.month - 1;
        days_before(self.year + month.div_euclid(12), month.rem_euclid(12) + 1) + self.day - 1
    }

    /// 0 is Sunday.
    pub(super) fn weekday(&self) -> usize {
        usize::try_from((self.days() + 4).rem_euclid(7)).unwrap_or(0)
    }

    /// 1 is the first of January.
    pub(super) fn day_of_year(&self) -> i64 {
        self.days() - days_before(self.year, 1) + 1
    }
}

/// Days from 1970 to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last day.
    let y = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * of_year + 2) / 153;
    let month = if m < 10 { m + 3 } else { m - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * m + 2) / 5 + 1)
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Length of a month, 1 to 12.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
