//! Units of measurement: which there are, and how values go from one to another.

use writ_value::Number;

use super::rational::Rational;

/// What a unit measures. Only units of one dimension are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Length,
    Area,
    Volume,
    Mass,
    Time,
    Speed,
    Frequency,
    Energy,
    Power,
    Temperature,
    Data,
    DataRate,
    Ratio,
    /// Exchange rates change, so each currency is a dimension of its own.
    Currency,
}

/// A unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    name: &'static str,
    dimension: Dimension,
    /// One of it in the dimension's base unit, as a fraction.
    scale: (i64, i64),
    /// Added before scaling, as a fraction: where zero stands.
    zero: (i64, i64),
}

/// How a number goes from one unit to another: `(x + before) * times / over + after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// Added first; 0 except between temperatures.
    pub before: Number,
    /// Then multiplied by.
    pub times: Number,
    /// Then divided by.
    pub over: Number,
    /// Added last; 0 except between temperatures.
    pub after: Number,
}

macro_rules! units {
    ($($dimension:ident { $($name:literal = $above:literal / $below:literal),* $(,)? })*) => {
        &[$($(Unit { name: $name, dimension: Dimension::$dimension, scale: ($above, $below), zero: (0, 1) },)*)*]
    };
}

const UNITS: &[Unit] = units! {
    Length {
        "m" = 1/1, "nm" = 1/1_000_000_000, "um" = 1/1_000_000, "mm" = 1/1000, "cm" = 1/100, "dm" = 1/10, "km" = 1000/1,
        "in" = 127/5000, "ft" = 381/1250, "yd" = 1143/1250, "mi" = 201_168/125, "nmi" = 1852/1,
    }
    Area { "m2" = 1/1, "mm2" = 1/1_000_000, "cm2" = 1/10_000, "km2" = 1_000_000/1, "ha" = 10_000/1 }
    Volume { "l" = 1/1, "ml" = 1/1000, "m3" = 1000/1 }
    Mass {
        "kg" = 1/1, "ug" = 1/1_000_000_000, "mg" = 1/1_000_000, "g" = 1/1000, "t" = 1000/1,
        "lb" = 45_359_237/100_000_000, "oz" = 45_359_237/1_600_000_000,
    }
    Time {
        "s" = 1/1, "ns" = 1/1_000_000_000, "us" = 1/1_000_000, "ms" = 1/1000, "min" = 60/1, "h" = 3600/1, "d" = 86_400/1,
        "wk" = 604_800/1,
    }
    Speed { "m/s" = 1/1, "km/h" = 5/18, "mph" = 1397/3125, "kn" = 463/900 }
    Frequency { "Hz" = 1/1, "kHz" = 1000/1, "MHz" = 1_000_000/1, "GHz" = 1_000_000_000/1 }
    Energy { "J" = 1/1, "kJ" = 1000/1, "Wh" = 3600/1, "kWh" = 3_600_000/1 }
    Power { "W" = 1/1, "mW" = 1/1000, "kW" = 1000/1, "MW" = 1_000_000/1 }
    Data {
        "bit" = 1/1, "B" = 8/1, "kB" = 8000/1, "MB" = 8_000_000/1, "GB" = 8_000_000_000/1, "TB" = 8_000_000_000_000/1,
        "PB" = 8_000_000_000_000_000/1, "KiB" = 8192/1, "MiB" = 8_388_608/1, "GiB" = 8_589_934_592/1,
        "TiB" = 8_796_093_022_208/1, "PiB" = 9_007_199_254_740_992/1,
    }
    DataRate {
        "bit/s" = 1/1, "kbit/s" = 1000/1, "Mbit/s" = 1_000_000/1, "Gbit/s" = 1_000_000_000/1, "B/s" = 8/1, "kB/s" = 8000/1,
        "MB/s" = 8_000_000/1, "GB/s" = 8_000_000_000/1,
    }
    Ratio { "ratio" = 1/1, "%" = 1/100, "bp" = 1/10_000, "ppm" = 1/1_000_000 }
};

const TEMPERATURES: [Unit; 3] = [
    Unit { name: "K", dimension: Dimension::Temperature, scale: (1, 1), zero: (0, 1) },
    Unit { name: "degC", dimension: Dimension::Temperature, scale: (1, 1), zero: (27_315, 100) },
    Unit { name: "degF", dimension: Dimension::Temperature, scale: (5, 9), zero: (45_967, 100) },
];

/// Codes of ISO 4217 in use.
const CURRENCIES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP \
    CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY \
    KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD \
    OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD \
    TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG";

/// Other ways to write a unit.
const ALIASES: [(&str, &str); 9] = [
    ("µm", "um"),
    ("µg", "ug"),
    ("µs", "us"),
    ("m²", "m2"),
    ("km²", "km2"),
    ("m³", "m3"),
    ("°C", "degC"),
    ("°F", "degF"),
    ("percent", "%"),
];

impl Unit {
    /// The unit of this name. Names are those of `docs/rules.md`; case matters.
    pub fn of(name: &str) -> Option<Unit> {
        let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, unit)| unit);
        let known = UNITS.iter().chain(&TEMPERATURES).find(|unit| unit.name == name);
        known.copied().or_else(|| {
            let code = CURRENCIES.split(' ').find(|code| *code == name)?;
            Some(Unit { name: code, dimension: Dimension::Currency, scale: (1, 1), zero: (0, 1) })
        })
    }

    /// Names of all units but currencies, for hints.
    pub fn names() -> impl Iterator<Item = &'static str> {
        UNITS.iter().chain(&TEMPERATURES).map(|unit| unit.name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// How numbers in this unit become numbers in `to`.
    ///
    /// # Errors
    /// Why they cannot, for a message.
    pub fn conversion(self, to: Unit) -> Result<Conversion, String> {
        let (from, into) = (self.name, to.name);
        if self.dimension != to.dimension {
            return Err(format!("`{from}` ({}) and `{into}` ({}) do not measure the same", self.kind(), to.kind()));
        }
        if self.dimension == Dimension::Currency && from != into {
            return Err(format!("`{from}` and `{into}` are different currencies, which are not converted"));
        }
        self.factors(to).ok_or_else(|| format!("`{from}` and `{into}` are too far apart to be converted"))
    }

    fn kind(self) -> &'static str {
        match self.dimension {
            Dimension::Length => "a length",
            Dimension::Area => "an area",
            Dimension::Volume => "a volume",
            Dimension::Mass => "a mass",
            Dimension::Time => "a time",
            Dimension::Speed => "a speed",
            Dimension::Frequency => "a frequency",
            Dimension::Energy => "an energy",
            Dimension::Power => "a power",
            Dimension::Temperature => "a temperature",
            Dimension::Data => "an amount of data",
            Dimension::DataRate => "a data rate",
            Dimension::Ratio => "a ratio",
            Dimension::Currency => "a currency",
        }
    }

    fn factors(self, to: Unit) -> Option<Conversion> {
        let fraction = |(above, below): (i64, i64)| Rational::new(above.into(), below.into());
        let scale = fraction(self.scale)?.mul(fraction(to.scale)?.inverse()?)?;
        // to = (from + zero) * scale - zero of to; one of the two offsets is folded into the other so that it is a finite decimal.
        let folded_before = fraction(self.zero)?.add(fraction(to.zero)?.mul(scale.inverse()?)?.negate())?;
        let zero = Number::from(0i64);
        let (before, after) = match folded_before.to_decimal() {
            Some(before) => (before, zero),
            None => {
                let after = fraction(self.zero)?.mul(scale)?.add(fraction(to.zero)?.negate())?;
                (zero, after.to_decimal()?)
            }
        };
        let (above, below) = scale.terms();
        let number = |n: i128| i64::try_from(n).ok().map(Number::from);
        Some(Conversion { before, times: number(above)?, over: number(below)?, after })
    }
}

impl Conversion {
    /// The converted number: exact where it is a decimal of up to 38 digits, otherwise by doubles. `None` if it is out of their range.
    pub fn apply(&self, number: &Number) -> Option<Number> {
        if self.is_identity() {
            return Some(number.clone());
        }
        self.exactly(number).or_else(|| {
            let of = Number::to_f64;
            let scaled = (of(number)? + of(&self.before)?) * of(&self.times)? / of(&self.over)?;
            Number::from_f64(scaled + of(&self.after)?)
        })
    }

    fn exactly(&self, number: &Number) -> Option<Number> {
        let of = |n: &Number| Rational::of(n);
        let scaled = of(number)?.add(of(&self.before)?)?.mul(of(&self.times)?)?.mul(of(&self.over)?.inverse()?)?;
        scaled.add(of(&self.after)?)?.to_number()
    }

    /// Nothing changes.
    pub fn is_identity(&self) -> bool {
        let (zero, one) = (Number::from(0i64), Number::from(1i64));
        self.before == zero && self.after == zero && self.times == one && self.over == one
    }
}

/// A number with a unit: `5 m`, `-40 degC`, `99.9%`.
pub(super) fn quantity(text: &str) -> Option<(Number, &str)> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digits_from = |from: usize| from + bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let whole = digits_from(usize::from(text.starts_with('-')));
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') && digits_from(end + 1) > end + 1 {
        end = digits_from(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits_from(end + 1 + sign);
        end = if exponent > end + 1 + sign { exponent } else { end };
    }
    let (number, unit) = text.split_at_checked(end)?;
    let number = Number::parse(number).ok()?;
    Some((number, unit.trim_start())).filter(|(_, unit)| !unit.is_empty())
}
