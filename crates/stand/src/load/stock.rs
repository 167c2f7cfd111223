//! The messages of a run: composed and signed beforehand, and signed anew when they come round again or the sender takes up
//! its next key. A signature made anew makes a new request of the same text, as a sender's software does.

use bytes::Bytes;
use pki::Identity;
use xmldsig::digest;

use crate::region::{Service, SignedBy, System};
use crate::roster::Roster;
use crate::wire::compose::{Draft, Letter, compose};
use crate::wire::sign;
use crate::{Behaviour, Error, edge};

/// Messages of one sender to one service.
pub(super) struct Stock {
    ready: Vec<Ready>,
    /// `None`: the bus signs for the sender.
    own: Option<Identity>,
    next: Option<Identity>,
}

/// A message before and after signing.
struct Ready {
    draft: Draft,
    digest: Vec<u8>,
    first: Bytes,
}

/// What goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signer {
    /// The message as made beforehand, whatever was sent before: for receivers that do not look.
    Any,
    /// A request not seen before, by the key in use.
    Own,
    /// The same by the key that is to follow.
    Next,
}

impl Stock {
    /// Makes `distinct` messages.
    pub(super) fn make(
        roster: &Roster,
        from: &System,
        service: &Service,
        body_bytes: usize,
        distinct: usize,
    ) -> Result<Stock, Error> {
        let provider = roster.region.system(&service.provider)?;
        let own = match from.signature {
            SignedBy::Own => Some(roster.identity(&from.mnemonic)?.clone()),
            SignedBy::Hosted => None,
        };
        let next = own.as_ref().and_then(|_| roster.next(&from.mnemonic)).cloned();
        let make = || {
            let mut letter = Letter::request(service, from, provider, edge::now(), edge::random_id()?);
            letter.body_bytes = body_bytes;
            letter.note = Some(Behaviour::Quick.note());
            let draft = compose(&letter);
            let Some(own) = &own else {
                let first = draft.bare();
                return Ok(Ready { draft, digest: Vec::new(), first });
            };
            let digest = digest(own.key().algorithm(), &sign::canonical_body(&draft)?);
            let first = signed(&draft, &digest, own)?;
            Ok(Ready { draft, digest, first })
        };
        Ok(Stock { ready: (0..distinct).map(|_| make()).collect::<Result<_, Error>>()?, own, next })
    }

    /// Can the sender take up another key? Its algorithm has to be that of the key in use.
    pub(super) fn has_next(&self) -> bool {
        let algorithm = |identity: &Identity| identity.key().algorithm();
        self.next.is_some() && self.next.as_ref().map(algorithm) == self.own.as_ref().map(algorithm)
    }

    /// The message with that number.
    pub(super) fn message(&self, number: u64, signer: Signer) -> Result<Bytes, Error> {
        let number = usize::try_from(number).unwrap_or_default();
        let Some(ready) = self.ready.get(number % self.ready.len().max(1)) else {
            return Ok(Bytes::new());
        };
        let identity = match signer {
            Signer::Any => return Ok(ready.first.clone()),
            Signer::Own if number < self.ready.len() => return Ok(ready.first.clone()),
            Signer::Own => self.own.as_ref(),
            Signer::Next => self.next.as_ref(),
        };
        identity.map_or_else(|| Ok(ready.first.clone()), |identity| signed(&ready.draft, &ready.digest, identity))
    }
}

fn signed(draft: &Draft, digest: &[u8], identity: &Identity) -> Result<Bytes, Error> {
    Ok(draft.with_header(&sign::block_over(draft.body_id(), digest, identity)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InitOptions, init};

    #[test]
    fn a_text_that_comes_round_again_is_signed_anew() {
        let directory = tempfile::tempdir().unwrap();
        init(directory.path(), &InitOptions::default(), &mut std::io::sink()).unwrap();
        let roster = Roster::load(directory.path()).unwrap();
        let (from, service) =
            (roster.region.system("SOCZ01641").unwrap(), roster.region.service("SID0064903").unwrap());
        let stock = Stock::make(&roster, from, service, 0, 2).unwrap();
        let message = |number, signer| stock.message(number, signer).unwrap();
        let body = |octets: &Bytes| {
            let text = String::from_utf8(octets.to_vec()).unwrap();
            text.split_once("Body wsu:Id").unwrap().1.to_owned()
        };
        let first = message(0, Signer::Own);
        for signer in [Signer::Own, Signer::Next] {
            let again = message(2, signer);
            assert_eq!(body(&again), body(&first), "{signer:?}");
            assert_ne!(again, first, "{signer:?}: the same octets would be a repeat");
        }
        assert_eq!(message(2, Signer::Any), first);
        assert_ne!(body(&message(1, Signer::Own)), body(&first));
    }
}
