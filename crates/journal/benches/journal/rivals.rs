//! What the journal is measured against, in the same run on the same disk: a plain append log that commits groups as it does
//! and keeps nothing but octets, and sled as the primary record.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use tokio::sync::oneshot;

type Job = (Bytes, oneshot::Sender<()>);

/// One thread takes what waits, writes it with one write, syncs once, answers all.
#[derive(Clone)]
pub(crate) struct Rival {
    sender: SyncSender<Job>,
}

impl Rival {
    fn start(mut commit: impl FnMut(&[Job]) -> io::Result<()> + Send + 'static) -> (Self, JoinHandle<io::Result<()>>) {
        let (sender, receiver): (SyncSender<Job>, Receiver<Job>) = sync_channel(1024);
        let run = move || {
            while let Ok(first) = receiver.recv() {
                let mut group = vec![first];
                group.extend(receiver.try_iter().take(255));
                commit(&group)?;
                for (_, reply) in group {
                    let _ = reply.send(());
                }
            }
            Ok(())
        };
        (Self { sender }, thread::spawn(run))
    }

    /// A file that only grows.
    pub(crate) fn append_log(directory: &Path) -> io::Result<(Self, JoinHandle<io::Result<()>>)> {
        let mut file = File::create(directory.join("plain.log"))?;
        let mut buffer = Vec::new();
        Ok(Self::start(move |group| {
            buffer.clear();
            for (octets, _) in group {
                buffer.extend_from_slice(octets);
            }
            file.write_all(&buffer)?;
            file.sync_data()
        }))
    }

    /// Octets as values of sled, flushed once a group. What that is worth after a power cut: ADR 0001.
    pub(crate) fn sled(directory: &Path) -> io::Result<(Self, JoinHandle<io::Result<()>>)> {
        let db =
            sled::Config::new().path(directory.join("sled")).flush_every_ms(None).open().map_err(io::Error::other)?;
        let db = Arc::new(db);
        let mut number = 0_u64;
        Ok(Self::start(move |group| {
            for (octets, _) in group {
                db.insert(number.to_be_bytes(), octets.as_ref()).map_err(io::Error::other)?;
                number = number.saturating_add(1);
            }
            db.flush().map(drop).map_err(io::Error::other)
        }))
    }

    pub(crate) async fn append(&self, octets: Bytes) -> Result<(), &'static str> {
        let (reply, answer) = oneshot::channel();
        // The queue is longer than there are producers.
        self.sender.try_send((octets, reply)).map_err(|_| "the rival's queue is full")?;
        answer.await.map_err(|_| "the rival ended")
    }
}
