//! A relay before the providers that counts what reaches them: of an attack that is refused, not one octet may.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// As much of what passes last is kept.
const KEPT: usize = 1 << 20;

/// Stands before one listener of the stand.
pub(crate) struct Tap {
    /// Where the bus is to call.
    pub(crate) address: SocketAddr,
    passed: Arc<Mutex<Passed>>,
}

#[derive(Default)]
struct Passed {
    octets: u64,
    last: Vec<u8>,
}

impl Tap {
    pub(crate) fn before(listener_of_the_stand: SocketAddr) -> Tap {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let passed = Arc::<Mutex<Passed>>::default();
        let count = Arc::clone(&passed);
        std::thread::spawn(move || {
            for bus in listener.incoming().map_while(Result::ok) {
                let count = Arc::clone(&count);
                std::thread::spawn(move || relay(bus, listener_of_the_stand, &count));
            }
        });
        Tap { address, passed }
    }

    /// Octets that the bus has sent so far.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.lock().unwrap().octets
    }

    /// What the bus has sent since this was asked last, heads and all.
    pub(crate) fn take(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.passed.lock().unwrap().last)).into_owned()
    }
}

fn relay(bus: TcpStream, stand: SocketAddr, count: &Mutex<Passed>) {
    let Ok(provider) = TcpStream::connect(stand) else { return };
    let (from, to) = (provider.try_clone().unwrap(), bus.try_clone().unwrap());
    std::thread::spawn(move || pass(from, to, &Mutex::default()));
    pass(bus, provider, count);
}

/// Everything from one side to the other, until the one has no more. Counted before it goes on, so that no answer comes
/// back to a request that was not counted.
fn pass(mut from: TcpStream, mut to: TcpStream, count: &Mutex<Passed>) {
    let mut octets = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut octets) {
        let mut passed = count.lock().unwrap();
        passed.octets += length as u64;
        if passed.last.len() < KEPT {
            passed.last.extend_from_slice(&octets[..length]);
        }
        drop(passed);
        if to.write_all(&octets[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
