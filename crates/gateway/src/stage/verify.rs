//! Verify: the signature holds over this Body, by a registered certificate; from here on the sender is known.
//!
//! Who he is the certificate says. What the text says of him has to agree.

use std::cell::RefCell;
use std::sync::Arc;

use domain::registry::ParticipantKind;
use domain::{Mnemonic, ParticipantCode};
use envelope::{Addressed, Envelope, MessageClass, Need, Verified};
use pki::Identity;
use xmldsig::Actor;

use crate::snapshot::Owner;
use crate::way::Way;
use crate::{Incoming, Refusal};

pub(crate) fn verify(
    way: &mut Way,
    incoming: &Incoming,
    envelope: Envelope<Addressed>,
) -> Result<(Envelope<Verified>, Mnemonic), Refusal> {
    let signed = carries(&envelope, Actor::Sender);
    let verified = match &incoming.bearer_token {
        Some(token) if !signed => sign_for_hosted(way, token, envelope)?,
        _ => verify_signature(way, envelope)?,
    };
    let sender = match way.snapshot.certificates().find(verified.certificate().der()) {
        Some((_, Owner::System(mnemonic) | Owner::OnTrial(mnemonic))) => mnemonic.clone(),
        _ => {
            return Err(Refusal::Internal { what: "a verified certificate without an owner" });
        }
    };
    way.known.sender = Some(sender.to_string());
    way.known.certificate = Some(verified.certificate().fingerprint().to_string());
    check_claim(way, &verified, &sender)?;
    way.note_request(verified.fields());
    way.agency = agency(way, &verified, &sender);
    way.known.agency = way.agency.as_ref().map(ToString::to_string);
    way.sender = Some(sender.clone());
    Ok((verified, sender))
}

/// The agency that speaks through a system of several (scheme 1): Originator/Code names it, and the system's row allows it.
/// Originator is also whoever began a chain of exchanges, any system anywhere: what is not recognised here is no mistake.
fn agency(way: &Way, verified: &Envelope<Verified>, sender: &Mnemonic) -> Option<ParticipantCode> {
    let named = &verified.fields().originator.as_ref()?.code;
    let agencies = &way.registry().system(sender)?.agencies;
    agencies.iter().find(|agency| agency.as_str() == named).cloned()
}

fn carries(envelope: &Envelope<Addressed>, actor: Actor) -> bool {
    envelope.fields().security_actors.iter().flatten().any(|found| found == actor.uri())
}

fn verify_signature(way: &mut Way, envelope: Envelope<Addressed>) -> Result<Envelope<Verified>, Refusal> {
    let (snapshot, at) = (Arc::clone(&way.snapshot), way.arrived);
    // What the text says is not proved yet; a field that reads otherwise in the signed octets is refused.
    let for_test = envelope.fields().test_msg.as_deref().is_some_and(says_test);
    let (signer, node_signer) = (RefCell::new(None), RefCell::new(None));
    let accept = |owner: &Owner| match owner {
        Owner::System(_) => true,
        Owner::OnTrial(_) => for_test,
        Owner::FederalNode => false,
    };
    let sender = |der: &[u8]| {
        signer.replace(snapshot.signer_found(der, at));
        snapshot.trusted(der, at, accept)
    };
    let node = |der: &[u8]| {
        node_signer.replace(snapshot.signer_found(der, at));
        snapshot.trusted(der, at, |owner| *owner == Owner::FederalNode)
    };
    let through_a_node = carries(&envelope, Actor::Recipient);
    let need = Need {
        algorithms: snapshot.algorithms(),
        trust: &sender,
        node: if through_a_node { Some(&node) } else { None },
    };
    let verified = envelope.verify(&need).map_err(Refusal::Request);
    way.known.signer = signer.into_inner();
    way.known.node_signer = node_signer.into_inner();
    verified
}

/// By the protocol (§3.3) TestMsg marks a test whatever it says. Some clients write `false` into it: what is for tests only, a
/// certificate on trial or a right, is not for those.
pub(crate) fn says_test(text: &str) -> bool {
    !["", "false", "0", "нет"].contains(&text.trim().to_lowercase().as_str())
}

/// The bus signs for this system, which identified itself by its token.
fn sign_for_hosted(way: &mut Way, token: &str, envelope: Envelope<Addressed>) -> Result<Envelope<Verified>, Refusal> {
    let system = way.snapshot.hosted_by_token(token).ok_or(Refusal::TokenUnknown)?;
    let snapshot = Arc::clone(&way.snapshot);
    let identity = snapshot.hosted(system).ok_or(Refusal::Configuration { what: "a hosted system without a key" })?;
    way.known.signer = snapshot.signer_found(identity.certificate().der(), way.now());
    may_still_sign(way, identity).map_err(Refusal::Request)?;
    envelope.sign_as_sender(identity, &way.stamp(MessageClass::Request)).map_err(Refusal::Request)
}

/// An ended certificate must not sign, just as it must not verify.
pub(crate) fn may_still_sign(way: &Way, identity: &Identity) -> Result<(), envelope::Error> {
    way.snapshot
        .trusted(identity.certificate().der(), way.now(), |owner| matches!(owner, Owner::System(_)))
        .map(drop)
        .map_err(|distrust| envelope::Error::Signature(xmldsig::Error::Distrusted(distrust)))
}

fn check_claim(way: &Way, verified: &Envelope<Verified>, sender: &Mnemonic) -> Result<(), Refusal> {
    let system = way
        .registry()
        .system(sender)
        .ok_or(Refusal::Configuration { what: "a certificate of a system that is not there" })?;
    if let Some(claimed) = &verified.fields().sender
        && !system.is_called(&claimed.code)
    {
        return Err(Refusal::ForeignSender {
            claimed: claimed.code.chars().take(40).collect(),
            actual: sender.clone(),
        });
    }
    let federal = way.participant_of(sender).is_some_and(|owner| owner.kind == ParticipantKind::Federal);
    if federal && verified.node_signature().is_none() {
        return Err(Refusal::AroundTheNode { sender: sender.clone() });
    }
    Ok(())
}
