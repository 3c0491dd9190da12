//! Changes that are made, and those that are not.

use super::*;

fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn changed(before: &str, path: &str, op: Op) -> Result<String, PatchProblem> {
    let mut root = value(before);
    let result = parse_path(path).and_then(|path| apply(&mut root, &[Operation { path, op }]));
    let text = json::to_string(&root);
    match result {
        Ok(()) => Ok(text),
        Err(e) => {
            assert_eq!(root, value(before), "changed in spite of an error");
            Err(e.problem)
        }
    }
}

#[test]
fn objects() {
    let one = || value("1");
    assert_eq!(changed("{}", "/a", Op::Add(one())).unwrap(), "{\"a\":1}");
    assert_eq!(changed("{\"a\":{\"b\":2}}", "a/b", Op::Replace(one())).unwrap(), "{\"a\":{\"b\":1}}");
    assert_eq!(changed("{\"a\":{\"b\":2,\"c\":3}}", "/a/b/", Op::Remove).unwrap(), "{\"a\":{\"c\":3}}");
    assert_eq!(changed("{}", "/a/b/c", Op::Upsert(one())).unwrap(), "{\"a\":{\"b\":{\"c\":1}}}");
    assert_eq!(changed("{\"x/y\":{\"~\":0}}", "/x~1y/~0", Op::Replace(one())).unwrap(), "{\"x/y\":{\"~\":1}}");
    assert_eq!(changed("{\"x y\":0}", "/x%20y", Op::Replace(one())).unwrap(), "{\"x y\":1}");
    assert_eq!(changed("{}", "/a/b", Op::Add(one())), Err(PatchProblem::NotFound));
    assert_eq!(changed("{}", "/a", Op::Replace(one())), Err(PatchProblem::NotFound));
    assert_eq!(changed("{}", "/a", Op::Remove), Err(PatchProblem::NotFound));
    assert_eq!(changed("{\"a\":1}", "/a/b", Op::Upsert(one())), Err(PatchProblem::WriteConflict));
    assert_eq!(changed("{\"a\":1}", "/a/b/c", Op::Upsert(one())), Err(PatchProblem::WriteConflict));
    assert_eq!(changed("{}", "/%zz", Op::Remove), Err(PatchProblem::Path));
}

#[test]
fn arrays() {
    let x = || value("\"x\"");
    let array = |path, op| changed("{\"a\":[1,2,3]}", path, op);
    assert_eq!(array("/a/1", Op::Upsert(x())).unwrap(), "{\"a\":[1,\"x\",2,3]}");
    assert_eq!(array("/a/-", Op::Add(x())).unwrap(), "{\"a\":[1,2,3,\"x\"]}");
    assert_eq!(array("/a/3", Op::Add(x())).unwrap(), "{\"a\":[1,2,3,\"x\"]}");
    assert_eq!(array("/a/0", Op::Replace(x())).unwrap(), "{\"a\":[\"x\",2,3]}");
    assert_eq!(array("/a/2", Op::Remove).unwrap(), "{\"a\":[1,2]}");
    assert_eq!(array("/a/3", Op::Remove), Err(PatchProblem::OutOfRange));
    assert_eq!(array("/a/-", Op::Replace(x())), Err(PatchProblem::Index));
    assert_eq!(array("/a/x/y", Op::Upsert(x())), Err(PatchProblem::Index));
    assert_eq!(array("/a/99999999999999999999999", Op::Remove), Err(PatchProblem::OutOfRange));
    assert_eq!(changed("{\"a\":[{\"b\":1}]}", "/a/0/b", Op::Replace(x())).unwrap(), "{\"a\":[{\"b\":\"x\"}]}");
}

#[test]
fn the_root_stays_an_object() {
    assert_eq!(changed("{\"a\":1}", "/", Op::Upsert(value("{\"b\":2}"))).unwrap(), "{\"b\":2}");
    assert_eq!(changed("{}", "", Op::Replace(value("1"))), Err(PatchProblem::Root));
    assert_eq!(changed("{}", "", Op::Remove), Err(PatchProblem::Root));
}

#[test]
fn all_or_none() {
    let mut root = value("{\"a\":1}");
    let operation = |path: &str, op| Operation { path: parse_path(path).unwrap(), op };
    let operations = [operation("/b", Op::Add(value("2"))), operation("/c", Op::Remove)];
    assert_eq!(apply(&mut root, &operations).unwrap_err().to_string(), "\"/c\": document does not exist");
    assert_eq!(json::to_string(&root), "{\"a\":1}");
    put(&mut root, &["a".to_owned()], value("[]")).unwrap();
    put(&mut root, &["x".to_owned(), "y".to_owned()], value("1")).unwrap();
    assert_eq!(json::to_string(&root), "{\"a\":[],\"x\":{\"y\":1}}");
}

#[test]
fn nesting_is_bounded() {
    let path = "/a".repeat(MAX_DEPTH + 1);
    assert_eq!(changed("{}", &path, Op::Upsert(value("1"))), Err(PatchProblem::Depth));
    let deep = value(&("[".repeat(900) + &"]".repeat(900)));
    assert_eq!(changed("{}", &"/a".repeat(200), Op::Upsert(deep)), Err(PatchProblem::Depth));
}
