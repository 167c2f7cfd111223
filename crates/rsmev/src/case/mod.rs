//! A case file: everything that proves what happened in one case, apart from journal and bus. What it holds, and under which names.
//!
//! Some files are the evidence; the others (messages put together, the report, the manifest) follow from it, so that whoever checks
//! makes them anew and compares. Gathering is `journal case`, judging is `journal verify`; the zip is in `archive`.

pub(crate) mod archive;
mod report;
mod words;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use journal::proof::{Cover, Lifted, Mismatch, Proof};
use journal::{BodyInfo, Digest, Form, RecordId, Role};
use serde::{Deserialize, Serialize};

/// Name of the layout described here.
const FORMAT: &str = "rsmev case file 1";
/// The file that lists all others.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The report for people.
pub(crate) const REPORT: &str = "report.html";
/// Names, lengths and digests of the registry's files.
const REGISTRY: &str = "registry.txt";

/// Files by name.
pub(crate) type Files = BTreeMap<String, Bytes>;

/// A case file before it is written, and after it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// How it came to be.
    pub(crate) made: Made,
    /// The records, in the order of time.
    pub(crate) pieces: Vec<Piece>,
    /// Certificates of those who signed messages, DER.
    pub(crate) certificates: Vec<Bytes>,
    /// Certificates of the node that signed the journal, DER.
    pub(crate) nodes: Vec<Bytes>,
    /// Revocation lists that were asked, DER.
    pub(crate) lists: Vec<Bytes>,
    /// The registry's manifest: its SHA-256 stands in the records decided with it.
    pub(crate) registry: Option<Bytes>,
}

/// By whom, when, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    /// What was asked for.
    pub(crate) asked: String,
    pub(crate) time: Timestamp,
    pub(crate) who: String,
    pub(crate) reason: String,
    /// Version of the program: another one may word the report otherwise.
    pub(crate) program: String,
    /// False when the search for records was stopped at its bound, or met damage.
    pub(crate) complete: bool,
}

/// One record with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) id: RecordId,
    pub(crate) head: Bytes,
    pub(crate) json: Bytes,
    /// Its bodies, before compression.
    pub(crate) bodies: Vec<Bytes>,
    /// The proof and the signed text it leads to; none when nothing signed covers the record yet.
    pub(crate) proof: Option<(Proof, Cover)>,
}

impl Piece {
    pub(crate) fn of(lifted: &Lifted, proof: Option<(Proof, Cover)>) -> Self {
        Self {
            id: lifted.entry.id.clone(),
            head: lifted.head.clone().into(),
            json: lifted.json.clone().into(),
            bodies: lifted.record.bodies.iter().map(|body| body.octets.clone()).collect(),
            proof,
        }
    }

    /// The record, every digest checked.
    pub(crate) fn lifted(&self) -> Result<Lifted, Mismatch> {
        let octets: Bytes = match self.bodies.as_slice() {
            [one] => one.clone(),
            several => several.concat().into(),
        };
        Lifted::read(&self.id, &self.head, &self.json, &octets)
    }

    fn directory(&self) -> String {
        format!("records/{}/", self.id)
    }
}

/// The list of all other files.
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: String,
    #[serde(flatten)]
    made: Made,
    /// Names of the records, in the order of time.
    records: Vec<String>,
    files: Vec<Listed>,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    name: String,
    bytes: u64,
    sha256: String,
}

/// The part of a JSON header that tells which bodies there are.
#[derive(Deserialize)]
struct Bodies {
    bodies: Vec<BodyInfo>,
}

fn infos(json: &[u8]) -> Option<Vec<BodyInfo>> {
    Some(serde_json::from_slice::<Bodies>(json).ok()?.bodies)
}

pub(crate) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Received => "received",
        Role::Forwarded => "forwarded",
        Role::Fault => "fault",
    }
}

/// `1-received.xml`: place among the bodies, role, and how to open it.
fn body_name(place: usize, info: &BodyInfo, octets: &[u8]) -> String {
    let ending = match info.form {
        Form::Splice => "splice",
        Form::Whole => ending(octets),
    };
    format!("{}-{}.{ending}", place.saturating_add(1), role_word(info.role))
}

fn ending(octets: &[u8]) -> &'static str {
    let text = octets.strip_prefix("\u{feff}".as_bytes()).unwrap_or(octets).trim_ascii_start();
    if text.starts_with(b"<") { "xml" } else { "mime" }
}

fn by_digest(directory: &str, ending: &str, octets: &Bytes) -> (String, Bytes) {
    (format!("{directory}/{}.{ending}", Digest::of([octets.as_ref()])), octets.clone())
}

impl Case {
    /// All files. The same case always has the same ones.
    pub(crate) fn files(&self) -> Files {
        let mut files = Files::new();
        for piece in &self.pieces {
            piece_files(piece, &mut files);
        }
        files.extend(self.certificates.iter().map(|octets| by_digest("certificates", "der", octets)));
        files.extend(self.nodes.iter().map(|octets| by_digest("nodes", "der", octets)));
        files.extend(self.lists.iter().map(|octets| by_digest("lists", "crl", octets)));
        files.extend(self.registry.iter().map(|octets| (REGISTRY.to_owned(), octets.clone())));
        files.insert(REPORT.to_owned(), report::render(self).into());
        let listed = |(name, octets): (&String, &Bytes)| Listed {
            name: name.clone(),
            bytes: octets.len() as u64,
            sha256: Digest::of([octets.as_ref()]).to_string(),
        };
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            made: self.made.clone(),
            records: self.pieces.iter().map(|piece| piece.id.to_string()).collect(),
            files: files.iter().map(listed).collect(),
        };
        // A structure of texts and numbers always has a JSON form.
        let json = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
        files.insert(MANIFEST.to_owned(), json.into());
        files
    }

    /// Reads the evidence out of files; the error says which one is missing or no such thing. Digests are not looked at here.
    pub(crate) fn read(files: &Files) -> Result<Self, String> {
        let manifest = files.get(MANIFEST).ok_or(format!("there is no {MANIFEST}"))?;
        let manifest: Manifest = serde_json::from_slice(manifest).map_err(|error| format!("{MANIFEST}: {error}"))?;
        if manifest.format != FORMAT {
            return Err(format!("{MANIFEST}: the format is not \"{FORMAT}\""));
        }
        let pieces = manifest.records.iter().map(|id| read_piece(id, files)).collect::<Result<_, _>>()?;
        let of = |directory: &str| -> Vec<Bytes> {
            files.iter().filter(|(name, _)| name.starts_with(directory)).map(|(_, octets)| octets.clone()).collect()
        };
        Ok(Self {
            made: manifest.made,
            pieces,
            certificates: of("certificates/"),
            nodes: of("nodes/"),
            lists: of("lists/"),
            registry: files.get(REGISTRY).cloned(),
        })
    }

    /// Names of files whose length or digest is not the one in the manifest, that are not listed, or not there.
    pub(crate) fn unlisted(files: &Files) -> Vec<String> {
        let manifest = files.get(MANIFEST).and_then(|octets| serde_json::from_slice::<Manifest>(octets).ok());
        let listed: BTreeMap<String, Listed> =
            manifest.into_iter().flat_map(|manifest| manifest.files).map(|one| (one.name.clone(), one)).collect();
        let differs = |(name, octets): (&String, &Bytes)| {
            let fits = listed.get(name).is_some_and(|one| {
                one.bytes == octets.len() as u64 && one.sha256 == Digest::of([octets.as_ref()]).to_string()
            });
            (!fits && name != MANIFEST).then(|| name.clone())
        };
        let gone = listed.keys().filter(|name| !files.contains_key(*name)).cloned();
        files.iter().filter_map(differs).chain(gone).collect()
    }
}

fn piece_files(piece: &Piece, files: &mut Files) {
    let directory = piece.directory();
    let mut add = |name: &str, octets: Bytes| files.insert(format!("{directory}{name}"), octets);
    add("head.bin", piece.head.clone());
    add("header.json", piece.json.clone());
    if let Some((proof, cover)) = &piece.proof {
        add("proof.txt", proof.to_string().into());
        add("signed.txt", cover.to_string().into());
    }
    let infos = infos(&piece.json).unwrap_or_default();
    let lifted = piece.lifted().ok();
    for (place, (info, octets)) in infos.iter().zip(&piece.bodies).enumerate() {
        add(&body_name(place, info, octets), octets.clone());
        // What was sent, put together from what came in and what was changed.
        let whole = lifted.as_ref().and_then(|lifted| lifted.record.message(info.role).ok().flatten());
        if let Some(whole) = whole.filter(|_| info.form == Form::Splice) {
            let name = format!("{}-{}.{}", place.saturating_add(1), role_word(info.role), ending(&whole));
            add(&name, whole);
        }
    }
}

fn read_piece(id: &str, files: &Files) -> Result<Piece, String> {
    let id: RecordId = id.parse().map_err(|error: journal::Error| format!("{MANIFEST}: {error}"))?;
    let directory = format!("records/{id}/");
    let get = |name: &str| files.get(&format!("{directory}{name}")).cloned();
    let must = |name: &str| get(name).ok_or(format!("there is no {directory}{name}"));
    let (head, json) = (must("head.bin")?, must("header.json")?);
    let infos = infos(&json).ok_or(format!("{directory}header.json is no header"))?;
    let mut bodies = Vec::new();
    for (place, info) in infos.iter().enumerate() {
        let name = |ending: &str| format!("{}-{}.{ending}", place.saturating_add(1), role_word(info.role));
        let found = match info.form {
            Form::Splice => get(&name("splice")),
            Form::Whole => get(&name("xml")).or_else(|| get(&name("mime"))),
        };
        bodies.push(found.ok_or(format!("there is no {directory}{}", name("…")))?);
    }
    let text = |name: &str| get(name).map(|octets| String::from_utf8_lossy(&octets).into_owned());
    let proof = match (text("proof.txt"), text("signed.txt")) {
        (None, None) => None,
        (Some(proof), Some(cover)) => {
            let proof = Proof::parse(&proof).ok_or(format!("{directory}proof.txt is no proof"))?;
            let cover = Cover::parse(&cover).ok_or(format!("{directory}signed.txt is no checkpoint or seal"))?;
            Some((proof, cover))
        }
        _ => return Err(format!("{directory}proof.txt and signed.txt belong together")),
    };
    Ok(Piece { id, head, json, bodies, proof })
}
