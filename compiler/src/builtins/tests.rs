//! The table against OPA's own list of capabilities.

use serde_json::Value as Json;

use super::*;
use crate::types::Parameter;

const OPA: &str = include_str!("../../tests/data/opa-capabilities-1.22.0.json");

fn ty(json: &Json) -> Type {
    let list = |name: &str| json[name].as_array().cloned().unwrap_or_default();
    let optional = |name: &str| json.get(name).map(ty);
    match json["type"].as_str().unwrap() {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "number" => Type::Number,
        "string" => Type::String,
        "any" => Type::union(list("of").iter().map(ty).collect()),
        "set" => Type::set(optional("of").unwrap_or_default()),
        "array" => Type::array(list("static").iter().map(ty).collect(), optional("dynamic")),
        "object" => Type::object(
            list("static").iter().map(|p| (p["key"].as_str().unwrap().into(), ty(&p["value"]))).collect(),
            json.get("dynamic").map(|d| (ty(&d["key"]), ty(&d["value"]))),
        ),
        other => panic!("{other}"),
    }
}

#[test]
fn table_equals_opas_capabilities() {
    let json: Json = serde_json::from_str(OPA).unwrap();
    let theirs = json["builtins"].as_array().unwrap();
    let names: Vec<&str> = theirs.iter().map(|b| b["name"].as_str().unwrap()).collect();
    assert_eq!(all().iter().map(|b| b.name).collect::<Vec<_>>(), names);
    for (b, j) in all().iter().zip(theirs) {
        let decl = &j["decl"];
        let expected = Function {
            params: decl["args"].as_array().into_iter().flatten().map(|a| Parameter::unnamed(ty(a))).collect(),
            variadic: decl.get("variadic").map(ty),
            result: Parameter::unnamed(decl.get("result").map(ty).unwrap_or_default()),
        };
        assert_eq!(Function::parse(b.signature).unwrap().to_string(), expected.to_string(), "{}", b.name);
        assert_eq!(b.infix, j["infix"].as_str(), "{}", b.name);
        assert_eq!(b.relation, j["relation"] == true, "{}", b.name);
        assert_eq!(b.deprecated, j["deprecated"] == true, "{}", b.name);
        assert_eq!(b.nondeterministic, j["nondeterministic"] == true, "{}", b.name);
    }
}

#[test]
fn names_are_found() {
    assert!(lookup("nope").is_none());
    assert_eq!(lookup("array.slice").unwrap().arity(), 3);
    assert!(lookup("print").unwrap().is_void());
    assert!(is_namespace("io") && is_namespace("io.jwt") && is_namespace("time"));
    assert!(!is_namespace("io.jwt.decode") && !is_namespace("count") && !is_namespace("i"));
}
