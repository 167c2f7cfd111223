//! The body of a request, read under the limits: octets, time, and the memory budget, which is taken only for what has
//! arrived. What a body means is not known here.

use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use gateway::Room;
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tokio::time::{Instant, timeout_at};

/// Why there is no body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It has more octets than a message may.
    TooLarge,
    /// The memory budget did not become free in time.
    NoRoom,
    /// It did not arrive in time.
    Late,
    /// The connection ended, or the framing broke, before its end.
    Cut,
}

/// Reads a body whole: at most `max` octets, waiting for them and for room together at most `patience`.
///
/// The octets are copied into one buffer: a frame holds on to the connection's buffer, so that a body in chunks of one
/// octet would cost many times its length.
pub(crate) async fn read<B>(mut body: B, max: usize, patience: Duration, room: &mut Room) -> Result<Bytes, Unread>
where
    B: Body + Unpin,
    B::Data: bytes::Buf,
{
    let deadline = Instant::now() + patience;
    let mut octets = BytesMut::new();
    while let Some(frame) = timeout_at(deadline, body.frame()).await.map_err(|_| Unread::Late)? {
        // Trailers end a body and are of no use to anyone here.
        let Ok(mut data) = frame.map_err(|_| Unread::Cut)?.into_data() else { continue };
        let length = octets.len().saturating_add(data.remaining());
        if length > max {
            return Err(Unread::TooLarge);
        }
        if !timeout_at(deadline, room.grow(length)).await.unwrap_or(false) {
            return Err(Unread::NoRoom);
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let taken = chunk.len();
            octets.extend_from_slice(chunk);
            data.advance(taken);
        }
    }
    Ok(octets.freeze())
}
