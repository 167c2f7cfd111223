//! Check the reply: it is the provider's, it is whole, it answers this request. Then it is sealed for the consumer.

use bytes::Bytes;
use delivery::Reply;
use domain::Mnemonic;
use domain::registry::{Format, OfficialSignature};
use envelope::{Addressed, Envelope, MessageClass, Need, Sealed, SenderSecurity, Verified};
use journal::{OfficialFound, SignerFound};
use pki::Certificate;
use xmldsig::Actor;

use crate::Refusal;
use crate::repeats::Claim;
use crate::snapshot::Owner;
use crate::stage::address::{Destination, strictness};
use crate::stage::keys::{self, Found};
use crate::stage::officials;
use crate::stage::seal::{Request, foreign_headers};
use crate::stage::verify::may_still_sign;
use crate::way::Way;

/// An answer that may go back once it is on disk.
pub(crate) struct Answer {
    pub(crate) envelope: Envelope<Sealed>,
    pub(crate) status: u16,
    /// Fingerprint of the provider's certificate.
    pub(crate) certificate: String,
    /// What was found about the certificates.
    pub(crate) signers: Signers,
    /// Signatures of officials inside the answer: recorded, the consumer judges them.
    pub(crate) officials: Vec<OfficialFound>,
    /// Business keys that the answer holds.
    pub(crate) keys: Found,
    pub(crate) received: jiff::Timestamp,
    pub(crate) provider: Mnemonic,
    /// The request's, kept when the answer goes back.
    pub(crate) claim: Option<Claim>,
}

/// What was found about the certificates of an answer.
pub(crate) struct Signers {
    /// Of the provider's.
    pub(crate) system: Option<SignerFound>,
    /// Of the federal node's.
    pub(crate) node: Option<SignerFound>,
}

pub(crate) fn check_reply(way: &mut Way, reply: &Reply, request: Request) -> Result<Answer, Refusal> {
    let received = way.now();
    let destination = &request.destination;
    let envelope = read(way, reply, destination)?;
    let (verified, signers) = verify(way, envelope, destination)?;
    bind(way, &verified, &request)?;
    if let Some(tried) = &mut way.tried {
        tried.faulted = verified.fields().fault.as_ref().is_some_and(|fault| is_of_server(&fault.code));
    }
    let certificate = verified.certificate().fingerprint().to_string();
    let officials = match destination.guards.official_signature {
        OfficialSignature::Ignore => Vec::new(),
        OfficialSignature::Record | OfficialSignature::Require => {
            officials::record(&way.snapshot, &verified.officials(), received)
        }
    };
    let keys = keys::read(way.registry(), &destination.keys, &verified).map_err(Refusal::Answer)?;
    let stamp = way.stamp(MessageClass::Response);
    let foreign = foreign_headers(destination);
    let envelope =
        verified.seal(&stamp, way.snapshot.node(), SenderSecurity::Keep, foreign).map_err(Refusal::Answer)?;
    let provider = request.destination.provider;
    let claim = request.claim;
    let status = reply.status;
    Ok(Answer { envelope, status, certificate, signers, officials, keys, received, provider, claim })
}

/// Does a faultcode say that the provider failed (SOAP 1.1 §4.4.1), and not that the request was wrong? Codes of a provider's
/// own say neither.
fn is_of_server(code: &str) -> bool {
    let local = code.rsplit(':').next().unwrap_or_default();
    local.split('.').next() == Some("Server")
}

/// SOAP 1.1 over HTTP knows two statuses: 200 for an answer, 500 for a fault. Some providers send a fault with 200.
fn read(way: &Way, reply: &Reply, destination: &Destination) -> Result<Envelope<Addressed>, Refusal> {
    let not_soap = || Refusal::NotSoap { provider: destination.provider.clone(), status: reply.status };
    if !matches!(reply.status, 200 | 500) || reply.body.is_empty() {
        return Err(not_soap());
    }
    let limits = way.registry().limits();
    let body: Bytes = reply.body.clone();
    match Envelope::receive(body, &reply.content_type, limits).and_then(|received| received.read(limits)) {
        Ok(envelope) if envelope.fields().fault.is_none() => {
            envelope.check_format(strictness(destination.format)).map_err(Refusal::Answer)?;
            Ok(envelope)
        }
        Ok(fault) => Ok(fault),
        Err(envelope::Error::UnknownContentType { .. }) => Err(not_soap()),
        Err(error) => Err(Refusal::Answer(error)),
    }
}

fn verify(
    way: &Way,
    envelope: Envelope<Addressed>,
    destination: &Destination,
) -> Result<(Envelope<Verified>, Signers), Refusal> {
    let at = way.now();
    let found = |certificate: &Certificate| way.snapshot.signer_found(certificate.der(), at);
    let signed = envelope.fields().security_actors.iter().flatten().any(|found| found == Actor::Sender.uri());
    if !signed {
        if let Some(identity) = way.snapshot.hosted(&destination.provider) {
            may_still_sign(way, identity).map_err(Refusal::Answer)?;
            let stamp = way.stamp(MessageClass::Response);
            let signed = envelope.sign_as_sender(identity, &stamp).map_err(Refusal::Answer)?;
            return Ok((signed, Signers { system: found(identity.certificate()), node: None }));
        }
        if envelope.fields().fault.is_some() {
            return Err(Refusal::UnsignedFault { provider: destination.provider.clone() });
        }
    }
    let provider = |der: &[u8]| {
        way.snapshot.trusted(der, at, |owner| matches!(owner, Owner::System(who) if *who == destination.provider))
    };
    let node = |der: &[u8]| way.snapshot.trusted(der, at, |owner| *owner == Owner::FederalNode);
    let need = Need {
        algorithms: way.snapshot.algorithms(),
        trust: &provider,
        node: if destination.federal { Some(&node) } else { None },
    };
    let verified = envelope.verify(&need).map_err(Refusal::Answer)?;
    let signers = Signers { system: found(verified.certificate()), node: verified.node_signature().and_then(found) };
    Ok((verified, signers))
}

/// The answer belongs to this request and to this consumer. Behind the federal node the provider quotes the id which that
/// node gave and which we never learn (protocol §6.6), so there the HTTP exchange and the addressee bind them.
fn bind(way: &Way, answer: &Envelope<Verified>, request: &Request) -> Result<(), Refusal> {
    let destination = &request.destination;
    let fields = answer.fields();
    let registry = way.registry();
    if let Some(claimed) = &fields.sender {
        let provider = registry.system(&destination.provider);
        if !provider.is_some_and(|system| system.is_called(&claimed.code)) {
            let claimed = shortened(&claimed.code);
            return Err(Refusal::ForeignProvider { claimed, provider: destination.provider.clone() });
        }
    }
    let consumer = request.grant.consumer();
    if let Some(addressee) = fields.recipient.as_ref().map(|party| party.code.as_str()) {
        let is_asker = registry.system(consumer).is_some_and(|system| system.is_called(addressee));
        // Providers in the wild write all kinds of texts; another system's name is no such text.
        let is_another = registry.systems().iter().any(|system| system.is_called(addressee));
        if !is_asker && (is_another || destination.format == Format::Strict) {
            return Err(Refusal::AnswerForAnother { found: shortened(addressee), consumer: consumer.clone() });
        }
    }
    if destination.federal {
        let class = fields.node_header.as_ref().and_then(|header| header.class.as_deref());
        return match class {
            Some(class) if class != MessageClass::Response.as_str() => {
                Err(Refusal::AnswerOfAnother { found: shortened(class) })
            }
            _ => Ok(()),
        };
    }
    refers_to(way, fields.request_id_ref.as_deref(), request)
}

fn refers_to(way: &Way, found: Option<&str>, request: &Request) -> Result<(), Refusal> {
    let strict = request.destination.format == Format::Strict;
    let Some(found) = found else {
        return if strict { Err(Refusal::AnswerOfAnother { found: String::new() }) } else { Ok(()) };
    };
    let asked = request.envelope.fields();
    let ours = found.eq_ignore_ascii_case(&way.exchange.to_string());
    // While polling, providers in the wild quote the request that opened the session (protocol §8.2).
    let session = [&asked.request_id_ref, &asked.origin_request_id_ref]
        .into_iter()
        .flatten()
        .any(|opened| opened.eq_ignore_ascii_case(found));
    if ours || (session && !strict) { Ok(()) } else { Err(Refusal::AnswerOfAnother { found: shortened(found) }) }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
