//! `http.send` against a scripted network: what goes out, what comes back, what is kept.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use writ_builtins::{
    BuiltinError, Caches, Context, ErrorKind, HttpRequest, HttpResponse, Network, NetworkError, lookup,
};
use writ_value::{Value, json};

/// Answers in order, and remembers what was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<Vec<Result<HttpResponse, NetworkError>>>,
    requests: Mutex<Vec<HttpRequest>>,
}

impl Network for Script {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, NetworkError> {
        self.requests.lock().expect("lock").push(request.clone());
        let mut answers = self.answers.lock().expect("lock");
        if answers.is_empty() { Err(NetworkError::Failed("no more answers".to_owned())) } else { answers.remove(0) }
    }

    fn lookup(&self, _: &str, _: Duration) -> Result<Vec<IpAddr>, String> {
        Err("unused".to_owned())
    }

    fn allows(&self, host: &str) -> bool {
        host != "forbidden"
    }
}

fn script(answers: impl IntoIterator<Item = Result<HttpResponse, NetworkError>>) -> Arc<Script> {
    Arc::new(Script { answers: Mutex::new(answers.into_iter().collect()), requests: Mutex::default() })
}

fn response(status_code: u16, headers: &[(&str, &str)], body: &str) -> Result<HttpResponse, NetworkError> {
    let headers = headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let status = format!("{status_code} Text");
    Ok(HttpResponse { status_code, status, headers, body: body.as_bytes().to_vec() })
}

fn context(network: &Arc<Script>, caches: &Arc<Caches>, now_s: i64) -> Context {
    let mut c = Context::new(caches.clone(), now_s * 1_000_000_000);
    c.network = Some(network.clone());
    c
}

fn send(context: &mut Context, request: &str) -> Result<Value, BuiltinError> {
    let request = json::parse(request.as_bytes()).expect("test values are JSON");
    lookup("http.send").expect("there").call(context, &[request]).map(|v| v.expect("defined"))
}

const GET: &str = r#"{"method":"get","url":"http://h/"}"#;
const KEEP: &str = r#"{"method":"get","url":"http://h/","cache":true}"#;
/// Thu, 01 Jan 1970 01:00:00 GMT.
const NOW: i64 = 3600;
const DATE: (&str, &str) = ("Date", "Thu, 01 Jan 1970 01:00:00 GMT");

#[test]
fn nothing_is_sent_without_a_grant() {
    let mut c = Context::new(Caches::new(), 0);
    let quiet = r#"{"method":"get","url":"http://h/","raise_error":false}"#;
    for request in [GET, quiet] {
        let e = send(&mut c, request).expect_err("no grant");
        assert_eq!((e.kind(), e.message()), (ErrorKind::Halt, "http.send: network access was not granted"));
    }
    let network = script([]);
    let e = send(&mut context(&network, &Caches::new(), 0), r#"{"method":"get","url":"http://forbidden:8080/"}"#);
    assert_eq!(e.expect_err("not allowed").message(), "http.send: disallowed host: forbidden");
    assert!(network.requests.lock().expect("lock").is_empty());
}

#[test]
fn requests_are_put_on_the_wire_as_written() {
    let network = script([response(200, &[], "")]);
    let request = r#"{"method":"post","url":"https://me:secret@h:81/a?b=c#d","headers":{"content-type":"x","HOST":"other"},
        "body":{"a":[1.50]},"timeout":"2s","enable_redirect":true,"tls_ca_cert":"one\\ntwo","tls_client_cert":"c","tls_client_key":"k"}"#;
    send(&mut context(&network, &Caches::new(), 0), request).expect("answered");
    let sent = network.requests.lock().expect("lock").remove(0);
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", "https://h:81/a?b=c"));
    assert_eq!(sent.body, br#"{"a":[1.50]}"#);
    assert_eq!((sent.timeout, sent.follow_redirects, sent.socket), (Duration::from_secs(2), true, None));
    let header = |name: &str| sent.headers.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
    assert_eq!(header("Content-Type"), Some("x"));
    assert_eq!(header("Host"), Some("other"));
    assert_eq!(header("Authorization"), Some("Basic bWU6c2VjcmV0"));
    assert_eq!(sent.tls.server_name.as_deref(), Some("other"));
    assert_eq!(sent.tls.ca_certs, ["one\ntwo"]);
    assert_eq!(sent.tls.clients, [("c".to_owned(), "k".to_owned())]);

    let network = script([response(200, &[], "")]);
    let request = r#"{"method":"get","url":"unix://localhost/p?z=1&socket=%2Ftmp%2Fs&a=2"}"#;
    send(&mut context(&network, &Caches::new(), 0), request).expect("answered");
    let sent = network.requests.lock().expect("lock").remove(0);
    assert_eq!((sent.url.as_str(), sent.socket.as_deref()), ("http://localhost/p?a=2&z=1", Some("/tmp/s")));
}

#[test]
fn files_and_variables_need_a_grant() {
    let network = script([]);
    let mut c = context(&network, &Caches::new(), 0);
    for member in ["tls_ca_cert_file", "tls_client_key_env_variable"] {
        let request = format!(r#"{{"method":"get","url":"http://h/","{member}":"x"}}"#);
        assert!(send(&mut c, &request).expect_err("refused").message().ends_with("access was not granted"));
    }
}

#[test]
fn bodies_are_read_by_their_type() {
    let cases = [
        ("application/json; charset=utf-8", "{\"a\":1}", "", "{\"a\":1}"),
        ("application/problem+json", "[1]", "", "[1]"),
        ("text/plain", "[1]", "", "null"),
        ("text/plain", "[1]", ",\"force_json_decode\":true", "[1]"),
        ("application/json", "[1", "", "null"),
        ("application/yaml", "a: 1", "", "{\"a\":1}"),
        ("text/plain", "a: 1", ",\"force_yaml_decode\":true", "{\"a\":1}"),
    ];
    for (content, body, option, want) in cases {
        let network = script([response(200, &[("Content-Type", content), ("X-A", "1"), ("x-a", "2")], body)]);
        let request = format!(r#"{{"method":"get","url":"http://h/"{option}}}"#);
        let got = send(&mut context(&network, &Caches::new(), 0), &request).expect("answered");
        let want = format!(
            r#"{{"status":"200 Text","status_code":200,"body":{want},"raw_body":{},"headers":{{"content-type":[{}],"x-a":["1","2"]}}}}"#,
            json::to_string(&body.into()),
            json::to_string(&content.into())
        );
        assert_eq!(got, json::parse(want.as_bytes()).expect("JSON"));
    }
}

#[test]
fn within_a_decision_the_answer_stays() {
    for first in [response(500, &[], "one"), Err(NetworkError::TimedOut)] {
        let network = script([first, response(200, &[], "two")]);
        let caches = Caches::new();
        let mut c = context(&network, &caches, 0);
        assert_eq!(send(&mut c, GET), send(&mut c, GET));
        assert_eq!(network.requests.lock().expect("lock").len(), 1);
        assert_eq!(send(&mut context(&network, &caches, 0), GET).expect("two").get("raw_body"), Some(&"two".into()));
    }
}

#[test]
fn errors_are_answers_if_the_policy_wants() {
    let quiet = r#"{"method":"get","url":"http://h/","raise_error":false}"#;
    let network = script([Err(NetworkError::TimedOut), Err(NetworkError::TimedOut)]);
    let mut c = context(&network, &Caches::new(), 0);
    let e = send(&mut c, GET).expect_err("timed out");
    assert_eq!((e.kind(), e.message()), (ErrorKind::Builtin, "http.send: Get http://h/: request timed out"));
    let want = r#"{"status_code":0,"error":{"code":"eval_http_send_network_error","message":
        "Get \"http://h/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"}}"#;
    assert_eq!(send(&mut c, quiet), Ok(json::parse(want.as_bytes()).expect("JSON")));
}

#[test]
fn failed_exchanges_are_repeated_as_often_as_asked() {
    let fail = || Err(NetworkError::Failed("refused".to_owned()));
    let network = script([fail(), response(200, &[], "")]);
    let request = r#"{"method":"get","url":"http://h/","max_retry_attempts":1}"#;
    send(&mut context(&network, &Caches::new(), 0), request).expect("second attempt");
    assert_eq!(network.requests.lock().expect("lock").len(), 2);
}

#[test]
fn responses_live_as_long_as_they_say() {
    let network = script([
        response(200, &[DATE, ("Cache-Control", "public, max-age=10")], "one"),
        response(200, &[], "two"),
        response(200, &[DATE, ("Cache-Control", "no-store, max-age=10")], "three"),
        response(200, &[("Expires", "Thu, 01 Jan 1970 02:00:00 GMT")], "four"),
    ]);
    let caches = Caches::new();
    let body = |now| {
        let answer = send(&mut context(&network, &caches, now), KEEP).expect("answered");
        answer.get("raw_body").and_then(Value::as_str).expect("text").to_owned()
    };
    assert_eq!([body(NOW), body(NOW + 9)], ["one", "one"]);
    assert_eq!([body(NOW + 10), body(NOW + 10)], ["two", "three"]);
    assert_eq!([body(NOW + 20), body(NOW + 30)], ["four", "four"]);
}

#[test]
fn responses_live_as_long_as_the_policy_says() {
    let network = script([response(200, &[], "one"), response(200, &[], "two")]);
    let caches = Caches::new();
    let body = |now: i64, token: &str| {
        let request = format!(
            r#"{{"method":"get","url":"http://h/","force_cache":true,"force_cache_duration_seconds":5,
            "headers":{{"X-Token":"{token}"}},"cache_ignored_headers":["X-Token"]}}"#
        );
        let answer = send(&mut context(&network, &caches, now), &request).expect("answered");
        answer.get("raw_body").and_then(Value::as_str).expect("text").to_owned()
    };
    assert_eq!([body(0, "a"), body(4, "b"), body(5, "c")], ["one", "one", "two"]);
}

#[test]
fn stale_responses_are_asked_about() {
    let network = script([
        response(200, &[DATE, ("Cache-Control", "max-age=1"), ("ETag", "\"v1\"")], "one"),
        response(304, &[("Date", "Thu, 01 Jan 1970 01:01:00 GMT"), ("Cache-Control", "max-age=5")], ""),
    ]);
    let caches = Caches::new();
    for now in [NOW, NOW + 60, NOW + 64] {
        let answer = send(&mut context(&network, &caches, now), KEEP).expect("answered");
        assert_eq!(answer.get("raw_body"), Some(&"one".into()), "{now}");
    }
    let requests = network.requests.lock().expect("lock");
    assert_eq!(requests.len(), 2);
    assert!(requests[1].headers.contains(&("If-None-Match".to_owned(), "\"v1\"".to_owned())));
}
