//! What the process before this one accepted lately: so that a request caught on the way cannot be sent again across a restart.

use std::collections::HashMap;
use std::path::Path;

use gateway::{Gateway, SignatureDigest};
use jiff::{SignedDuration, Timestamp};
use journal::{Kind, Reader};
use uuid::Uuid;

/// Remembers the accepted requests of the replay window; those that failed may come again.
pub(crate) fn recall(gateway: &Gateway, journal: &Path, now: Timestamp) -> Result<usize, journal::Error> {
    let snapshot = gateway.snapshot();
    let window_ms = snapshot.registry().longest_replay_window_ms();
    let window = SignedDuration::from_millis(i64::try_from(window_ms).unwrap_or(i64::MAX));
    let since = now.checked_sub(window).unwrap_or(Timestamp::MIN);
    let mut taken: HashMap<Uuid, (SignatureDigest, Timestamp)> = HashMap::new();
    for entry in Reader::open(journal)?.recent(since)? {
        // A damaged place is the audit's to tell; what can be read is remembered.
        let Ok(entry) = entry else { continue };
        let header = entry.header;
        match header.kind {
            Kind::Accepted => {
                if let Some(digest) = header.signature.as_deref().and_then(SignatureDigest::from_hex) {
                    taken.insert(header.exchange, (digest, header.received.unwrap_or(header.time)));
                }
            }
            Kind::Failed => drop(taken.remove(&header.exchange)),
            Kind::Answered | Kind::Refused | Kind::Audited => {}
        }
    }
    for (exchange, (digest, at)) in &taken {
        gateway.recall(*digest, *exchange, *at);
    }
    Ok(taken.len())
}
