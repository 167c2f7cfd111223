//! The rows of a snapshot: what each table of the registry means once it has been read and resolved.
//!
//! Only [`Registry::load`](super::Registry::load) makes a snapshot of them. No reading and no deciding here.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use serde::Serialize;

use super::keeping::{Keep, RecordClass};
use super::life::{Messages, Stage};
use super::node::EndpointTls;
use super::people::Agreement;
use super::{KeyRef, Place};
use crate::business_key::BusinessKey;
use crate::names::{Mnemonic, ParticipantCode, Sid, Version};

/// A file named in the registry, read once with the snapshot.
#[derive(Clone, PartialEq, Eq)]
pub struct FileRef {
    /// The path it was read from.
    pub path: PathBuf,
    /// Its octets, not interpreted.
    pub octets: Arc<[u8]>,
}

/// Shows the path and the length.
impl fmt::Debug for FileRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileRef({}, {} octets)", self.path.display(), self.octets.len())
    }
}

/// A file of the snapshot, for its manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadedFile {
    /// Name relative to the directory of the entry file.
    pub name: String,
    /// Length in octets.
    pub bytes: usize,
    /// Hex SHA-256 of its octets.
    pub sha256: String,
}

/// What kind of body a participant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParticipantKind {
    /// Regional executive body (РОИВ).
    Regional,
    /// Municipal body (ОМСУ).
    Municipal,
    /// Federal body (ФОИВ).
    Federal,
    /// Portal of public services.
    Portal,
    /// Service centre (МФЦ).
    Mfc,
    /// Another node of SMEV.
    Node,
}

/// `[[participant]]`: an organisation that takes part (участник).
#[derive(Debug, Clone)]
pub struct Participant {
    /// Its code.
    pub code: ParticipantCode,
    /// Name for people.
    pub name: String,
    /// What kind of body it is.
    pub kind: ParticipantKind,
    /// A directory of its own for its stores, on a disk of its own perhaps; in the journal's directory where there is none.
    pub store: Option<PathBuf>,
    /// How long its records are kept, when not as the others'.
    pub keep: Option<Keep>,
    /// The paper on which it takes part.
    pub agreement: Option<Agreement>,
    /// Why it takes no part for the time being.
    pub suspended: Option<String>,
    /// Where it is written.
    pub place: Place,
}

impl Participant {
    /// Does this node keep a journal store for it? Other nodes keep their own and those of the bodies behind them.
    pub fn keeps_store(&self) -> bool {
        !matches!(self.kind, ParticipantKind::Federal | ParticipantKind::Node)
    }

    /// Must it have an agreement before real messages of it pass in a production contour? Bodies behind other nodes have
    /// theirs there.
    pub fn needs_agreement(&self) -> bool {
        self.keeps_store()
    }
}

/// Who makes a system's signature (ЭП-ОВ).
#[derive(Debug, Clone)]
pub enum Signing {
    /// The system itself.
    Own,
    /// The bus, with the system's key.
    Hosted {
        /// The system's private key.
        key: KeyRef,
        /// SHA-256 of the bearer token by which the system is known on HTTP.
        token_sha256: [u8; 32],
    },
}

/// `[[system]]`: an information system (ИС), a connection point.
#[derive(Debug, Clone)]
pub struct System {
    /// Its mnemonic.
    pub mnemonic: Mnemonic,
    /// The organisation that owns it.
    pub participant: ParticipantCode,
    /// Name for people; the participant's when not written.
    pub name: String,
    /// Its registered certificates, PEM.
    pub certificates: Vec<FileRef>,
    /// Certificates on trial, PEM: they vouch for test messages (`TestMsg`) only.
    pub trial_certificates: Vec<FileRef>,
    /// Who makes its signature.
    pub signature: Signing,
    /// Other texts than its mnemonic that it may write into Sender/Code.
    pub codes: Vec<String>,
    /// Agencies that speak through it with its one key, besides its participant; Originator/Code names which.
    pub agencies: Vec<ParticipantCode>,
    /// Why it takes no part for the time being.
    pub suspended: Option<String>,
    /// Where it is written.
    pub place: Place,
}

impl System {
    /// May the system call itself that in Sender/Code (or be called that in Recipient/Code)?
    pub fn is_called(&self, code: &str) -> bool {
        self.mnemonic.as_str() == code || self.codes.iter().any(|known| known == code)
    }
}

/// On what terms a service is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessMode {
    /// The owner agrees to each application.
    ByConsent,
    /// Any participant may apply and gets it.
    Open,
    /// A base resource of the region.
    BaseResource,
}

/// How strictly the format of messages is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// As the wild has it: fields are looked up by name.
    Lenient,
    /// As the methodical recommendations have it.
    Strict,
}

/// What is done about signatures of officials (ЭП-СП) inside the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OfficialSignature {
    /// They are checked and the findings kept; nothing is refused for them.
    Record,
    /// There must be one, and all must hold.
    Require,
    /// They are not looked at.
    Ignore,
}

/// What becomes of header blocks that no signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ForeignHeaders {
    /// They are taken off: nobody vouches for them.
    Drop,
    /// They travel on.
    Keep,
}

/// What becomes of a signed message that comes a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Repeats {
    /// It is refused while the first is remembered.
    Refuse,
    /// It is another exchange.
    Allow,
}

/// What a service loosens or tightens about its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Guards {
    /// What is done about signatures of officials.
    pub official_signature: OfficialSignature,
    /// What becomes of header blocks that no signature covers.
    pub foreign_headers: ForeignHeaders,
    /// What becomes of a request that comes a second time.
    pub repeats: Repeats,
    /// How far `Message/Date` of a request may lie from now, in milliseconds; not asked when absent.
    pub freshness_ms: Option<u64>,
}

impl Guards {
    /// For how long a request is remembered, in milliseconds. A date may lie ahead as far as behind: only after both is the request
    /// refused for its date.
    pub fn replay_window_ms(&self, limits: &crate::Limits) -> u64 {
        limits.replay_window_ms.max(self.freshness_ms.unwrap_or(0).saturating_mul(2))
    }
}

/// A reference request with its answer (контрольный пример).
#[derive(Debug, Clone)]
pub struct ControlExample {
    /// The request.
    pub request: FileRef,
    /// The answer expected.
    pub answer: FileRef,
}

/// `[[service]]`: one version of an electronic service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its identifier.
    pub sid: Sid,
    /// Its version.
    pub version: Version,
    /// Name for people.
    pub name: String,
    /// The participant that owns it.
    pub owner: ParticipantCode,
    /// The system that answers.
    pub provider: Mnemonic,
    /// On what terms it is given.
    pub access: AccessMode,
    /// How strictly the format of messages is checked.
    pub format: Format,
    /// Is this the version meant when a request names none?
    pub default: bool,
    /// Local names of its operations; empty: not listed, any is taken.
    pub operations: Vec<String>,
    /// Its WSDL.
    pub wsdl: Option<FileRef>,
    /// Its control example.
    pub control_example: Option<ControlExample>,
    /// Own deadline for answers, in milliseconds.
    pub answer_deadline_ms: Option<u64>,
    /// Own, smaller bound of a message in octets.
    pub message_bytes: Option<usize>,
    /// What is loosened or tightened about its messages.
    pub guards: Guards,
    /// Values in AppData by which its messages are found.
    pub keys: Arc<[BusinessKey]>,
    /// What its exchanges are kept as.
    pub class: RecordClass,
    /// How far it has come.
    pub stage: Stage,
    /// The day on which the stage began.
    pub since: Option<Date>,
    /// First day of this version.
    pub from: Option<Date>,
    /// Last day of this version.
    pub until: Option<Date>,
    /// SHA-256 of the XSD of the approved federal format that it implements.
    pub format_sha256: Option<[u8; 32]>,
    /// Directory of its package (passport, schemas, control example), relative to the entry file.
    pub package: Option<String>,
    /// Where it is written.
    pub place: Place,
}

impl Service {
    /// Time to answer: the service's own or that of the limits.
    pub fn answer_deadline(&self, limits: &crate::Limits) -> Duration {
        Duration::from_millis(self.answer_deadline_ms.unwrap_or(limits.answer_deadline_ms))
    }

    /// Octets of a message: the service's own bound or that of the limits.
    pub fn message_bytes(&self, limits: &crate::Limits) -> usize {
        self.message_bytes.unwrap_or(limits.message_bytes)
    }
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// To the federal node.
    Federal,
    /// To that address.
    Url(String),
}

/// What becomes of the sender's Security block behind this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SenderSignature {
    /// It stays, so that the provider can check it too.
    Keep,
    /// It is taken off; the node's signature vouches.
    Drop,
}

/// `[[route]]`: where messages for a service go.
#[derive(Debug, Clone)]
pub struct Route {
    /// The service.
    pub service: Sid,
    /// Only this version.
    pub version: Option<Version>,
    /// Where it leads.
    pub to: Target,
    /// The system that answers, when it is not the service's.
    pub provider: Option<Mnemonic>,
    /// Only this Recipient/Code.
    pub recipient: Option<String>,
    /// Only this territory: an OKTMO code of 2, 5, 8 or 11 digits, also for all codes below it.
    pub oktmo: Option<String>,
    /// Only this code of a public service.
    pub service_code: Option<String>,
    /// Only these consumers; empty: all.
    pub consumers: Vec<Mnemonic>,
    /// Only this share of the messages, in percent.
    pub share: Option<u8>,
    /// Percent of failed exchanges at which the messages go back to the other route.
    pub return_at: Option<u8>,
    /// Keep or drop the sender's signature.
    pub sender_signature: SenderSignature,
    /// TLS towards the endpoint.
    pub tls: Option<EndpointTls>,
    /// Where it is written.
    pub place: Place,
}

impl Route {
    /// Is it tried out beside another route: by some consumers, or by a share of the messages?
    pub fn is_canary(&self) -> bool {
        self.share.is_some() || !self.consumers.is_empty()
    }

    /// What the messages of a canary are counted under: the same before and after a reload that leaves it as it is.
    pub fn canary_id(&self) -> String {
        let to = match &self.to {
            Target::Federal => "federal",
            Target::Url(url) => url,
        };
        format!("{} {} {to}", self.service, self.version.as_ref().map_or("*", Version::as_str))
    }
}

/// `[[access]]`: one row of the access matrix (матрица доступа).
#[derive(Debug, Clone)]
pub struct AccessRow {
    /// The system that may ask.
    pub consumer: Mnemonic,
    /// The service it may ask.
    pub service: Sid,
    /// Only this version.
    pub version: Option<Version>,
    /// Only these operations; empty: all.
    pub operations: Vec<String>,
    /// First day of the right.
    pub from: Option<Date>,
    /// Last day of the right.
    pub until: Option<Date>,
    /// On what ground it was given.
    pub ground: String,
    /// Number of the application it was given on.
    pub application: Option<String>,
    /// Which messages it is for.
    pub messages: Messages,
    /// Where it is written.
    pub place: Place,
}
