//! Names to addresses, by the system's resolver, which knows no time-out: it works on a thread that is left behind when it takes too long.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Instant;

/// Most threads that wait for the resolver, left-behind ones included.
const MAX_THREADS: usize = 256;
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Why a name has no address.
#[derive(Debug)]
pub(crate) enum DnsError {
    TimedOut,
    /// As Go words it.
    Failed(String),
}

/// The addresses of a host in the resolver's order, each once.
pub(crate) fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, DnsError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    if THREADS.fetch_add(1, Ordering::Relaxed) >= MAX_THREADS {
        THREADS.fetch_sub(1, Ordering::Relaxed);
        return Err(DnsError::Failed(format!("lookup {host}: too many lookups at a time")));
    }
    let (send, receive) = mpsc::sync_channel(1);
    let name = host.to_owned();
    let thread = std::thread::Builder::new().name("writ-dns".to_owned()).spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        THREADS.fetch_sub(1, Ordering::Relaxed);
        // Nobody listens any more when it took too long.
        let _ = send.send(found);
    });
    if let Err(error) = thread {
        THREADS.fetch_sub(1, Ordering::Relaxed);
        return Err(DnsError::Failed(format!("lookup {host}: {error}")));
    }
    match receive.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(Ok(found)) if !found.is_empty() => {
            let mut seen = BTreeSet::new();
            Ok(found.into_iter().filter(|address| seen.insert(address.ip())).collect())
        }
        Ok(_) => Err(DnsError::Failed(format!("lookup {host}: no such host"))),
        Err(RecvTimeoutError::Timeout) => Err(DnsError::TimedOut),
        Err(RecvTimeoutError::Disconnected) => Err(DnsError::Failed(format!("lookup {host}: the resolver failed"))),
    }
}
