//! The examples run, and do what they say.

#![allow(dead_code, unreachable_pub, reason = "the examples' own `main` is not called here")]

#[path = "../examples/agents.rs"]
mod agents;
#[path = "../examples/axum_middleware.rs"]
mod axum_middleware;
#[path = "../examples/custom_builtin.rs"]
mod custom_builtin;
#[path = "../examples/hot_reload.rs"]
mod hot_reload;
#[path = "../examples/plain_loop.rs"]
mod plain_loop;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

#[test]
fn the_plain_loop_denies_what_it_cannot_decide() {
    let answers: Vec<bool> = plain_loop::run().expect("a policy").into_iter().map(|(_, allowed)| allowed).collect();
    assert_eq!(answers, [true, true, false, false]);
    plain_loop::main().expect("it prints");
}

#[test]
fn the_built_in_is_asked_each_time() {
    assert_eq!(custom_builtin::run().expect("a policy"), [true, false, false]);
    custom_builtin::main().expect("it prints");
}

#[test]
fn the_folder_is_watched_and_what_is_broken_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let seen = hot_reload::run(folder.path()).expect("a policy");
    assert_eq!(seen.failures, 0);
    assert!(seen.decisions > 0 && seen.revisions >= 1, "{seen:?}");
    assert!(seen.refused.as_ref().is_some_and(|text| text.contains("gate.rego")), "{seen:?}");
}

#[test]
fn the_agents_are_answered_and_the_figures_have_their_names() {
    let figures = agents::run(Duration::from_millis(200)).expect("right answers");
    let text = serde_json::to_value(&figures).expect("JSON");
    let names: Vec<&str> = text.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut expected = ["typed_per_s", "json_per_s", "async_per_s", "async_p50_us", "async_p99_us", "rss_mb"];
    expected.sort_unstable();
    assert!(expected.iter().all(|name| names.contains(name)) && names.len() == expected.len(), "{names:?}");
    assert!(figures.typed_per_s > 0 && figures.json_per_s > 0 && figures.async_per_s > 0);
    assert!(figures.async_p50_us <= figures.async_p99_us && figures.rss_mb > 1.0);
}

fn status(address: SocketAddr, method: &str, path: &str, role: Option<&str>) -> String {
    let mut stream = TcpStream::connect(address).expect("connected");
    let role = role.map(|role| format!("x-role: {role}\r\n")).unwrap_or_default();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: test\r\n{role}connection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_middleware_lets_in_whom_the_policy_lets_in() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let address = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let app = axum_middleware::app().expect("a policy");
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    });
    assert_eq!(status(address, "GET", "/health", None), "200");
    assert_eq!(status(address, "GET", "/reports/7", None), "403");
    assert_eq!(status(address, "GET", "/reports/7", Some("reader")), "200");
    assert_eq!(status(address, "DELETE", "/reports/7", Some("reader")), "403");
    assert_eq!(status(address, "DELETE", "/reports/7", Some("admin")), "200");
    assert_eq!(status(address, "GET", "/elsewhere", Some("admin")), "404");
}
