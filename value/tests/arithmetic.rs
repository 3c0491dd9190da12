//! Arithmetic, comparison and bases give what OPA gives (`data/arithmetic.txt` was printed by OPA 1.22).

use writ_value::number::{self, NumRef, Number, NumberError};

fn one(op: &str, x: NumRef<'_>) -> Result<String, NumberError> {
    let n = match op {
        "abs" => number::abs(x),
        "ceil" => number::ceil(x),
        "floor" => number::floor(x),
        "round" => number::round(x),
        "not" => number::bit_not(x),
        "lsh" => number::shl(x, NumRef::Int(70)),
        "rsh" => number::shr(x, NumRef::Int(3)),
        "hex" => return number::format_int(x, NumRef::Int(16)),
        "dec" => return number::format_int(x, NumRef::Int(10)),
        _ => unreachable!("operation {op}"),
    };
    n.map(|n| n.to_string())
}

fn two(op: &str, x: NumRef<'_>, y: NumRef<'_>) -> Result<String, NumberError> {
    let n = match op {
        "add" => number::add(x, y),
        "sub" => number::sub(x, y),
        "mul" => number::mul(x, y),
        "div" => number::div(x, y),
        "rem" => number::rem(x, y),
        "and" => number::bit_and(x, y),
        "or" => number::bit_or(x, y),
        "xor" => number::bit_xor(x, y),
        "product" => number::product([x, y, NumRef::Text("1.0")].into_iter()),
        "lt" => return Ok((x < y).to_string()),
        "eq" => return Ok((x == y).to_string()),
        _ => unreachable!("operation {op}"),
    };
    n.map(|n| n.to_string())
}

#[test]
fn results_equal_those_of_opa() {
    let mut wrong = Vec::new();
    let mut n_cases = 0;
    for line in include_str!("data/arithmetic.txt").lines().filter(|l| !l.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let (op, want) = (words[0], words[words.len() - 1]);
        let args: Vec<Number> =
            words[1..words.len() - 1].iter().map(|w| Number::parse(w).expect("fixture holds numbers")).collect();
        let got = match &args[..] {
            [x] => one(op, x.as_num()),
            [x, y] => two(op, x.as_num(), y.as_num()),
            _ => number::sum(args.iter().map(Number::as_num)).map(|n| n.to_string()),
        };
        n_cases += 1;
        if got.clone().unwrap_or_else(|_| "-".to_owned()) != want {
            wrong.push(format!("{line}: got {got:?}"));
        }
    }
    assert!(n_cases > 7000, "only {n_cases} cases");
    assert!(wrong.is_empty(), "{} of {n_cases} differ:\n{}", wrong.len(), wrong[..wrong.len().min(30)].join("\n"));
}
