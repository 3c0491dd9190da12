//! Calls of built-ins, from the compiler's table of signatures, with arguments that make sense to them.

use writ_compiler::builtins::{self, Place};
use writ_compiler::types::Type;
use writ_value::{Value, json};

use super::Generator;
use super::types::{STRINGS, Ty};
use crate::program::Term;
use crate::rng::Rng;

/// A built-in that programs may call.
#[derive(Debug, Clone)]
pub(super) struct Callable {
    /// Its name.
    pub name: &'static str,
    /// Types of its parameters.
    pub params: Vec<Type>,
    /// Type of its result.
    pub result: Ty,
}

/// Built-ins that run in the guest, are functions of their arguments alone, and have a result.
pub(super) fn callables() -> Vec<Callable> {
    let usable = |b: &&builtins::Builtin| {
        b.place == Place::Guest
            && !b.deprecated
            && !b.relation
            && !b.nondeterministic
            && !b.is_void()
            && b.infix.is_none()
            && !b.name.starts_with("internal.")
    };
    let callable = |b: &builtins::Builtin| Callable {
        name: b.name,
        params: b.function().params.iter().map(|p| p.ty.clone()).collect(),
        result: to_ty(&b.function().result.ty, &mut Rng::new(0)),
    };
    builtins::all().iter().filter(usable).map(callable).collect()
}

/// A type to build for a type that is allowed; of a union any member.
pub(super) fn to_ty(ty: &Type, rng: &mut Rng) -> Ty {
    match ty {
        Type::Null => Ty::Null,
        Type::Boolean => Ty::Bool,
        Type::Number => Ty::Num,
        Type::String => Ty::Str,
        Type::Array(a) => match a.rest() {
            Some(rest) => Ty::array(to_ty(rest, rng)),
            None => Ty::Tuple(a.fixed().iter().map(|t| to_ty(t, rng)).collect()),
        },
        Type::Set(s) => Ty::set(to_ty(s.element(), rng)),
        Type::Object(o) => match o.rest() {
            // Objects with keys of any type are seldom met; mostly keys are strings.
            Some((_, value)) => Ty::object(to_ty(value, rng)),
            None => Ty::object(Ty::Any),
        },
        Type::Union(u) => to_ty(rng.pick(u.members()), rng),
        Type::Any | Type::Unknown | Type::Function(_) => Ty::Any,
    }
}

const JSON_TEXTS: [&str; 10] =
    ["1", "\"a\"", "[1, 2]", "{\"a\": 1}", "{\"a\":", "nul", "", " null ", "[1.0, 1e2]", "{\"a\": 1, \"a\": 2}"];
const UNITS: [&str; 10] = ["1", "10K", "1.5Mi", "2GiB", "1m", "", "x", "1 K", "3kb", "0.5G"];
const FORMATS: [(&str, &[Ty]); 12] = [
    ("%d", &[Ty::Num]),
    ("%s", &[Ty::Str]),
    ("%v", &[Ty::Any]),
    ("%v %v", &[Ty::Num, Ty::Str]),
    ("%5d|%-5s|", &[Ty::Num, Ty::Str]),
    ("%.2f", &[Ty::Num]),
    ("%x", &[Ty::Num]),
    ("%q", &[Ty::Str]),
    ("%t", &[Ty::Bool]),
    ("100%%", &[]),
    ("%d %d", &[Ty::Num]),
    ("%s", &[Ty::Num, Ty::Num]),
];
const NUMERIC: [&str; 7] = ["1", "-1.5", "1e3", "0x1", "", "1 ", "12345678901234567890123"];
const PATCHES: [&str; 8] = [
    r#"[{"op": "add", "path": "/a", "value": 1}]"#,
    r#"[{"op": "add", "path": "/c/-", "value": [1]}]"#,
    r#"[{"op": "remove", "path": "/a"}]"#,
    r#"[{"op": "replace", "path": "a", "value": {"b": 2}}]"#,
    r#"[{"op": "move", "from": "/a", "path": "/b"}]"#,
    r#"[{"op": "copy", "from": "/a", "path": "/c"}]"#,
    r#"[{"op": "test", "path": "/a", "value": 1}]"#,
    r#"[{"op": "add", "path": ["a", "b"], "value": null}]"#,
];
const PATHS: [&str; 6] = [r#"["a"]"#, r#"["a/b", "c"]"#, r#"[["a", "b"]]"#, r#"["/a", "b/0"]"#, "[]", r#"["x"]"#];
const GRAPHS: [&str; 4] = [
    r#"{"a": ["b", "c"], "b": ["a"], "c": []}"#,
    r#"{"a": ["a"], "b": ["x"]}"#,
    r#"{"a": ["b"], "b": ["c"], "c": ["d", "e"], "d": [], "e": ["a"]}"#,
    "{}",
];

impl Generator {
    /// A call of one of the built-ins that give `ty`, if there is one.
    pub(super) fn builtin_call(&mut self, ty: &Ty, depth: usize) -> Option<Term> {
        let fits: Vec<usize> = (0..self.callables.len()).filter(|i| self.callables[*i].result.fits(ty)).collect();
        if fits.is_empty() {
            return None;
        }
        let callable = self.callables[*self.rng.pick(&fits)].clone();
        let args = match self.special(callable.name, depth) {
            Some(args) => args,
            None => {
                let params: Vec<Ty> = callable.params.iter().map(|t| to_ty(t, &mut self.rng)).collect();
                params.iter().map(|ty| self.term(ty, depth)).collect()
            }
        };
        Some(Term::Call(callable.name.to_owned(), args))
    }

    fn small(&mut self, n: usize) -> Term {
        Term::int(self.rng.below(n) as i64)
    }

    fn constant(&mut self, texts: &[&str]) -> Term {
        Term::str(self.rng.pick::<&str>(texts))
    }

    fn document(&mut self, texts: &[&str]) -> Term {
        json::parse(self.rng.pick(texts).as_bytes()).map_or(Term::Array(Vec::new()), |v| literal(&v))
    }

    /// Arguments for built-ins that random ones would teach nothing, or cost too much.
    fn special(&mut self, name: &str, depth: usize) -> Option<Vec<Term>> {
        let number = |g: &mut Generator| g.term(&Ty::Num, depth);
        let string = |g: &mut Generator| g.term(&Ty::Str, depth);
        let object = |g: &mut Generator| {
            let ty = Ty::object(Ty::random(&mut g.rng, 1));
            g.term(&ty, depth)
        };
        Some(match name {
            "numbers.range" => vec![self.small(6), self.small(6)],
            "numbers.range_step" => vec![self.small(6), self.small(9), self.small(4)],
            "bits.lsh" | "bits.rsh" => vec![number(self), self.small(9)],
            "format_int" => {
                let base = *self.rng.pick(&[2, 8, 10, 16, 3]);
                vec![number(self), Term::int(base)]
            }
            "substring" => {
                let length = self.rng.between(0, 4) as i64 - 1;
                vec![string(self), self.small(4), Term::int(length)]
            }
            "sprintf" => {
                let (format, types) = *self.rng.pick(&FORMATS);
                let values = types.iter().map(|ty| self.term(ty, depth)).collect();
                vec![Term::str(format), Term::Array(values)]
            }
            "json.unmarshal" | "json.is_valid" => vec![self.constant(&JSON_TEXTS)],
            "units.parse" | "units.parse_bytes" => vec![self.constant(&UNITS)],
            "to_number" => vec![if self.rng.chance(60) { self.constant(&NUMERIC) } else { number(self) }],
            "json.patch" => vec![object(self), self.document(&PATCHES)],
            "json.filter" | "json.remove" => vec![object(self), self.document(&PATHS)],
            "graph.reachable" | "graph.reachable_paths" => {
                vec![self.document(&GRAPHS), self.document(&[r#"["a"]"#, r#"["b", "x"]"#])]
            }
            "base64.decode" | "base64url.decode" | "hex.decode" if self.rng.chance(60) => {
                vec![Term::Call(name.replace("decode", "encode"), vec![self.constant(&STRINGS)])]
            }
            "strings.split_n" => vec![string(self), self.constant(&[",", "/", ""]), self.small(4)],
            "json.marshal_with_options" => vec![
                self.term(&Ty::Any, depth),
                self.document(&["{}", r#"{"pretty": true}"#, r#"{"indent": " ", "prefix": ">"}"#]),
            ],
            _ => return None,
        })
    }
}

/// A value as a term of constants.
pub fn literal(value: &Value) -> Term {
    match value {
        Value::Array(a) => Term::Array(a.iter().map(literal).collect()),
        Value::Set(s) => Term::Set(s.iter().map(literal).collect()),
        Value::Object(o) => Term::Object(o.iter().map(|(k, v)| (literal(k), literal(v))).collect()),
        scalar => Term::Scalar(scalar.clone()),
    }
}
