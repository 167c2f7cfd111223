//! The two-person rule: officers of the operator sign the digest of rights and keys ([`Registry::protected_digest`]) that the bus
//! is to work with. Here is what they sign, how their signatures are written down, and when there are enough of them.
//!
//! A signature is believed by the officers of a registry: of the one that is to be put in force, and, when the rule is switched off or
//! the officers change, of the one in force before. Where signatures lie, and since when a state is in force, says the caller.

use base64ct::{Base64, Encoding as _};
use domain::Registry;
use domain::registry::{Algorithms, Side};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use pki::{Certificate, Identity, Validity};
use serde::{Deserialize, Serialize};

use crate::application::Officer;

/// Stands for the digest of what was in force where nothing was.
pub const FIRST: &str = "none";
/// Signatures that are needed, each of another person.
pub const PERSONS: usize = 2;
/// How far a signer's clock may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// One signature, a line of the file of its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Digest of rights and keys that it is over.
    pub protected: String,
    /// Digest of those in force when it was made, which they are to follow; [`FIRST`] where none were. So no signature of the past
    /// brings back what was taken away since.
    pub after: String,
    /// When the officer signed, as he says.
    pub time: Timestamp,
    /// SHA-256 of his certificate.
    pub certificate: String,
    /// Algorithm of the signature.
    pub algorithm: String,
    /// Its value, in base64.
    pub signature: String,
}

/// What an officer signs.
fn text(node: &str, signature: &Signature) -> String {
    let Signature { protected, after, time, certificate, algorithm, .. } = signature;
    format!(
        "rsmev approval 1\nnode {node}\nprotected {protected}\nafter {after}\ntime {time}\ncertificate {certificate}\n\
         algorithm {algorithm}\n"
    )
}

impl Signature {
    /// Signs for a node. `entropy`: fresh random octets.
    pub fn make(
        node: &str,
        (protected, after): (&str, &str),
        identity: &Identity,
        time: Timestamp,
        entropy: &[u8; 32],
    ) -> Result<Self, pki::Error> {
        let mut made = Self {
            protected: protected.to_owned(),
            after: after.to_owned(),
            time,
            certificate: identity.certificate().fingerprint().to_string(),
            algorithm: identity.key().algorithm().label().to_owned(),
            signature: String::new(),
        };
        let value = identity.key().sign(text(node, &made).as_bytes(), entropy)?;
        made.signature = Base64::encode_string(&value);
        Ok(made)
    }

    fn holds(&self, node: &str, officer: &Officer) -> bool {
        let key = officer.certificate.public_key();
        let signed = text(node, self);
        let value = Base64::decode_vec(&self.signature).unwrap_or_default();
        key.algorithm().label() == self.algorithm && key.verify(signed.as_bytes(), &value).is_ok()
    }
}

/// A line of a file of signatures that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// It is no signature at all.
    #[error("line {line} is no signature")]
    NoSignature {
        /// Counted from 1.
        line: usize,
    },
    /// It is over rights and keys of another state.
    #[error("line {line} is over another digest: {protected}")]
    Other {
        /// Counted from 1.
        line: usize,
        /// The digest it is over.
        protected: String,
    },
    /// It is for following other rights and keys than those in force.
    #[error("line {line}: {name} signed it to follow another state than the one in force")]
    Stale {
        /// Counted from 1.
        line: usize,
        /// Whose it is.
        name: String,
    },
    /// Nobody of that certificate is an officer of the operator.
    #[error("line {line} is by {certificate}, no officer of the operator")]
    Unknown {
        /// Counted from 1.
        line: usize,
        /// Fingerprint of the certificate.
        certificate: String,
    },
    /// It does not hold.
    #[error("line {line}: the signature of {name} does not hold")]
    Wrong {
        /// Counted from 1.
        line: usize,
        /// Whose it is said to be.
        name: String,
    },
    /// He was not in office, or his certificate not in force, at the moment that counts.
    #[error("line {line}: {name} is not in office or his certificate not in force")]
    OutOfDate {
        /// Counted from 1.
        line: usize,
        /// Whose it is.
        name: String,
    },
    /// It is of a person who has signed already.
    #[error("line {line}: {name} has signed already")]
    Twice {
        /// Counted from 1.
        line: usize,
        /// Whose it is.
        name: String,
    },
    /// It is dated later than now.
    #[error("line {line}: the signature of {name} is of the future")]
    Future {
        /// Counted from 1.
        line: usize,
        /// Whose it is.
        name: String,
    },
}

/// What the signatures over a digest come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Names of the persons whose signatures count.
    pub signed: Vec<String>,
    /// Lines that do not count.
    pub rejected: Vec<Rejected>,
}

impl Verdict {
    /// Have as many persons signed as must?
    pub fn is_enough(&self) -> bool {
        self.signed.len() >= PERSONS
    }
}

/// The officers of the operator whose certificates can be read and fit the contour.
pub fn officers(registry: &Registry) -> Vec<Officer> {
    let gost_only = registry.node().algorithms == Algorithms::Gost;
    let of_operator = registry.officers().iter().filter(|officer| officer.side == Side::Operator);
    let read = of_operator.filter_map(|officer| {
        let certificate = Certificate::from_pem(&officer.certificate.octets).ok()?;
        let fits = certificate.public_key().algorithm().is_gost() || !gost_only;
        let (name, side, until) = (officer.name.clone(), officer.side.clone(), officer.until);
        fits.then_some(Officer { name, side, certificate, until })
    });
    read.collect()
}

/// Is the officer in office, and his certificate in force, at that moment?
pub fn is_in_office(officer: &Officer, at: Timestamp) -> bool {
    let day: Date = Offset::constant(3).to_datetime(at).date();
    officer.until.is_none_or(|until| day <= until) && officer.certificate.validity_at(at) == Validity::Valid
}

/// What signatures are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Mnemonic of the node.
    pub node: &'a str,
    /// Digest of the rights and keys.
    pub protected: &'a str,
    /// Digest of those in force, which they are to follow, or [`FIRST`]; `None`: they are in force already.
    pub after: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// Judges a file of signatures: by whom of `officers` it is signed. Officers must be in office now; for what is in force already
/// they must have been when they signed, so that it stays so when an officer leaves.
pub fn judge(file: &str, officers: &[Officer], asked: &Asked<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let mut counted: Vec<&Officer> = Vec::new();
    for (at, text) in file.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let line = at + 1;
        match one(text, line, officers, asked) {
            Err(rejected) => verdict.rejected.push(rejected),
            Ok(officer) if counted.iter().any(|known| known.is_same_person(officer)) => {
                verdict.rejected.push(Rejected::Twice { line, name: officer.name.clone() });
            }
            Ok(officer) => {
                counted.push(officer);
                verdict.signed.push(officer.name.clone());
            }
        }
    }
    verdict
}

fn one<'o>(text: &str, line: usize, officers: &'o [Officer], asked: &Asked<'_>) -> Result<&'o Officer, Rejected> {
    let Asked { node, protected, after, now } = *asked;
    let signature: Signature = serde_json::from_str(text).map_err(|_| Rejected::NoSignature { line })?;
    if signature.protected != protected {
        return Err(Rejected::Other { line, protected: signature.protected });
    }
    let by = |officer: &&Officer| officer.certificate.fingerprint().to_string() == signature.certificate;
    let Some(officer) = officers.iter().find(by) else {
        return Err(Rejected::Unknown { line, certificate: signature.certificate });
    };
    let name = || officer.name.clone();
    if !signature.holds(node, officer) {
        return Err(Rejected::Wrong { line, name: name() });
    }
    if signature.time > now.checked_add(AHEAD).unwrap_or(Timestamp::MAX) {
        return Err(Rejected::Future { line, name: name() });
    }
    if after.is_some_and(|after| signature.after != after) {
        return Err(Rejected::Stale { line, name: name() });
    }
    let moment = if after.is_some() { now } else { signature.time.min(now) };
    if is_in_office(officer, moment) { Ok(officer) } else { Err(Rejected::OutOfDate { line, name: name() }) }
}

/// Whose signatures are wanted before `new` is put in force after `old`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Those of its own officers: it says so itself.
    pub own: bool,
    /// Those of the officers before: the rule is switched off, or they are changed.
    pub before: bool,
}

/// What the rule asks for.
pub fn wanted(old: Option<&Registry>, new: &Registry) -> Wanted {
    let own = new.approval().two_persons;
    let before = old.is_some_and(|old| old.approval().two_persons && (!own || authority(old) != authority(new)));
    Wanted { own, before }
}

/// Who may sign, in an order of its own.
fn authority(registry: &Registry) -> Vec<(String, String, Vec<u8>, Option<Date>)> {
    let officers = registry.officers().iter().filter(|officer| officer.side == Side::Operator);
    let told = officers.map(|officer| {
        let side = crate::application::side_label(&officer.side).to_owned();
        (officer.name.clone(), side, officer.certificate.octets.to_vec(), officer.until)
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

#[cfg(test)]
mod tests;
