//! The search for a path (RFC 5280 §6.1 in the profile needed here): from the certificate upwards, depth first, without
//! recursion, within hard bounds.

use super::{
    ListUsed, Objection, PathProblem, RevocationList, Trust, authorities::Authority, moments::Moments,
    profile::Profile, revocation,
};
use crate::{Certificate, PublicKey};

/// Certificates in a path, the anchor included. The deepest national chain has four.
const PATH_MAX: usize = 8;

/// Signature checks for one verdict. They are what an attacker could make dear: with 512-bit keys a verdict costs a third of a second at most.
const CHECKS_MAX: usize = 100;

/// Signature checks left.
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    fn take(&mut self) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted)?;
        Ok(())
    }

    fn certificate_signed(&mut self, certificate: &Certificate, key: &PublicKey) -> Result<bool, Exhausted> {
        self.take().map(|()| certificate.is_signed_by(key).is_ok())
    }

    /// Whether the key made the list's signature.
    pub(super) fn list_signed(&mut self, list: &RevocationList, key: &PublicKey) -> Result<bool, Exhausted> {
        self.take().map(|()| list.is_signed_by(key))
    }
}

/// Nothing is left to check signatures with.
pub(super) struct Exhausted;

/// One certificate of the path being built, and who may have issued it.
pub(super) struct Link<'t> {
    pub(super) certificate: &'t Certificate,
    pub(super) profile: &'t Profile,
    issuers: std::vec::IntoIter<&'t Authority>,
}

/// What the search came to.
pub(super) struct Found {
    pub(super) objection: Option<Objection>,
    pub(super) path: Vec<Certificate>,
    pub(super) lists: Vec<ListUsed>,
}

/// How far an attempt came: of all attempts the one is told that came farthest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reach {
    /// Signatures found right.
    signatures: usize,
    end: End,
}

/// What an attempt failed at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// There is no issuer of that name.
    NoIssuer,
    /// The issuer of that name did not sign.
    Signature,
    /// It signed but must not be used.
    Issuer,
    /// The path is complete; revocation lists, or their absence, speak against it.
    Revocation,
}

struct Search<'t> {
    trust: &'t Trust,
    path: Vec<Link<'t>>,
    budget: Budget,
    farthest: Option<(Reach, Found)>,
}

/// Looks for a path from the certificate to an anchor in which nothing is revoked.
pub(super) fn find(trust: &Trust, certificate: &Certificate, profile: &Profile, moments: &mut Moments) -> Found {
    let budget = Budget { left: CHECKS_MAX };
    let mut search = Search { trust, path: Vec::with_capacity(PATH_MAX), budget, farthest: None };
    search.push(certificate, profile);
    match search.run(moments) {
        Ok(Some(found)) => found,
        Ok(None) => search.told(certificate, profile),
        Err(Exhausted) => {
            let problem = PathProblem::TooManyChecks { limit: CHECKS_MAX };
            Found::nothing(certificate, Objection::BrokenPath { subject: certificate.subject().to_owned(), problem })
        }
    }
}

impl Found {
    fn nothing(certificate: &Certificate, objection: Objection) -> Self {
        Self { objection: Some(objection), path: vec![certificate.clone()], lists: Vec::new() }
    }
}

impl<'t> Search<'t> {
    /// Goes through the issuers of the last link, one by one; a link without further issuers is given up. Every step
    /// takes a signature check from the budget or an issuer from a link, so it ends.
    fn run(&mut self, moments: &mut Moments) -> Result<Option<Found>, Exhausted> {
        while let Some(last) = self.path.last_mut() {
            let Some(issuer) = last.issuers.next() else {
                self.path.pop();
                continue;
            };
            let certificate = last.certificate;
            if !self.budget.certificate_signed(certificate, issuer.certificate.public_key())? {
                let subject = certificate.subject().to_owned();
                self.fails(End::Signature, Objection::BrokenPath { subject, problem: PathProblem::WrongSignature });
                continue;
            }
            // Only now: what is wrong with an authority that did not sign is of no interest.
            if let Some(problem) = self.problem(issuer, moments) {
                let subject = issuer.certificate.subject().to_owned();
                self.fails(End::Issuer, Objection::BrokenPath { subject, problem });
                continue;
            }
            if issuer.is_anchor {
                if let Some(found) = self.complete(issuer, moments)? {
                    return Ok(Some(found));
                }
            } else {
                self.push(&issuer.certificate, &issuer.profile);
            }
        }
        Ok(None)
    }

    fn push(&mut self, certificate: &'t Certificate, profile: &'t Profile) {
        self.path.push(Link { certificate, profile, issuers: Vec::new().into_iter() });
        let issuers: Vec<_> =
            self.trust.authorities.issuers_of(profile).into_iter().filter(|issuer| !self.is_in_path(issuer)).collect();
        if issuers.is_empty() {
            self.fails(End::NoIssuer, Objection::NoPath { issuer: certificate.issuer().to_owned() });
        }
        if let Some(link) = self.path.last_mut() {
            link.issuers = issuers.into_iter();
        }
    }

    /// The same name with the same key again is a loop (RFC 4158 §5.2), whatever else the certificate says.
    fn is_in_path(&self, issuer: &Authority) -> bool {
        self.path.iter().any(|link| {
            link.profile.subject == issuer.profile.subject
                && link.certificate.public_key().spki_der() == issuer.certificate.public_key().spki_der()
        })
    }

    /// Why the authority must not stand above the path (RFC 5280 §6.1.4).
    fn problem(&self, issuer: &Authority, moments: &mut Moments) -> Option<PathProblem> {
        let (certificate, profile) = (&issuer.certificate, &issuer.profile);
        if self.path.len() >= PATH_MAX {
            return Some(PathProblem::TooLong { limit: PATH_MAX });
        }
        if !profile.is_authority {
            return Some(PathProblem::NotAnAuthority);
        }
        if !profile.signs_certificates() {
            return Some(PathProblem::NoCertSign);
        }
        if let Some(oid) = profile.hindrance() {
            return Some(PathProblem::UnknownCriticalExtension { oid: oid.to_string() });
        }
        let below = self.path.iter().skip(1).filter(|link| !link.profile.is_self_issued()).count();
        if let Some(allowed) = profile.path_length.filter(|&allowed| below > usize::from(allowed)) {
            return Some(PathProblem::PathLength { allowed });
        }
        if !moments.reached(certificate.not_before()) {
            return Some(PathProblem::NotYetValid { not_before: certificate.not_before() });
        }
        moments.passed(certificate.not_after()).then(|| PathProblem::Expired { not_after: certificate.not_after() })
    }

    /// The path has come to an anchor: what do the revocation lists say?
    fn complete(&mut self, anchor: &'t Authority, moments: &mut Moments) -> Result<Option<Found>, Exhausted> {
        let issuers = Vec::new().into_iter();
        self.path.push(Link { certificate: &anchor.certificate, profile: &anchor.profile, issuers });
        let verdict = revocation::check(self.trust, &self.path, &mut self.budget, moments)?;
        let found = match verdict {
            (None, lists) => Some(Found { objection: None, path: self.certificates(), lists }),
            (Some(objection), lists) => {
                self.remember(End::Revocation, objection, lists);
                None
            }
        };
        self.path.pop();
        Ok(found)
    }

    fn certificates(&self) -> Vec<Certificate> {
        self.path.iter().map(|link| link.certificate.clone()).collect()
    }

    fn fails(&mut self, end: End, objection: Objection) {
        self.remember(end, objection, Vec::new());
    }

    /// Remembers the attempt, if none came farther.
    fn remember(&mut self, end: End, objection: Objection, lists: Vec<ListUsed>) {
        let signatures = match end {
            // Of each certificate but the last, by the next one.
            End::NoIssuer | End::Signature => self.path.len().saturating_sub(1),
            End::Issuer => self.path.len(),
            // A complete path is farther than any other, however short.
            End::Revocation => PATH_MAX,
        };
        let reach = Reach { signatures, end };
        if self.farthest.as_ref().is_none_or(|(farthest, _)| *farthest < reach) {
            self.farthest = Some((reach, Found { objection: Some(objection), path: self.certificates(), lists }));
        }
    }

    /// No path: what to tell of the attempts.
    fn told(self, certificate: &Certificate, profile: &Profile) -> Found {
        match self.farthest {
            Some((reach, found)) if reach.signatures > 0 => found,
            // No known authority signed it. An impostor's own signature is worth saying, also under a known name.
            _ if profile.is_self_issued() && certificate.is_signed_by(certificate.public_key()).is_ok() => {
                Found::nothing(certificate, Objection::SelfSigned)
            }
            Some((_, found)) => found,
            None => Found::nothing(certificate, Objection::NoPath { issuer: certificate.issuer().to_owned() }),
        }
    }
}
