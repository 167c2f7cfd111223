//! `region.json`: the pretend region as a machine reads it. Whoever holds this file can join in: it names every
//! system with its certificate and key, every service with its address, and where the bus and the federal node listen.
//! It is written by [`crate::init`] and is all that the other commands of the stand read. It is not the registry of
//! the bus: that is `routes.toml`.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Name of the file inside the directory of the region.
pub const REGION_FILE: &str = "region.json";

/// The whole pretend region. All paths are relative to the directory that holds the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Version of this format: 1.
    pub format: u32,
    /// The regional bus.
    pub node: Node,
    /// The federal node of the stand.
    pub federal: Federal,
    /// Certificate of the test CA that issued everything here.
    pub authority: PathBuf,
    /// Where all provider systems listen; each has its own path.
    pub agencies: SocketAddr,
    /// Every information system, registered or not.
    pub systems: Vec<System>,
    /// Every service.
    pub services: Vec<Service>,
    /// Rows of the access matrix, and pairs that have none.
    pub access: Vec<Access>,
}

/// The regional bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// `NodeId` of its smev:Header.
    pub id: String,
    /// Mnemonic.
    pub mnemonic: String,
    /// Certificate of its ЭП-СМЭВ.
    pub certificate: PathBuf,
    /// The pair that is to follow: whoever checks ЭП-СМЭВ believes both certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextPair>,
    /// SOAP listener.
    pub soap: SocketAddr,
    /// Admin listener.
    pub admin: SocketAddr,
    /// Prefix of all service addresses: append `SID0003245` or `SID0003245/1.00`.
    pub services_url: String,
}

/// Certificate and key of the second generation: for trying out how certificates are changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextPair {
    /// Certificate (PEM); not in the registry of the bus.
    pub certificate: PathBuf,
    /// Its key (PKCS#8, PEM, mode 0600).
    pub key: PathBuf,
}

/// The federal node of the stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federal {
    /// `NodeId` of its smev:Header.
    pub id: String,
    /// Certificate of its ЭП-СМЭВ.
    pub certificate: PathBuf,
    /// Its key (PKCS#8, PEM).
    pub key: PathBuf,
    /// Listener.
    pub address: SocketAddr,
    /// Prefix of all service addresses.
    pub services_url: String,
}

/// Whose system it is; the words of the registry (`participant.kind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SystemKind {
    /// Body of the region's government.
    Regional,
    /// Body of a municipality.
    Municipal,
    /// Federal body, behind the federal node.
    Federal,
    /// The region's services portal.
    Portal,
    /// Service centre (МФЦ).
    Mfc,
}

/// Who makes the ЭП-ОВ of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignedBy {
    /// The system itself.
    Own,
    /// The bus, with the system's key; the system shows a bearer token.
    Hosted,
}

/// What a system's certificate is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Registered and within its dates.
    Good,
    /// Registered, but its dates are over: tries the refusal.
    Expired,
    /// Issued by the same CA, but not in the registry: tries the refusal.
    Unregistered,
}

/// One information system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// Mnemonic, as in `Sender/Code`.
    pub mnemonic: String,
    /// Code of the participant it belongs to.
    pub participant: String,
    /// Name of the participant.
    pub name: String,
    /// Whose system.
    pub kind: SystemKind,
    /// Who makes its ЭП-ОВ.
    pub signature: SignedBy,
    /// Algorithm of its key, for example `GOST R 34.10-2012-256`.
    pub algorithm: String,
    /// Certificate (PEM).
    pub certificate: PathBuf,
    /// Key (PKCS#8, PEM, mode 0600).
    pub key: PathBuf,
    /// The pair that is to follow; the stand's members believe both certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextPair>,
    /// Bearer token of a hosted system (`Authorization: Bearer …`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What its certificate is good for.
    pub standing: Standing,
}

/// Message format of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Revision {
    /// `http://smev.gosuslugi.ru/rev111111` (Methodical Recommendations 2.4).
    #[serde(rename = "rev111111")]
    Rev111111,
    /// `http://smev.gosuslugi.ru/rev120315` (2.5, 2.6).
    #[serde(rename = "rev120315")]
    Rev120315,
    /// The service carries no `Message` block.
    #[serde(rename = "none")]
    Absent,
}

impl Revision {
    /// Namespace of `Message`, where there is one.
    pub fn namespace(self) -> Option<&'static str> {
        match self {
            Revision::Rev111111 => Some("http://smev.gosuslugi.ru/rev111111"),
            Revision::Rev120315 => Some("http://smev.gosuslugi.ru/rev120315"),
            Revision::Absent => None,
        }
    }

    /// The name used in `region.json`.
    pub fn label(self) -> &'static str {
        match self {
            Revision::Rev111111 => "rev111111",
            Revision::Rev120315 => "rev120315",
            Revision::Absent => "none",
        }
    }
}

/// How requests and answers of a service follow each other (protocol §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    /// REQUEST → RESULT in one HTTP exchange.
    Sync,
    /// REQUEST → ACCEPT, PING → PROCESS, PING → RESULT.
    Async,
    /// As `Async`, opened by a portal application with an attachment; the agency also calls back.
    Application,
    /// The agency calls the portal with a STATE; the portal answers ACCEPT.
    Callback,
}

/// One service in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// `SIDnnnnnnn`.
    pub sid: String,
    /// `1.00`.
    pub version: String,
    /// What it gives, in Russian.
    pub name: String,
    /// Textual mnemonic of the service (`ServiceName`, `Service/Mnemonic`).
    pub mnemonic: String,
    /// Mnemonic of the providing system.
    pub provider: String,
    /// Where the provider itself listens; `federal` when it stands behind the federal node.
    pub provider_endpoint: String,
    /// Where consumers post: the address on the bus.
    pub endpoint: String,
    /// `open`, `by_consent` or `base_resource`.
    pub access: String,
    /// Message format.
    pub revision: Revision,
    /// How its messages follow each other.
    pub pattern: Pattern,
    /// Namespace of the operation element.
    pub namespace: String,
    /// Local name of the operation element of a request; an answer adds `Response`.
    pub operation: String,
    /// `SOAPAction` header as sent, quotes included.
    pub soap_action: String,
    /// Exists only to try out refusals.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trial: bool,
}

/// A row of the access matrix, or a pair that has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Mnemonic of the asking system.
    pub consumer: String,
    /// Service asked.
    pub service: String,
    /// What the matrix says.
    pub right: Right,
}

/// What the matrix says about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// A row in force.
    Granted,
    /// A row whose last day has passed.
    Expired,
    /// No row at all.
    None,
}

impl Region {
    /// Reads `region.json` of a directory.
    pub fn load(directory: &Path) -> Result<Region, Error> {
        let path = directory.join(REGION_FILE);
        let text = std::fs::read(&path).map_err(Error::file("read", &path))?;
        serde_json::from_slice(&text).map_err(|source| Error::RegionFile { path, source })
    }

    /// A system by its mnemonic.
    pub fn system(&self, mnemonic: &str) -> Result<&System, Error> {
        self.systems
            .iter()
            .find(|system| system.mnemonic == mnemonic)
            .ok_or_else(|| Error::UnknownSystem { mnemonic: mnemonic.to_owned() })
    }

    /// A service by its SID.
    pub fn service(&self, sid: &str) -> Result<&Service, Error> {
        self.services
            .iter()
            .find(|service| service.sid == sid)
            .ok_or_else(|| Error::UnknownService { sid: sid.to_owned() })
    }

    /// Systems that have the right to ask a service now.
    pub fn consumers<'a>(&'a self, sid: &'a str) -> impl Iterator<Item = &'a str> {
        self.access
            .iter()
            .filter(move |row| row.service == sid && row.right == Right::Granted)
            .map(|row| row.consumer.as_str())
    }
}

impl fmt::Display for SystemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SystemKind::Regional => "regional",
            SystemKind::Municipal => "municipal",
            SystemKind::Federal => "federal",
            SystemKind::Portal => "portal",
            SystemKind::Mfc => "mfc",
        })
    }
}

/// One named way of a message through the region; what `stand send` is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Agency → bus → federal node → federal service, answered at once.
    FederalSync,
    /// The same with ACCEPT, then PING until RESULT.
    FederalAsync,
    /// Federal system → federal node → bus → agency.
    FromFederal,
    /// Agency → bus → agency.
    Region,
    /// A system without keys of its own asks; the bus signs for it.
    Hosted,
    /// Portal application with attachment, call-back with its state, poll, result.
    Portal,
    /// A system without keys of its own answers; the bus signs the answer.
    HostedProvider,
}

impl Kind {
    /// All kinds, in the order a demonstration shows them.
    pub const ALL: [Kind; 7] = [
        Kind::FederalSync,
        Kind::FederalAsync,
        Kind::FromFederal,
        Kind::Region,
        Kind::Portal,
        Kind::Hosted,
        Kind::HostedProvider,
    ];

    /// The word on the command line.
    pub fn label(self) -> &'static str {
        match self {
            Kind::FederalSync => "federal-sync",
            Kind::FederalAsync => "federal-async",
            Kind::FromFederal => "from-federal",
            Kind::Region => "region",
            Kind::Hosted => "hosted",
            Kind::Portal => "portal",
            Kind::HostedProvider => "hosted-provider",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(given: &str) -> Result<Kind, Error> {
        Kind::ALL.into_iter().find(|kind| kind.label() == given).ok_or_else(|| Error::UnknownName {
            what: "kind of exchange",
            given: given.to_owned(),
            allowed: Kind::ALL.map(Kind::label).join(", "),
        })
    }
}
