//! Servers on this machine that say one thing, whatever they are asked.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// Runs on a thread until the process ends.
pub(crate) struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    requests: mpsc::Receiver<String>,
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Server {
    pub(crate) fn answering(answer: &str) -> Self {
        let answer = answer.to_owned();
        Self::tcp(move |stream, requests| answer_once(stream, &answer, requests))
    }

    /// Takes connections and says nothing.
    pub(crate) fn silent() -> Self {
        Self::tcp(|stream, _| {
            let mut buffer = [0; 1024];
            while stream.read(&mut buffer).is_ok_and(|n| n > 0) {}
        })
    }

    /// Sends the head, and then a byte after each pause.
    pub(crate) fn dripping(head: &'static str, pause: Duration) -> Self {
        Self::tcp(move |stream, _| {
            let _ = stream.write_all(head.as_bytes());
            while stream.write_all(b".").is_ok() {
                std::thread::sleep(pause);
            }
        })
    }

    /// With the certificate of the fixtures; `clients` must show theirs if wanted.
    pub(crate) fn tls(clients: bool, answer: &'static str) -> Self {
        let certificates = |pem: &'static [u8]| CertificateDer::pem_slice_iter(pem).map(Result::unwrap);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let builder = builder.unwrap();
        let builder = if clients {
            let mut roots = RootCertStore::empty();
            certificates(include_bytes!("../fixtures/ca.pem")).for_each(|c| roots.add(c).unwrap());
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../fixtures/server.key")).unwrap();
        let chain = certificates(include_bytes!("../fixtures/server.pem")).collect();
        let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
        Self::tcp(move |stream, requests| {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            answer_once(&mut stream, answer, requests);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    fn tcp(serve: impl Fn(&mut dyn Stream, &mpsc::Sender<String>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Self::run(port, serve, move || listener.accept().ok().map(|(stream, _)| Box::new(stream) as Box<_>))
    }

    #[cfg(unix)]
    pub(crate) fn unix(path: &std::path::Path, answer: &'static str) -> Self {
        let listener = std::os::unix::net::UnixListener::bind(path).unwrap();
        let serve =
            move |stream: &mut dyn Stream, requests: &mpsc::Sender<String>| answer_once(stream, answer, requests);
        Self::run(0, serve, move || listener.accept().ok().map(|(stream, _)| Box::new(stream) as Box<_>))
    }

    fn run(
        port: u16,
        serve: impl Fn(&mut dyn Stream, &mpsc::Sender<String>) + Send + Sync + 'static,
        accept: impl Fn() -> Option<Box<dyn Stream + Send>> + Send + 'static,
    ) -> Self {
        let (send, requests) = mpsc::channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, serve) = (connections.clone(), Arc::new(serve));
        std::thread::spawn(move || {
            while let Some(mut stream) = accept() {
                count.fetch_add(1, Ordering::SeqCst);
                let (serve, send) = (serve.clone(), send.clone());
                std::thread::spawn(move || serve(&mut *stream, &send));
            }
        });
        Self { port, connections, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The next request that came.
    pub(crate) fn request(&self) -> String {
        self.requests.recv_timeout(Duration::from_secs(5)).unwrap()
    }
}

fn answer_once(stream: &mut dyn Stream, answer: &str, requests: &mpsc::Sender<String>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_complete(&request) {
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => request.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
    let _ = requests.send(String::from_utf8_lossy(&request).into_owned());
    let _ = stream.write_all(answer.as_bytes());
    let _ = stream.flush();
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    body.len() >= length.and_then(|n| n.parse().ok()).unwrap_or(0)
}
