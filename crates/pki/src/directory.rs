//! Registered certificates: who stands behind the certificate of a signature.

use std::collections::HashMap;

use crate::{Certificate, Error};

/// Certificates known beforehand, each with what it stands for; looked up by exact DER.
#[derive(Debug, Clone)]
pub struct Directory<T> {
    entries: Vec<(Certificate, T)>,
    by_der: HashMap<Box<[u8]>, usize>,
}

impl<T> Default for Directory<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), by_der: HashMap::new() }
    }
}

impl<T> Directory<T> {
    /// An empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a certificate; one certificate stands for one thing only.
    pub fn insert(&mut self, certificate: Certificate, value: T) -> Result<(), Error> {
        if self.by_der.contains_key(certificate.der()) {
            return Err(Error::Duplicate {
                subject: certificate.subject().to_owned(),
                fingerprint: *certificate.fingerprint(),
            });
        }
        self.by_der.insert(certificate.der().into(), self.entries.len());
        self.entries.push((certificate, value));
        Ok(())
    }

    /// The registered certificate whose DER is exactly `der`.
    pub fn find(&self, der: &[u8]) -> Option<(&Certificate, &T)> {
        let (certificate, value) = self.entries.get(*self.by_der.get(der)?)?;
        Some((certificate, value))
    }

    /// All entries in the order they were registered.
    pub fn iter(&self) -> impl Iterator<Item = (&Certificate, &T)> {
        self.entries.iter().map(|(certificate, value)| (certificate, value))
    }
}
