//! The message's whole way through the bus, top to bottom. Each line is a stage; each stage is a file in `stage/`.
//!
//! ```text
//!  consumer ─► receive ► address ► verify ► permit ► maintenance ► once ► officials ► seal ► ACCEPT ► forward ─► provider
//!                                                                                ▼                     │
//!                                                                             journal                  │
//!                                                                                ▲                     ▼
//!  consumer ◄─ answer ◄─────────────────────────────────────────────────────  CONCLUDE ◄ check_reply ◄─┘
//! ```
//!
//! What may happen only after a check asks for the value that the check alone can make: forwarding needs a
//! [`domain::Grant`] (the access matrix has a row), an [`envelope::Sealed`] envelope (which only a verified one becomes)
//! and a [`journal::Receipt`] (the octets are on disk). A stage that does not hold ends the exchange; every end is
//! journaled and answered by a signed fault in `stage::refuse`.

use bytes::Bytes;
use uuid::Uuid;

use crate::stage::accept::accept;
use crate::stage::address::address;
use crate::stage::answer::answer;
use crate::stage::check_reply::check_reply;
use crate::stage::conclude::conclude;
use crate::stage::forward::forward;
use crate::stage::keys::keys;
use crate::stage::maintenance::maintenance;
use crate::stage::officials::officials;
use crate::stage::once::once;
use crate::stage::permit::permit;
use crate::stage::receive::receive;
use crate::stage::seal::{Request, seal};
use crate::stage::verify::verify;
use crate::stage::{budget, refuse};
use crate::way::Way;
use crate::{Gateway, Refusal};

/// A request as it came over HTTP, its body whole and within the limit.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Service identifier of the path.
    pub sid: String,
    /// Service version of the path.
    pub version: Option<String>,
    /// `Content-Type` as written.
    pub content_type: String,
    /// `SOAPAction` as written, quotes included.
    pub soap_action: Option<Bytes>,
    /// `Authorization: Bearer …`: how a system identifies itself for which the bus signs.
    pub bearer_token: Option<String>,
    /// Address of the peer, for the journal.
    pub peer: String,
    /// The HTTP body.
    pub body: Bytes,
}

/// What goes back: the provider's answer, sealed, or a signed fault.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// The HTTP body.
    pub body: Bytes,
    /// The exchange: MessageId of the request.
    pub exchange: Uuid,
    /// The SMEV code when the bus refused.
    pub code: Option<domain::FaultCode>,
    /// Seconds after which the same request may pass, when that is known.
    pub retry_after: Option<u64>,
}

impl Gateway {
    /// One exchange, from the request to what goes back. Never fails: a stop is answered, signed and journaled.
    pub async fn handle(&self, incoming: Incoming) -> Outgoing {
        let mut way = Way::begin(self, incoming.body.clone(), incoming.peer.clone());
        let outcome = exchange(self, &mut way, incoming).await;
        self.count(&way, outcome.as_ref().err()).await;
        match outcome {
            Ok(outgoing) => outgoing,
            Err(refusal) => refuse::refuse(self, way, refusal).await,
        }
    }
}

async fn exchange(bus: &Gateway, way: &mut Way, incoming: Incoming) -> Result<Outgoing, Refusal> {
    let request = bus.work(way, |way| check_request(way, incoming)).await?;
    let _places = budget::take(bus, way, &request)?;
    let receipt = accept(bus, way, &request).await?;
    let reply = forward(bus, way, &request, &receipt).await?;
    way.reply = Some(reply.body.clone());
    let answered = bus.work(way, move |way| check_reply(way, &reply, request)).await?;
    let receipt = conclude(bus, way, &answered, receipt).await?;
    Ok(answer(way, answered, &receipt))
}

/// The request's half without the disk and the network: from octets to a message ready to leave.
fn check_request(way: &mut Way, incoming: Incoming) -> Result<Request, Refusal> {
    let received = receive(way, &incoming)?;
    let (addressed, destination) = address(way, &incoming, received)?;
    let (verified, sender) = verify(way, &incoming, addressed)?;
    let grant = permit(way, &verified, &sender, &destination)?;
    keys(way, &verified, &destination)?;
    maintenance(way, &destination)?;
    let claim = once(way, &verified, &destination)?;
    officials(way, &verified, &destination)?;
    seal(way, verified, grant, claim, destination, incoming)
}
