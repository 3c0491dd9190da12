//! Connections on which every read and write ends at the exchange's deadline.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What bytes go over.
pub(crate) trait Connection: Read + Write {}

impl<T: Read + Write> Connection for T {}

/// A socket with time-outs.
trait Socket: Read + Write {
    fn set_timeout(&self, time: Duration) -> io::Result<()>;
}

impl Socket for TcpStream {
    fn set_timeout(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))?;
        self.set_write_timeout(Some(time))
    }
}

#[cfg(unix)]
impl Socket for std::os::unix::net::UnixStream {
    fn set_timeout(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))?;
        self.set_write_timeout(Some(time))
    }
}

/// A socket until a deadline.
pub(crate) struct Timed {
    socket: Box<dyn Socket>,
    deadline: Instant,
}

impl Timed {
    /// The first of the addresses that answers.
    pub(crate) fn tcp(addresses: &[SocketAddr], deadline: Instant) -> io::Result<Self> {
        let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for (i, address) in addresses.iter().enumerate() {
            // The time that is left is shared among the addresses that are.
            let left = time_left(deadline)? / (addresses.len() - i) as u32;
            match TcpStream::connect_timeout(address, left.max(Duration::from_millis(1))) {
                Ok(socket) => {
                    socket.set_nodelay(true)?;
                    return Ok(Self { socket: Box::new(socket), deadline });
                }
                Err(e) if i == 0 => failed = e,
                Err(_) => {}
            }
        }
        Err(failed)
    }

    #[cfg(unix)]
    pub(crate) fn unix(path: &str, deadline: Instant) -> io::Result<Self> {
        let socket = std::os::unix::net::UnixStream::connect(path)?;
        Ok(Self { socket: Box::new(socket), deadline })
    }

    #[cfg(not(unix))]
    pub(crate) fn unix(_: &str, _: Instant) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

impl Read for Timed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.set_timeout(time_left(self.deadline)?)?;
        self.socket.read(buf)
    }
}

impl Write for Timed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.socket.set_timeout(time_left(self.deadline)?)?;
        self.socket.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}
