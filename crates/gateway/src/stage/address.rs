//! Address: which service, version and provider the message is for, and whether its form is what that service asks.

use std::sync::Arc;
use std::time::Duration;

use delivery::Endpoint;
use domain::registry::{Format, Guards, RecordClass, SenderSignature};
use domain::{BusinessKey, Mnemonic, RouteQuestion, Sid, Trying, Version};
use envelope::{Addressed, Envelope, Fields, SenderSecurity};
use journal::Class;

use crate::canary::Tried;
use crate::way::Way;
use crate::{Incoming, Refusal};

/// Where a message goes, taken out of the snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) sid: Sid,
    pub(crate) version: Version,
    pub(crate) format: Format,
    pub(crate) provider: Mnemonic,
    pub(crate) endpoint: Endpoint,
    /// Behind the federal node: its signature is expected on the answer, and ids are mapped.
    pub(crate) federal: bool,
    pub(crate) sender_security: SenderSecurity,
    pub(crate) answer_deadline: Duration,
    pub(crate) guards: Guards,
    pub(crate) keys: Arc<[BusinessKey]>,
}

pub(crate) fn address(
    way: &mut Way,
    incoming: &Incoming,
    envelope: Envelope<Addressed>,
) -> Result<(Envelope<Addressed>, Destination), Refusal> {
    let sid = Sid::new(&incoming.sid).map_err(|_| Refusal::BadPath { found: shortened(&incoming.sid) })?;
    let fields = envelope.fields();
    let registry = way.registry();
    let routed = registry.route(&question(&sid, incoming, fields, way.trying(fields))).map_err(Refusal::NoRoute)?;
    let route = routed.route;
    let tried = route.is_canary().then(|| Tried { id: route.canary_id(), return_at: route.return_at, faulted: false });
    let tls = match &routed.endpoint.tls {
        None => None,
        Some(files) => {
            Some(way.snapshot.tls(files).ok_or(Refusal::Configuration { what: "TLS of a route is not prepared" })?)
        }
    };
    let limits = registry.limits();
    let max = routed.service.message_bytes(limits);
    if incoming.body.len() > max {
        return Err(Refusal::BodyTooLarge { max });
    }
    let class = match routed.service.class {
        RecordClass::Exchange => Class::Exchange,
        RecordClass::Application => Class::Application,
    };
    let destination = Destination {
        version: routed.service.version.clone(),
        format: routed.service.format,
        provider: routed.provider.mnemonic.clone(),
        endpoint: Endpoint { url: routed.endpoint.url.clone(), tls },
        federal: routed.endpoint.federal,
        sender_security: match routed.route.sender_signature {
            SenderSignature::Keep => SenderSecurity::Keep,
            SenderSignature::Drop => SenderSecurity::Drop,
        },
        answer_deadline: routed.service.answer_deadline(limits),
        guards: routed.service.guards,
        keys: Arc::clone(&routed.service.keys),
        sid,
    };
    way.class = class;
    way.tried = tried;
    envelope.check_format(strictness(destination.format)).map_err(Refusal::Request)?;
    way.known.service_version = Some(destination.version.to_string());
    way.known.recipient = Some(destination.provider.to_string());
    Ok((envelope, destination))
}

/// What of a message decides its way: the path names the service, the signed fields the provider.
pub(crate) fn question<'a>(
    sid: &'a Sid,
    incoming: &'a Incoming,
    fields: &'a Fields,
    trying: Trying<'a>,
) -> RouteQuestion<'a> {
    RouteQuestion {
        sid,
        version: incoming.version.as_deref(),
        recipient: fields.recipient.as_ref().map(|party| party.code.as_str()),
        oktmo: fields.oktmo.as_deref(),
        service_code: fields.service_code.as_deref(),
        consumer: fields.sender.as_ref().map(|party| party.code.as_str()),
        trying,
    }
}

pub(crate) fn strictness(format: Format) -> envelope::Format {
    match format {
        Format::Lenient => envelope::Format::Lenient,
        Format::Strict => envelope::Format::Strict,
    }
}

/// The beginning of a text that somebody unknown wrote.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    text.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}
