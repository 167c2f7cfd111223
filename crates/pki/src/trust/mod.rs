//! Whether a certificate may vouch for a message at a moment: validity, key usage, a path to a trust anchor (RFC 5280
//! §6) and revocation lists (§6.3).
//!
//! Whose certificate it is says the registry, not this: a certificate with a flawless path can still be a stranger's.
//! No clock, no files, no network: certificates, lists and the moment are given. No OCSP, no name constraints (an
//! authority that carries them is refused), no policy trees (no policy is demanded, so none can be missing).

mod authorities;
mod moments;
mod objection;
mod path;
mod profile;
mod revocation;

use std::{ops::RangeInclusive, time::Duration};

use jiff::{SignedDuration, Timestamp};

pub use authorities::Authorities;
pub use objection::{Objection, PathProblem};

use self::{moments::Moments, path::Found, profile::Profile};
pub use crate::crl::{RevocationList, RevocationLists};
use crate::{Certificate, Error, Fingerprint};

/// When a revocation list is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CrlNeed {
    /// One of every issuer in the path; none: [`Objection::ListMissing`].
    Always,
    /// Of those issuers whose list is there; a stale one counts as there.
    #[default]
    WhenPresent,
    /// Lists are not looked at.
    Never,
}

/// How revocation lists are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrlPolicy {
    /// When one is needed.
    pub need: CrlNeed,
    /// How long after its nextUpdate a list is still accepted; fractions of a second do not count.
    pub grace: Duration,
    /// How long after its thisUpdate a list is accepted, whatever nextUpdate says; fractions of a second do not count.
    pub age_limit: Option<Duration>,
}

impl CrlPolicy {
    /// The last second in which `list` is accepted; `None`: there is no end.
    pub fn used_until(&self, list: &RevocationList) -> Option<Timestamp> {
        let later = |moment: Timestamp, delay: Duration| {
            let delay = SignedDuration::from_secs(i64::try_from(delay.as_secs()).unwrap_or(i64::MAX));
            moment.checked_add(delay).unwrap_or(Timestamp::MAX)
        };
        let announced = list.next_update().map(|next| later(next, self.grace));
        let aged = self.age_limit.map(|limit| later(list.this_update(), limit));
        announced.into_iter().chain(aged).min()
    }
}

/// Authorities, revocation lists and the policy certificates are judged by.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Anchors and intermediates.
    pub authorities: Authorities,
    /// Revocation lists.
    pub lists: RevocationLists,
    /// How the lists are used.
    pub policy: CrlPolicy,
}

/// The verdict on a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What stands against it; `None`: nothing.
    pub objection: Option<Objection>,
    /// What was looked at.
    pub checked: Checked,
    /// The certificate, then its issuer, up to the anchor; with an objection, as far as the chain was found.
    pub path: Vec<Certificate>,
    /// The revocation lists the verdict relies on, the one of the certificate's own issuer first.
    pub lists: Vec<ListUsed>,
    /// The same verdict holds for every moment in here, as long as the [`Trust`] is the same.
    pub holds: RangeInclusive<Timestamp>,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// Everything, the path to an anchor included.
    Path,
    /// Dates, key usage and critical extensions only: no anchors are configured.
    DatesOnly,
}

/// A revocation list a verdict relies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUsed {
    /// Its issuer's name, see [`Certificate::subject`].
    pub issuer: String,
    /// SHA-256 of its DER.
    pub fingerprint: Fingerprint,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one was announced for.
    pub next_update: Option<Timestamp>,
    /// Accepted only because policy grants time after nextUpdate.
    pub in_grace: bool,
}

impl Trust {
    /// Judges `certificate` as the signer of a message at the moment `at`.
    ///
    /// A certificate that is an anchor itself is pinned: dates, key usage and critical extensions count, nothing else.
    /// Whether the signer is an authority (basicConstraints) does not matter, only what its key is for (keyUsage).
    pub fn judge(&self, certificate: &Certificate, at: Timestamp) -> Judgement {
        let mut moments = Moments::new(at);
        let checked = if self.authorities.is_empty() { Checked::DatesOnly } else { Checked::Path };
        let alone = |objection| Found { objection, path: vec![certificate.clone()], lists: Vec::new() };
        let found = match read(certificate, &mut moments) {
            Err(objection) => alone(Some(objection)),
            Ok(_) if self.authorities.is_empty() => alone(None),
            Ok(profile) if self.authorities.is_anchor(certificate, &profile) => alone(None),
            Ok(profile) => path::find(self, certificate, &profile, &mut moments),
        };
        let Found { objection, path, lists } = found;
        Judgement { objection, checked, path, lists, holds: moments.holds() }
    }

    /// The same authorities and policy with other revocation lists.
    #[must_use]
    pub fn with_lists(&self, lists: RevocationLists) -> Self {
        Self { authorities: self.authorities.clone(), lists, policy: self.policy }
    }
}

/// What the certificate itself says for and against its use as a signer's.
fn read(certificate: &Certificate, moments: &mut Moments) -> Result<Profile, Objection> {
    if !moments.reached(certificate.not_before()) {
        return Err(Objection::NotYetValid { not_before: certificate.not_before() });
    }
    if moments.passed(certificate.not_after()) {
        return Err(Objection::Expired { not_after: certificate.not_after() });
    }
    let profile = Profile::read(certificate).map_err(|error| Objection::WrongUsage {
        found: match error {
            Error::Der { what, .. } => format!("{what} cannot be read"),
            other => other.to_string(),
        },
    })?;
    if let Some(found) = profile.other_usage() {
        return Err(Objection::WrongUsage { found });
    }
    match profile.unknown_critical {
        Some(oid) => Err(Objection::UnknownCriticalExtension { oid: oid.to_string() }),
        None => Ok(profile),
    }
}
