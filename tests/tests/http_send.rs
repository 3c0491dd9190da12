//! `http.send` from a policy: off until it is granted, then through Wasm to a server on this machine and back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use writ_compiler::{Options, Source, compile};
use writ_network::{Client, Grant};
use writ_runtime::{Engine, EngineConfig, EvalError, EvalOptions, Instance, Limits, Module, Outcome};
use writ_value::{Value, json};

const POLICY: &str = r#"package p

answer := http.send({"method": "post", "url": input.url, "body": {"who": "ann"}, "headers": {"X-Trace": "1"}})
allow if answer.body.allow
twice := [answer.status_code, http.send({"method": "post", "url": input.url, "body": {"who": "ann"}, "headers": {"X-Trace": "1"}}).status_code]
"#;

/// Answers each request with JSON; gives the port and counts connections through the channel.
fn server() -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, requests) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            while !request.ends_with(b"\"ann\"}") {
                match stream.read(&mut buffer) {
                    Ok(n) if n > 0 => request.extend_from_slice(&buffer[..n]),
                    _ => break,
                }
            }
            let _ = send.send(String::from_utf8_lossy(&request).into_owned());
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"allow\": true}",
            );
        }
    });
    (port, requests)
}

fn evaluate(grant: Option<Grant>, entrypoint: &str, port: u16) -> Result<Outcome, EvalError> {
    let source = Source { name: "p.rego".to_owned(), text: POLICY.as_bytes().to_vec(), rego_version: None };
    let entrypoints = vec!["p/allow".to_owned(), "p/twice".to_owned()];
    let wasm = compile(&[source], &Options { entrypoints, ..Options::default() }).wasm.unwrap();
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let module = Module::new(&engine, &wasm).unwrap();
    let limits = Limits { time: std::time::Duration::from_secs(5), ..Limits::default() };
    let mut instance = Instance::new(&module, limits).unwrap();
    if let Some(grant) = grant {
        let mut environment = engine.new_environment();
        environment.network = Some(Arc::new(Client::new(grant)));
        instance.set_environment(Arc::new(environment));
    }
    let input = json::parse(format!(r#"{{"url": "http://127.0.0.1:{port}/authz"}}"#).as_bytes()).unwrap();
    instance.evaluate(module.entrypoint(entrypoint).unwrap(), Some(&input), EvalOptions::default())
}

#[test]
fn nothing_is_sent_without_a_grant() {
    let (port, requests) = server();
    let Err(EvalError::Builtin(error)) = evaluate(None, "p/allow", port) else { panic!() };
    assert_eq!(
        (error.name.as_str(), error.message.as_str()),
        ("http.send", "http.send: network access was not granted")
    );
    let outcome = evaluate(Some(Grant::hosts(["elsewhere.test"])), "p/allow", port).unwrap();
    assert_eq!(outcome, Outcome::Document(None), "a refused host is an error of the built-in: undefined");
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_granted_host_answers_once_per_decision() {
    let (port, requests) = server();
    let grant = || Some(Grant::hosts(["127.0.0.1"]));
    assert_eq!(evaluate(grant(), "p/allow", port).unwrap(), Outcome::Document(Some(Value::Bool(true))));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /authz HTTP/1.1\r\n") && request.contains("X-Trace: 1\r\n"), "{request}");
    let wanted = Value::from(vec![Value::from(200), Value::from(200)]);
    assert_eq!(evaluate(grant(), "p/twice", port).unwrap(), Outcome::Document(Some(wanted)));
    assert!(requests.try_recv().is_ok() && requests.try_recv().is_err());
}
