//! `http.send` and lookups through a granted network, against servers on this machine.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that fails panics")]

mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use server::Server;
use writ_builtins::{BuiltinError, Caches, Context, ErrorKind, lookup};
use writ_network::{Client, Grant};
use writ_value::{Value, json};

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn context(grant: Grant, caches: &Arc<Caches>) -> Context {
    let mut context = Context::new(caches.clone(), 1_000_000_000);
    context.network = Some(Arc::new(Client::new(grant)));
    context
}

/// One call in a decision of its own.
fn call(grant: Grant, name: &str, argument: Value) -> Result<Value, BuiltinError> {
    let mut context = context(grant, &Caches::new());
    lookup(name).unwrap().call(&mut context, &[argument]).map(Option::unwrap)
}

/// A `GET` with more members, given as the inside of a JSON object.
fn get(url: &str, members: &str) -> Value {
    parse(&format!(r#"{{"method": "get", "url": "{url}", "raise_error": false{members}}}"#))
}

fn send(url: &str, members: &str) -> Value {
    call(local(), "http.send", get(url, members)).unwrap()
}

fn local() -> Grant {
    Grant::hosts(["localhost", "127.0.0.1"])
}

fn error(response: &Value) -> &str {
    assert_eq!(response.get("status_code"), Some(&Value::from(0)), "{response:?}");
    response.get("error").unwrap().get("message").unwrap().as_str().unwrap()
}

#[test]
fn a_response_has_opas_shape() {
    let server = Server::answering(
        "HTTP/1.1 200 Fine\r\nContent-Type: application/json; charset=utf-8\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 9\r\n\r\n{\"a\": 1}\n",
    );
    let response = send(&server.url("/path?q=1"), r#", "headers": {"X-Own": "yes", "Host": "named.test"}"#);
    let wanted = r#"{"status": "200 Fine", "status_code": 200, "body": {"a": 1}, "raw_body": "{\"a\": 1}\n",
        "headers": {"content-type": ["application/json; charset=utf-8"], "content-length": ["9"], "x-a": ["1", "2"]}}"#;
    assert_eq!(response, parse(wanted));
    let request = server.request();
    assert!(request.starts_with("GET /path?q=1 HTTP/1.1\r\nHost: named.test\r\n"), "{request}");
    assert!(request.contains("X-Own: yes\r\n") && request.contains("User-Agent: writ/"), "{request}");
    assert!(!request.contains("Content-Length"), "{request}");
}

#[test]
fn bodies_go_out_and_come_back_in_every_framing() {
    for (answer, wanted) in [
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
            "abcde",
        ),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"),
        ("HTTP/1.1 204 No Content\r\n\r\nnothing", ""),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokrest",
            "ok",
        ),
    ] {
        let server = Server::answering(answer);
        let request = format!(r#"{{"method": "post", "url": "{}", "body": {{"x": [1]}}}}"#, server.url("/"));
        let response = call(local(), "http.send", parse(&request)).unwrap();
        assert_eq!(response.get("raw_body"), Some(&Value::from(wanted)), "{answer}");
        let request = server.request();
        assert!(request.ends_with("Content-Length: 9\r\nConnection: close\r\n\r\n{\"x\":[1]}"), "{request}");
    }
}

#[test]
fn malformed_responses_are_errors() {
    for (answer, wanted) in [
        ("", "EOF"),
        ("HTTP/1.1 200", "unexpected EOF"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "unexpected EOF"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "bad Content-Length"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "multiple Content-Length"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "invalid chunk length"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "invalid chunk length"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "unsupported transfer encoding"),
        ("SSH-2.0-x\r\n", "malformed HTTP response"),
    ] {
        let server = Server::answering(answer);
        let response = send(&server.url("/"), "");
        assert!(error(&response).contains(wanted), "{answer:?}: {}", error(&response));
    }
}

#[test]
fn a_response_longer_than_granted_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    for (size, fits) in [(1000, true), (1001, false)] {
        let server = Server::answering(&format!("{head}{}", "x".repeat(size)));
        let mut grant = local();
        grant.max_response = 1000;
        let response = call(grant, "http.send", get(&server.url("/"), "")).unwrap();
        if fits {
            assert_eq!(response.get("status_code"), Some(&Value::from(200)));
        } else {
            assert!(error(&response).ends_with("response too large"), "{response:?}");
        }
    }
}

#[test]
fn only_granted_hosts_and_schemes_are_contacted() {
    let server = Server::answering("HTTP/1.1 200 OK\r\n\r\n");
    let refused = |grant: Grant, url: &str, members: &str| {
        error(&call(grant, "http.send", get(url, members)).unwrap()).to_owned()
    };
    let url = server.url("/");
    assert!(refused(Grant::default(), &url, "").ends_with("disallowed host: 127.0.0.1"));
    assert!(refused(Grant::hosts(["localhost"]), &url, "").ends_with("disallowed host: 127.0.0.1"));
    let mut grant = local();
    grant.http = false;
    assert!(refused(grant, &url, "").ends_with("scheme http was not granted"));
    assert!(refused(local(), "unix://localhost/x?socket=%2Ftmp%2Fnone", "").ends_with("sockets were not granted"));
    let insecure = r#", "tls_insecure_skip_verify": true"#;
    assert!(refused(local(), "https://localhost/", insecure).ends_with("tls_insecure_skip_verify was not granted"));
    assert_eq!(server.connections(), 0);
    let mut bare = Context::new(Caches::new(), 0);
    let e = lookup("http.send").unwrap().call(&mut bare, &[get(&url, "")]).unwrap_err();
    assert_eq!((e.kind(), e.message()), (ErrorKind::Halt, "http.send: network access was not granted"));
}

#[test]
fn redirects_are_followed_when_asked_and_only_to_granted_hosts() {
    let target = Server::answering("HTTP/1.1 200 OK\r\n\r\nthere");
    let redirect = |to: &str, status: u16| {
        Server::answering(&format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))
    };
    let first = redirect(&target.url("/next"), 302);
    assert_eq!(send(&first.url("/"), "").get("status_code"), Some(&Value::from(302)), "not asked to");
    let follow =
        r#", "enable_redirect": true, "headers": {"Authorization": "secret"}, "method": "post", "raw_body": "b""#;
    let by_name = redirect(&format!("http://localhost:{}/next", target.port()), 302);
    let response = call(local(), "http.send", parse(&format!(r#"{{"url": "{}"{follow}}}"#, by_name.url("/")))).unwrap();
    assert_eq!(response.get("raw_body"), Some(&Value::from("there")));
    let request = target.request();
    assert!(request.starts_with("GET /next "), "{request}");
    assert!(!request.contains("secret"), "another host gets no credentials: {request}");
    let same = redirect(&target.url("/next"), 307);
    call(local(), "http.send", parse(&format!(r#"{{"url": "{}"{follow}}}"#, same.url("/")))).unwrap();
    let request = target.request();
    assert!(request.starts_with("POST /next ") && request.ends_with("\r\n\r\nb"), "{request}");
    let outside = redirect("http://elsewhere.test/", 302);
    let response = send(&outside.url("/"), r#", "enable_redirect": true"#);
    assert!(error(&response).ends_with("disallowed host: elsewhere.test"), "{response:?}");
    let circle = Server::answering("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    let response = send(&circle.url("/"), r#", "enable_redirect": true"#);
    assert!(error(&response).ends_with("stopped after 10 redirects"), "{response:?}");
    assert_eq!(circle.connections(), 11);
}

#[test]
fn what_takes_too_long_is_ended() {
    let silent = Server::silent();
    let began = Instant::now();
    let response = send(&silent.url("/"), r#", "timeout": "100ms""#);
    assert!(error(&response).contains("context deadline exceeded"), "{response:?}");
    // A server that sends a byte now and then does not keep the exchange open.
    let dripping = Server::dripping("HTTP/1.1 200 OK\r\n\r\n", Duration::from_millis(30));
    let response = send(&dripping.url("/"), r#", "timeout": "200ms""#);
    assert!(error(&response).contains("context deadline exceeded"), "{response:?}");
    let mut grant = local();
    grant.timeout = Duration::from_millis(100);
    let response = call(grant, "http.send", get(&silent.url("/"), "")).unwrap();
    assert!(error(&response).contains("context deadline exceeded"), "{response:?}");
    let mut context = context(local(), &Caches::new());
    context.deadline = Some(Instant::now() + Duration::from_millis(100));
    let e = lookup("http.send").unwrap().call(&mut context, &[get(&silent.url("/"), "")]).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Halt, "the decision's time is over");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let port = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let response = send(&format!("http://127.0.0.1:{port}/"), "");
    assert!(error(&response).ends_with(&format!("dial tcp 127.0.0.1:{port}: connect: connection refused")));
}

#[test]
fn exchanges_wait_for_one_another_beyond_the_bound() {
    let silent = Server::silent();
    let mut grant = local();
    grant.max_concurrent = 1;
    let client: Arc<Client> = Arc::new(Client::new(grant));
    let mut first = Context::new(Caches::new(), 0);
    first.network = Some(client.clone());
    let url = silent.url("/");
    let busy = std::thread::spawn(move || {
        let _ = lookup("http.send").unwrap().call(&mut first, &[get(&url, r#", "timeout": "600ms""#)]);
    });
    while silent.connections() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let server = Server::answering("HTTP/1.1 200 OK\r\n\r\n");
    let mut second = Context::new(Caches::new(), 0);
    second.network = Some(client);
    let send = lookup("http.send").unwrap();
    let early = send.call(&mut second, &[get(&server.url("/"), r#", "timeout": "50ms""#)]).unwrap().unwrap();
    assert!(error(&early).contains("context deadline exceeded"));
    let late = send.call(&mut second, &[get(&server.url("/"), r#", "timeout": "5s""#)]).unwrap().unwrap();
    assert_eq!(late.get("status_code"), Some(&Value::from(200)));
    assert_eq!(server.connections(), 1);
    busy.join().unwrap();
}

#[test]
fn responses_are_kept_between_decisions_as_their_headers_say() {
    let caches = Caches::new();
    let ask = |url: &str, members: &str| {
        let mut context = context(local(), &caches);
        let request = get(url, members);
        lookup("http.send").unwrap().call(&mut context, &[request]).unwrap().unwrap()
    };
    let head = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:01 GMT\r\n";
    let kept = Server::answering(&format!("{head}Cache-Control: max-age=60\r\n\r\nx"));
    (0..3).for_each(|_| drop(ask(&kept.url("/"), r#", "cache": true"#)));
    assert_eq!(kept.connections(), 1);
    let forbidden = Server::answering(&format!("{head}Cache-Control: no-store\r\n\r\nx"));
    (0..3).for_each(|_| drop(ask(&forbidden.url("/"), r#", "cache": true"#)));
    assert_eq!(forbidden.connections(), 3);
    (0..3).for_each(|_| drop(ask(&forbidden.url("/f"), r#", "force_cache": true, "force_cache_duration_seconds": 9"#)));
    assert_eq!(forbidden.connections(), 4);
    let plain = Server::answering(&format!("{head}Cache-Control: max-age=60\r\n\r\nx"));
    (0..2).for_each(|_| drop(ask(&plain.url("/"), "")));
    assert_eq!(plain.connections(), 2, "not asked to keep");
}

const CA: &str = include_str!("fixtures/ca.pem");

fn quoted(text: &str) -> String {
    json::to_string(&Value::from(text))
}

#[test]
fn tls_checks_certificates_and_names() {
    let server = Server::tls(false, "HTTP/1.1 200 OK\r\n\r\nsecret");
    let url = format!("https://localhost:{}/", server.port());
    let ca = format!(r#", "tls_ca_cert": {}"#, quoted(CA));
    assert_eq!(send(&url, &ca).get("raw_body"), Some(&Value::from("secret")));
    let message = error(&send(&url, "")).to_owned();
    assert!(message.ends_with("tls: failed to verify certificate: x509: certificate signed by unknown authority"));
    let response = send(&url, &format!(r#"{ca}, "tls_server_name": "elsewhere.test""#));
    assert!(error(&response).ends_with("x509: certificate is not valid for elsewhere.test"), "{response:?}");
    let response = send(&url, &format!(r#"{ca}, "tls_server_name": "other.test""#));
    assert_eq!(response.get("status_code"), Some(&Value::from(200)));
    let mut grant = local();
    grant.insecure_tls = true;
    let insecure = get(&url, r#", "tls_insecure_skip_verify": true"#);
    assert_eq!(call(grant, "http.send", insecure).unwrap().get("status_code"), Some(&Value::from(200)));
    let response = send(&url, r#", "tls_ca_cert": "nonsense""#);
    assert!(error(&response).contains("could not append certificates"), "{response:?}");
}

#[test]
fn tls_shows_the_clients_certificate() {
    let server = Server::tls(true, "HTTP/1.1 200 OK\r\n\r\nsecret");
    let url = format!("https://localhost:{}/", server.port());
    let ca = format!(r#", "tls_ca_cert": {}"#, quoted(CA));
    assert!(!error(&send(&url, &ca)).is_empty());
    let (cert, key) = (include_str!("fixtures/client.pem"), include_str!("fixtures/client.key"));
    let members = format!(r#"{ca}, "tls_client_cert": {}, "tls_client_key": {}"#, quoted(cert), quoted(key));
    assert_eq!(send(&url, &members).get("raw_body"), Some(&Value::from("secret")));
}

#[cfg(unix)]
#[test]
fn sockets_of_the_machine_are_reached_when_granted() {
    let folder = std::env::temp_dir().join(format!("writ-network-{}", std::process::id()));
    let server = Server::unix(&folder, "HTTP/1.1 200 OK\r\n\r\nlocal");
    let path = folder.to_str().unwrap().replace('/', "%2F");
    let mut grant = Grant::default();
    grant.sockets = true;
    let response = call(grant, "http.send", get(&format!("unix://localhost/x?socket={path}"), "")).unwrap();
    assert_eq!(response.get("raw_body"), Some(&Value::from("local")));
    assert!(server.request().starts_with("GET /x"));
    std::fs::remove_file(&folder).unwrap();
}

#[test]
fn names_are_looked_up_within_the_grant() {
    let find = |grant: Grant, host: &str| call(grant, "net.lookup_ip_addr", Value::from(host));
    let found = find(local(), "localhost").unwrap();
    let known = [Value::from("127.0.0.1"), Value::from("::1")];
    let found = found.as_set().unwrap();
    assert!(!found.is_empty() && found.iter().all(|a| known.contains(a)), "{found:?}");
    let e = find(local(), "elsewhere.test").unwrap_err();
    assert_eq!(e.message(), "net.lookup_ip_addr: unallowed host: elsewhere.test");
    let e = find(Grant::hosts(["nowhere.invalid"]), "nowhere.invalid").unwrap_err();
    assert!(e.message().starts_with("net.lookup_ip_addr: lookup nowhere.invalid"), "{}", e.message());
}
