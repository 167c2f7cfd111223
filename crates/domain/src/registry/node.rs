//! What stands once in a registry: the node, its sockets, its journal, whom it trusts, the federal node.
//!
//! Values only; `settings` reads them.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

use super::keeping::Keep;
use super::rows::FileRef;
use super::{KeyRef, Place, SecretFile};
use crate::names::Mnemonic;

/// Whether real data flow here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Contour {
    /// A test contour.
    Test,
    /// The production contour.
    Production,
}

/// Which signature algorithms are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithms {
    /// GOST only.
    Gost,
    /// Also RSA and ECDSA, for test contours.
    GostAndTest,
}

/// `[node]`: this installation of the bus (узел).
#[derive(Debug, Clone)]
pub struct Node {
    /// `NodeId` of smev:Header, e.g. the number of the region.
    pub id: String,
    /// Mnemonic of the node itself.
    pub mnemonic: Mnemonic,
    /// Name for people.
    pub name: String,
    /// Certificate of the node signature (ЭП-СМЭВ), PEM.
    pub certificate: FileRef,
    /// Its private key.
    pub key: KeyRef,
    /// Test or production.
    pub contour: Contour,
    /// Algorithms accepted; more than GOST only in a test contour.
    pub algorithms: Algorithms,
}

/// `[listen]`: the bus's own sockets.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Socket of the SOAP plane.
    pub soap: SocketAddr,
    /// Socket of the admin plane.
    pub admin: SocketAddr,
    /// The address consumers see, without a slash at its end; written into WSDL.
    pub public_url: String,
    /// TLS of the SOAP plane.
    pub tls: Option<ListenTls>,
    /// Is the signature-checking service (SignatureTool) offered?
    pub signature_tool: bool,
    /// Where it is written.
    pub place: Place,
}

/// TLS material of the listener.
#[derive(Debug, Clone)]
pub struct ListenTls {
    /// Server certificate chain, PEM.
    pub certificate: FileRef,
    /// Server key, PEM, not encrypted.
    pub key: SecretFile,
    /// Authorities of client certificates; clients must show one when this is set.
    pub client_ca: Option<FileRef>,
}

/// `[journal]`: where evidence is kept.
#[derive(Debug, Clone)]
pub struct Journal {
    /// Its directory.
    pub directory: PathBuf,
    /// The key of the digests that stand in place of personal values.
    pub subject_key: Option<SecretFile>,
    /// How often the node signs what its journal has come to, in milliseconds.
    pub checkpoint_ms: u64,
    /// Free octets of a disk below which its agencies get no service.
    pub reserve_bytes: u64,
    /// How long records are kept.
    pub keep: Keep,
    /// Certificates the node had before: what was signed with them is still believed.
    pub node_certificates: Vec<FileRef>,
}

/// `[trust]`: the certification authorities believed, and how revocation lists are used.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Certificates of the authorities believed, PEM. None: registered certificates are not traced to an authority.
    pub anchors: Vec<FileRef>,
    /// Certificates of authorities between them and the systems, PEM; believed only through an anchor.
    pub intermediates: Vec<FileRef>,
    /// Where revocation lists (CRL) lie; read anew when they change.
    pub crl_directory: Option<PathBuf>,
    /// Whether an authority must have a list.
    pub crl: CrlUse,
    /// For how long a list is still used after its nextUpdate, in milliseconds.
    pub crl_grace_ms: u64,
    /// The greatest age of a list, counted from its thisUpdate, in milliseconds.
    pub crl_age_limit_ms: Option<u64>,
}

/// Whether revocation lists are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrlUse {
    /// Every authority on the path must have a list in force.
    Always,
    /// An authority without a list is believed; one with an old list is not.
    #[default]
    WhenPresent,
    /// Revocation is not looked at.
    Never,
}

/// `[federal]`: the federal node this bus stands before.
#[derive(Debug, Clone)]
pub struct Federal {
    /// Address to which `/SID…` is appended, without a slash at its end.
    pub endpoint: String,
    /// Its `NodeId` in smev:Header.
    pub node_id: String,
    /// Certificates of its node signature (ЭП-СМЭВ), PEM.
    pub certificates: Vec<FileRef>,
    /// TLS towards it.
    pub tls: Option<EndpointTls>,
    /// Where it is written.
    pub place: Place,
}

/// TLS material towards an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointTls {
    /// Authorities of the endpoint's certificate, PEM.
    pub ca: FileRef,
    /// The bus's own certificate and key, when the endpoint asks for one.
    pub client: Option<ClientPair>,
}

/// A client certificate with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPair {
    /// Certificate chain, PEM.
    pub certificate: FileRef,
    /// Private key, PEM, not encrypted.
    pub key: SecretFile,
}
