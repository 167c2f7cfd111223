//! TLS of one endpoint: whom we trust there and which certificate we show.
//!
//! GOST-TLS is not done here: it is ended by a certified gateway in front of the provider.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::Error;
use crate::connect::Connector;

/// TLS settings with the connection pool that belongs to them: connections made under one identity are never used
/// under another.
pub struct ClientTls {
    pub(crate) client: Client<Connector, Full<Bytes>>,
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls").finish_non_exhaustive()
    }
}

impl ClientTls {
    /// `authorities`: PEM certificates that may have issued the server's; `identity`: PEM chain and PEM key shown to it
    /// (mutual TLS); `connect_timeout` bounds TCP and handshake together.
    ///
    /// # Errors
    /// [`Error::TlsSettings`] names the part that cannot be used.
    pub fn new(authorities: &[u8], identity: Option<(&[u8], &[u8])>, connect_timeout: Duration) -> Result<Self, Error> {
        let settings = |what: &str| Error::TlsSettings { what: what.to_owned() };
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authorities) {
            let certificate = certificate.map_err(|_| settings("the authority certificates are not PEM"))?;
            roots.add(certificate).map_err(|_| settings("an authority certificate cannot be used"))?;
        }
        if roots.is_empty() {
            return Err(settings("no authority certificate is given"));
        }
        let builder = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| settings("no common protocol version"))?
            .with_root_certificates(roots);
        let config = match identity {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let chain = CertificateDer::pem_slice_iter(chain)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|_| settings("the own certificate is not PEM"))?;
                let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| settings("the own key is not PEM"))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|_| settings("the own key does not fit the own certificate"))?
            }
        };
        Ok(Self { client: crate::client::pool(Connector::tls(config, connect_timeout)) })
    }
}
