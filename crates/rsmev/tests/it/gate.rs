//! A provider that takes its time: a proxy before the agencies that holds the first request until it is opened.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crate::region::Region;

const DEADLINE: Duration = Duration::from_secs(60);

/// Stands before the agencies and lets the first request through only when told.
pub(crate) struct Gate {
    came: Receiver<()>,
    go: SyncSender<()>,
}

impl Gate {
    /// The route of the service now leads here; to be made before the bus reads its registry.
    pub(crate) fn before(region: &Region, sid: &str) -> Gate {
        let agencies = region.described.agencies;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = &region.described.service(sid).unwrap().provider;
        let at = |address: SocketAddr| format!("\"http://{address}/{provider}/{sid}\"");
        let address = listener.local_addr().unwrap();
        region.edit("routes.d/services.toml", &at(agencies), &at(address));
        let (arrive, came) = sync_channel(1);
        let (go, opened) = sync_channel(1);
        std::thread::spawn(move || {
            let (mut bus, _) = listener.accept().unwrap();
            bus.peek(&mut [0]).unwrap();
            arrive.send(()).unwrap();
            opened.recv().unwrap();
            let mut agency = TcpStream::connect(agencies).unwrap();
            let (mut from_bus, mut to_agency) = (bus.try_clone().unwrap(), agency.try_clone().unwrap());
            std::thread::spawn(move || pass(&mut from_bus, &mut to_agency));
            pass(&mut agency, &mut bus);
        });
        Gate { came, go }
    }

    /// Until the bus has called.
    pub(crate) fn wait_for_a_request(&self) {
        self.came.recv_timeout(DEADLINE).unwrap();
    }

    /// The request goes on.
    pub(crate) fn open(&self) {
        self.go.send(()).unwrap();
    }
}

/// Everything from one side to the other, until the one has no more.
fn pass(from: &mut TcpStream, to: &mut TcpStream) {
    let mut octets = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        if to.write_all(&octets[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
