//! What travels with one message through the stages: the snapshot it is judged by, its identity, and what the journal
//! will say of it. Decisions are not made here.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::registry::Participant;
use domain::{Mnemonic, ParticipantCode, Registry, Trying};
use envelope::{Fields, MessageClass, Revision, Stamp};
use jiff::Timestamp;
use journal::{Class, Header, Kind, StoreName};
use uuid::Uuid;

use crate::canary::Tried;
use crate::ports::{Chance, Clock};
use crate::repeats::Repeats;
use crate::{Gateway, Snapshot};

/// One message on its way, and its answer on the way back.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) snapshot: Arc<Snapshot>,
    /// The MessageId that the node gives to the request; the exchange is known by it everywhere.
    pub(crate) exchange: Uuid,
    /// When the last octet of the request came in.
    pub(crate) arrived: Timestamp,
    /// The request as it came in.
    pub(crate) request: Bytes,
    /// Address of the peer that sent it.
    pub(crate) peer: String,
    /// SMEV namespace to answer a refusal in.
    pub(crate) revision: Option<Revision>,
    /// What is known so far, for the record that ends this exchange.
    pub(crate) known: Header,
    /// The sender, once his signature has been verified.
    pub(crate) sender: Option<Mnemonic>,
    /// The provider, once the request has been accepted.
    pub(crate) accepted_for: Option<Mnemonic>,
    /// What the exchange is kept as, once its service is known.
    pub(crate) class: Class,
    /// The answer as it came in, if one came.
    pub(crate) reply: Option<Bytes>,
    /// The agency that speaks through the sender's system, when the signed message names one of its agencies.
    pub(crate) agency: Option<ParticipantCode>,
    /// Canary routes that had gone back when the message came.
    pub(crate) returned: Arc<BTreeSet<String>>,
    /// The canary route that it takes.
    pub(crate) tried: Option<Tried>,
    /// Signed requests taken lately.
    pub(crate) repeats: Repeats,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl Way {
    pub(crate) fn begin(gateway: &Gateway, request: Bytes, peer: String) -> Self {
        let (clock, chance) = (Arc::clone(&gateway.clock), Arc::clone(&gateway.chance));
        let way = Self::new(gateway.snapshot(), clock, chance, request, peer);
        Self { repeats: gateway.repeats.clone(), returned: gateway.canaries.returned(), ..way }
    }

    pub(crate) fn new(
        snapshot: Arc<Snapshot>,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        request: Bytes,
        peer: String,
    ) -> Self {
        let exchange = chance.message_id();
        let arrived = clock.now();
        let mut known = Header::new(exchange, Kind::Refused, arrived);
        snapshot.registry().digest().clone_into(&mut known.registry);
        known.received = Some(arrived);
        Self {
            snapshot,
            exchange,
            arrived,
            request,
            peer,
            revision: None,
            known,
            sender: None,
            accepted_for: None,
            class: Class::Exchange,
            reply: None,
            agency: None,
            returned: Arc::default(),
            tried: None,
            repeats: Repeats::default(),
            clock,
            chance,
        }
    }

    pub(crate) fn registry(&self) -> &Registry {
        self.snapshot.registry()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A stamp for the request (which bears the exchange's own id) or for anything that goes back.
    pub(crate) fn stamp(&self, class: MessageClass) -> Stamp {
        let message_id = match class {
            MessageClass::Request => self.exchange,
            MessageClass::Response => self.chance.message_id(),
        };
        Stamp {
            node_id: self.registry().node().id.clone(),
            message_id,
            time: self.now(),
            class,
            entropy: self.chance.entropy(),
        }
    }

    /// Takes over what the request says of itself. Routing fields become evidence only after verification; until then
    /// they help to find a refused message.
    pub(crate) fn note_request(&mut self, fields: &Fields) {
        self.revision = fields.revision;
        note(&mut self.known, fields);
        self.known.originator = fields.originator.as_ref().map(|party| party.code.clone());
    }

    /// What decides about routes that are tried out. All messages of one conversation have the same draw: a poll goes where
    /// its request went.
    pub(crate) fn trying(&self, fields: &Fields) -> Trying<'_> {
        let draw = match conversation(fields) {
            Some(first) => Trying::draw_of(&first),
            // Nobody's exchange, for an explanation: chance has not spoken, and the route that most messages take is told.
            None if self.exchange.is_nil() => u8::MAX,
            None => Trying::draw_of(&self.exchange.to_string()),
        };
        Trying { draw, returned: Some(&self.returned) }
    }

    /// Octets of the larger of the two messages: what work on it costs.
    pub(crate) fn octets(&self) -> usize {
        self.request.len().max(self.reply.as_ref().map_or(0, Bytes::len))
    }

    /// The stores of the agencies of this region that take part; the node's own where none is known.
    pub(crate) fn stores(&self) -> Result<Vec<StoreName>, journal::Error> {
        let mut stores = Vec::new();
        let agency = self.agency.as_ref().and_then(|agency| self.registry().participant(agency));
        let systems = [&self.sender, &self.accepted_for].into_iter().flatten();
        let participants = systems.filter_map(|system| self.participant_of(system)).chain(agency);
        for participant in participants.filter(|participant| participant.keeps_store()) {
            let store = StoreName::new(participant.code.as_str())?.of_class(self.class);
            if !stores.contains(&store) {
                stores.push(store);
            }
        }
        if stores.is_empty() {
            stores.push(StoreName::node());
        }
        Ok(stores)
    }

    pub(crate) fn participant_of(&self, system: &Mnemonic) -> Option<&Participant> {
        let registry = self.registry();
        registry.participant(&registry.system(system)?.participant)
    }
}

/// The exchange that began the conversation, as every later message of it names it: in a chain over several agencies
/// OriginRequestIdRef stays the same, while RequestIdRef goes from step to step (protocol §8.2). In the spelling in which the
/// bus gave it. `None` for the first message.
pub(crate) fn conversation(fields: &Fields) -> Option<String> {
    let first = [&fields.origin_request_id_ref, &fields.request_id_ref].into_iter().flatten();
    let first = first.map(|id| id.trim()).find(|id| !id.is_empty())?;
    Some(Uuid::parse_str(first).map_or_else(|_| first.to_owned(), |id| id.to_string()))
}

/// The part of a journal header that a message's fields give.
pub(crate) fn note(header: &mut Header, fields: &Fields) {
    header.operation = Some(fields.operation.local.clone());
    header.status.clone_from(&fields.status);
    header.request_id_ref.clone_from(&fields.request_id_ref);
    header.origin_request_id_ref.clone_from(&fields.origin_request_id_ref);
    header.case_number.clone_from(&fields.case_number);
    header.service_code.clone_from(&fields.service_code);
    header.test = fields.test_msg.is_some();
    header.foreign_message_id = fields.node_header.as_ref().and_then(|header| header.message_id.clone());
}
