//! The certification authorities that are known: anchors, which are trusted as they are, and intermediates, which need
//! a chain to an anchor.

use std::{collections::HashMap, sync::Arc};

use super::profile::Profile;
use crate::{Certificate, Error};

/// Certification authorities. Cheap to clone; the default knows none.
#[derive(Debug, Clone, Default)]
pub struct Authorities {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    all: Vec<Authority>,
    anchors: usize,
    /// By the subject's `Name` as it stands in the certificate.
    by_subject: HashMap<Box<[u8]>, Vec<usize>>,
}

/// A known authority.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) certificate: Certificate,
    pub(super) profile: Profile,
    pub(super) is_anchor: bool,
}

impl Authorities {
    /// Takes the certificates as configured; one that stands twice counts once, as an anchor if it is one. Whether they
    /// are valid, and authorities at all, is seen when they are needed.
    ///
    /// An anchor may also be a system's own certificate: it is then trusted for that system's messages without any
    /// path, and for nothing else.
    pub fn new(anchors: Vec<Certificate>, intermediates: Vec<Certificate>) -> Result<Self, Error> {
        let mut inner = Inner::default();
        let certificates =
            anchors.into_iter().map(|it| (it, true)).chain(intermediates.into_iter().map(|it| (it, false)));
        for (certificate, is_anchor) in certificates {
            let profile = Profile::read(&certificate).map_err(|source| Error::UnusableAuthority {
                subject: certificate.subject().to_owned(),
                source: Box::new(source),
            })?;
            let same_name = inner.by_subject.entry(profile.subject.clone()).or_default();
            let known = |index: &usize| inner.all.get(*index).is_some_and(|it| it.certificate == certificate);
            if !same_name.iter().any(known) {
                same_name.push(inner.all.len());
                inner.all.push(Authority { certificate, profile, is_anchor });
                inner.anchors += usize::from(is_anchor);
            }
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether there is no anchor: no path can be demanded then.
    pub fn is_empty(&self) -> bool {
        self.inner.anchors == 0
    }

    /// The anchors, in the order given.
    pub fn anchors(&self) -> impl Iterator<Item = &Certificate> {
        self.inner.all.iter().filter(|it| it.is_anchor).map(|it| &it.certificate)
    }

    /// The other authorities, in the order given.
    pub fn intermediates(&self) -> impl Iterator<Item = &Certificate> {
        self.inner.all.iter().filter(|it| !it.is_anchor).map(|it| &it.certificate)
    }

    /// Whether this very certificate is an anchor.
    pub(super) fn is_anchor(&self, certificate: &Certificate, profile: &Profile) -> bool {
        self.named(&profile.subject).any(|it| it.is_anchor && it.certificate == *certificate)
    }

    /// The authorities of this name.
    pub(super) fn named(&self, subject: &[u8]) -> impl Iterator<Item = &Authority> {
        let indexes = self.inner.by_subject.get(subject).map(Vec::as_slice).unwrap_or_default();
        indexes.iter().filter_map(|&index| self.inner.all.get(index))
    }

    /// Those that may have issued the certificate, likely ones first: the key identifiers agree, then anchors.
    pub(super) fn issuers_of(&self, profile: &Profile) -> Vec<&Authority> {
        let mut found: Vec<_> = self.named(&profile.issuer).collect();
        found.sort_by_key(|it| {
            let hint = match (&profile.authority_key, &it.profile.subject_key) {
                (Some(wanted), Some(own)) if wanted == own => 0,
                (Some(_), Some(_)) => 2,
                _ => 1,
            };
            (hint, !it.is_anchor)
        });
        found
    }
}
