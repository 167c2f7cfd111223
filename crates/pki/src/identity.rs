//! A certificate together with its private key: as whom the node, a hosted system or a system of the stand signs.

use std::sync::Arc;

use crate::{Certificate, Error, PrivateKey};

/// What is signed once to see that the two halves belong together; the signature is thrown away.
const PROBE: &[u8] = b"rsmev: does this key belong to this certificate?";

/// A certificate and the private key that fits it. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Identity {
    inner: Arc<(Certificate, PrivateKey)>,
}

impl Identity {
    /// Joins the two; a key that does not belong to the certificate is refused.
    ///
    /// Found out by signing and verifying: the same GOST key can be written with several parameter identifiers of one
    /// curve (CryptoPro-A and XchA), so comparing encodings would refuse pairs that work.
    pub fn new(certificate: Certificate, key: PrivateKey) -> Result<Self, Error> {
        // The nonce comes from the key and the octets to sign as well: no fresh randomness is needed for a signature
        // nobody sees.
        let signature = key.sign(PROBE, &[0; 32])?;
        let fits = key.algorithm() == certificate.public_key().algorithm();
        if !fits || certificate.public_key().verify(PROBE, &signature).is_err() {
            return Err(Error::KeyDoesNotFit {
                subject: certificate.subject().to_owned(),
                certificate: certificate.public_key().algorithm(),
                key: key.algorithm(),
            });
        }
        Ok(Self { inner: Arc::new((certificate, key)) })
    }

    /// A certificate whose key is not to be had any more: with it nothing can be signed. For looking at what was.
    pub fn without_key(certificate: Certificate) -> Self {
        let key = PrivateKey::absent(certificate.public_key().clone());
        Self { inner: Arc::new((certificate, key)) }
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.inner.0
    }

    /// The private key.
    pub fn key(&self) -> &PrivateKey {
        &self.inner.1
    }
}
