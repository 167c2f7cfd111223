//! The registry: one immutable snapshot of everything the operator has written down.
//!
//! It is loaded whole or not at all, every reference resolved; questions are answered by [`crate::route`] and
//! [`crate::access`]. Nothing here edits files.

mod contours;
mod entries;
mod index;
mod keeping;
mod kind;
mod life;
mod load;
mod node;
mod people;
mod problem;
mod protected;
mod resolve;
mod rows;
mod secrets;
mod settings;
mod source;
mod table;

use std::io;
use std::path::{Path, PathBuf};

use crate::limits::Limits;
use crate::names::{Mnemonic, ParticipantCode, Sid, Version};

pub use keeping::{Keep, RecordClass};
pub use life::{Cutover, Maintenance, Messages, Resting, Stage};
pub use node::{
    Algorithms, ClientPair, Contour, CrlUse, EndpointTls, Federal, Journal, Listen, ListenTls, Node, Trust,
};
pub use people::{Agreement, Approval, Contact, ContactRole, Officer, Side};
pub use problem::{Place, Problem};
pub use rows::{
    AccessMode, AccessRow, ControlExample, FileRef, ForeignHeaders, Format, Guards, LoadedFile, OfficialSignature,
    Participant, ParticipantKind, Repeats, Route, SenderSignature, Service, Signing, System, Target,
};
pub use secrets::{KeyRef, KeySource, SecretFile};

/// The disk as the registry sees it. Kept narrow so that a test or an editor can offer files that are not on a disk.
pub trait Files {
    /// The whole file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// The paths of the plain files in a directory, in any order, each beginning with `dir`.
    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>>;
    /// The permission bits of a file as `chmod` takes them, e.g. `0o600`. Asked of files of secrets.
    fn mode(&self, path: &Path) -> io::Result<u32>;
    /// What is known of a file of secrets whose octets are not to be had: in a state of the past, which is looked at and never
    /// put to work. A disk knows none.
    fn absent(&self, _path: &Path) -> Option<AbsentFile> {
        None
    }
}

/// Length and digest of a file of secrets that is not here; both empty for one that the manifest does not list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AbsentFile {
    /// Length in octets.
    pub bytes: usize,
    /// Hex SHA-256 of its octets.
    pub sha256: String,
}

/// An immutable snapshot of the registry.
#[derive(Debug)]
pub struct Registry {
    digest: String,
    files: Vec<LoadedFile>,
    read: load::ReadFiles,
    remarks: Vec<Problem>,
    node: Node,
    listen: Listen,
    journal: Journal,
    trust: Trust,
    federal: Option<Federal>,
    approval: Approval,
    limits: Limits,
    participants: Vec<Participant>,
    systems: Vec<System>,
    services: Vec<Service>,
    routes: Vec<Route>,
    access: Vec<AccessRow>,
    contacts: Vec<Contact>,
    officers: Vec<Officer>,
    cutovers: Vec<Cutover>,
    maintenance: Vec<Maintenance>,
    index: index::Index,
}

impl Registry {
    /// Reads `entry` and everything it names. Either a whole snapshot or every problem found.
    pub fn load(entry: &Path, files: &dyn Files) -> Result<Registry, Vec<Problem>> {
        load::load(entry, files)
    }

    /// One line a file as `sha256sum` writes it, in byte order of names: the state of all files of the snapshot,
    /// without those of passphrases and PINs, which a digest would help to guess.
    pub fn manifest(&self) -> String {
        load::manifest(&self.files)
    }

    /// Hex SHA-256 of the [`manifest`](Self::manifest): one value for one state of all files. Because the manifest holds
    /// digests, an auditor can prove the value later without having the private keys among the files.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The files the snapshot was made of, by name.
    pub fn files(&self) -> &[LoadedFile] {
        &self.files
    }

    /// The octets of the files that may be shown and kept: all but those of secrets, under whatever name they were read.
    pub fn contents(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.read.plain()
    }

    /// Names of the files of secrets: keys, passphrases, PINs. The manifest lists the keys only.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.read.secrets.names()
    }

    /// Are octets of secrets missing? True of states of the past alone; such a registry is looked at, not put to work.
    pub fn lacks_secrets(&self) -> bool {
        self.read.secrets.lacking()
    }

    /// Files that the patterns of `include` would find among `files` and that are not part of this snapshot: with them on disk,
    /// another registry would be loaded.
    pub fn strays(&self, files: &dyn Files) -> Vec<String> {
        self.read.strays(files)
    }

    /// What is no error but deserves the operator's look.
    pub fn remarks(&self) -> &[Problem] {
        &self.remarks
    }

    /// This node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Where the bus listens.
    pub fn listen(&self) -> &Listen {
        &self.listen
    }

    /// Where the journal lies.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The longest time for which a request of any service is remembered, in milliseconds.
    pub fn longest_replay_window_ms(&self) -> u64 {
        let windows = self.services.iter().map(|service| service.guards.replay_window_ms(&self.limits));
        windows.max().unwrap_or(self.limits.replay_window_ms)
    }

    /// The authorities whose certificates are believed.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The federal node, when this bus is connected to one.
    pub fn federal(&self) -> Option<&Federal> {
        self.federal.as_ref()
    }

    /// How changes of rights and keys are decided.
    pub fn approval(&self) -> Approval {
        self.approval
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Every participant, in file order.
    pub fn participants(&self) -> &[Participant] {
        &self.participants
    }

    /// The participant of that code.
    pub fn participant(&self, code: &ParticipantCode) -> Option<&Participant> {
        self.index.participants.get(code).and_then(|at| self.participants.get(*at))
    }

    /// Every information system, in file order.
    pub fn systems(&self) -> &[System] {
        &self.systems
    }

    /// The information system of that mnemonic.
    pub fn system(&self, mnemonic: &Mnemonic) -> Option<&System> {
        self.index.systems.get(mnemonic).and_then(|at| self.systems.get(*at))
    }

    /// Every version of every service, in file order.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// One version of a service.
    pub fn service(&self, sid: &Sid, version: &Version) -> Option<&Service> {
        self.service_versions(sid).find(|service| service.version == *version)
    }

    /// All versions of a service, in file order.
    pub fn service_versions<'a>(&'a self, sid: &Sid) -> impl Iterator<Item = &'a Service> + use<'a> {
        self.index.services(sid).iter().filter_map(|at| self.services.get(*at))
    }

    /// Every route, in file order.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Every row of the access matrix, in file order.
    pub fn access_rows(&self) -> &[AccessRow] {
        &self.access
    }

    /// Every contact, in file order.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Every officer who may sign decisions, in file order.
    pub fn officers(&self) -> &[Officer] {
        &self.officers
    }

    /// Every consumer that means another version than the default, in file order.
    pub fn cutovers(&self) -> &[Cutover] {
        &self.cutovers
    }

    /// Every announced window, in file order.
    pub fn maintenance(&self) -> &[Maintenance] {
        &self.maintenance
    }

    /// The window in which this version of a service, or the system that provides it, rests at that moment.
    pub fn resting(
        &self,
        sid: &Sid,
        version: &Version,
        provider: &Mnemonic,
        at: jiff::Timestamp,
    ) -> Option<&Maintenance> {
        self.maintenance.iter().find(|window| {
            let meant = match &window.of {
                Resting::Service(service, of) => service == sid && of.as_ref().is_none_or(|of| of == version),
                Resting::System(system) => system == provider,
            };
            meant && window.from <= at && at < window.until
        })
    }

    /// The version that a consumer means when it names none, where that is not the default.
    pub(crate) fn cutover_of(&self, sid: &Sid, code: &str) -> Option<&Cutover> {
        self.cutovers
            .iter()
            .filter(|cutover| cutover.service == *sid)
            .find(|cutover| self.system(&cutover.consumer).is_some_and(|system| system.is_called(code)))
    }

    /// The routes of a service with their positions, in file order.
    pub(crate) fn routes_of(&self, sid: &Sid) -> impl Iterator<Item = (usize, &Route)> {
        self.index.routes(sid).iter().filter_map(|at| Some((*at, self.routes.get(*at)?)))
    }

    /// The rows of a consumer for a service with their positions, in file order.
    pub(crate) fn access_of(&self, consumer: &Mnemonic, sid: &Sid) -> impl Iterator<Item = (usize, &AccessRow)> {
        self.index.access(consumer, sid).iter().filter_map(|at| Some((*at, self.access.get(*at)?)))
    }
}
