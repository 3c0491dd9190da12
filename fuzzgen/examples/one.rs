//! x
use writ_compiler::{Options, Source};
use writ_runtime::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let text = std::fs::read(&a[1]).unwrap();
    let out = writ_compiler::compile(
        &[Source { name: "m".into(), text, rego_version: None }],
        &Options { entrypoints: vec![a[2].clone()], ..Options::default() },
    );
    let wasm = out.wasm.unwrap();
    std::fs::write("/tmp/t/one.wasm", &wasm).unwrap();
    let e = Engine::new(&EngineConfig::default()).unwrap();
    let m = Module::new(&e, &wasm).unwrap();
    for inp in &a[3..] {
        let mut i = Instance::new(&m, Limits::default()).unwrap();
        let v = writ_value::json::parse(inp.as_bytes()).unwrap();
        println!("{inp} => {:?}", i.evaluate(m.entrypoint(&a[2]).unwrap(), Some(&v), EvalOptions::default()));
    }
}
