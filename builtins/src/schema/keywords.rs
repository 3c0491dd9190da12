//! Reading single keywords, with the messages for values of the wrong kind.

use writ_value::{Number, Object, Value, json, shortest};

/// The object under compilation.
#[derive(Clone, Copy)]
pub(super) struct Keywords<'a>(pub(super) &'a Object);

pub(super) fn invalid_type(expected: &str, given: &str) -> String {
    format!("Invalid type. Expected: {expected}, given: {given}")
}

impl<'a> Keywords<'a> {
    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.0.get(&Value::from(key))
    }

    pub(super) fn string(self, key: &str) -> Result<Option<&'a str>, String> {
        match self.get(key) {
            None => Ok(None),
            Some(v) => v.as_str().map(Some).ok_or_else(|| invalid_type("string", key)),
        }
    }

    pub(super) fn list(self, key: &str) -> Result<Option<&'a [Value]>, String> {
        match self.get(key) {
            None => Ok(None),
            Some(v) => v.as_array().map(Some).ok_or_else(|| format!("{key} must be of an array")),
        }
    }

    /// A number of elements or characters.
    pub(super) fn count(self, key: &str) -> Result<Option<usize>, String> {
        let Some(v) = self.get(key) else { return Ok(None) };
        let Value::Number(Number::Int(n)) = v else { return Err(format!("{key} must be of an integer")) };
        usize::try_from(*n).map(Some).map_err(|_| format!("{key} must be greater than or equal to 0"))
    }

    /// A pair of counts, the lower one first.
    pub(super) fn counts(self, min: &str, max: &str) -> Result<(Option<usize>, Option<usize>), String> {
        let (low, high) = (self.count(min)?, self.count(max)?);
        match (low, high) {
            (Some(l), Some(h)) if l > h => Err(format!("{min} cannot be greater than {max}")),
            _ => Ok((low, high)),
        }
    }
}

/// A text that is equal for values that JSON Schema takes for equal: numbers as doubles, keys sorted.
pub(super) fn canonical(value: &Value) -> Result<String, String> {
    fn numbers(value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::Number(n) => n
                .to_f64()
                .and_then(|f| Number::parse(&double(f)).ok())
                .map(Value::Number)
                .ok_or_else(|| format!("json: cannot unmarshal number {n} into Go value of type float64"))?,
            Value::Array(a) => a.iter().map(numbers).collect::<Result<_, _>>()?,
            Value::Object(o) => {
                let one = |(k, v): (&Value, &Value)| Ok((k.clone(), numbers(v)?));
                Value::from(o.iter().map(one).collect::<Result<Object, String>>()?)
            }
            other => other.clone(),
        })
    }
    numbers(value).map(|v| json::to_string(&v))
}

/// A double as Go's JSON encoder writes it.
fn double(f: f64) -> String {
    let size = f.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = shortest::exponential(f);
        return if size >= 1.0 { text.replace('e', "e+") } else { text };
    }
    shortest::plain(f)
}
