//! A record outside its log, and the proof that it is one of those that a checkpoint or seal was signed over. What is needed to
//! check it is in the proof: no journal, no bus.
//!
//! The head of a record names the digests of its header and bodies, and its own digest is a leaf of the month's tree. Which store
//! and month that is, only the signed text says: the head does not.

use std::fmt;
use std::fs;

use bytes::Bytes;

use crate::checkpoint::{self, Checkpoint, Judge, Lines, Signed};
use crate::layout::{Frame, Head as FrameHead, RecordHead, read_json};
use crate::merkle::{Levels, root, root_from_inclusion};
use crate::reader::bodies;
use crate::scan::Depth;
use crate::seal::{self, Seal};
use crate::walk::{Met, Walk};
use crate::{Digest, Entry, Error, Head, Month, Reader, Record, RecordId, StoreName};

/// First line of a proof.
const TITLE: &str = "rsmev proof 1";
/// Longest path: a tree of all numbers that there are.
const PATH_MAX: usize = 64;

/// A record with the octets that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// The head, as it lies in the log.
    pub head: Vec<u8>,
    /// The JSON header, before compression.
    pub json: Vec<u8>,
    /// What it says.
    pub entry: Entry,
    /// Header and bodies, before compression.
    pub record: Record,
}

/// Why octets are not those of one record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The head is none.
    #[error("the head is not that of a record")]
    Head,
    /// The head is that of another record.
    #[error("the head is that of record {found}")]
    Number {
        /// The number it bears.
        found: u64,
    },
    /// The header is not the one that the head names.
    #[error("the header does not fit the digest in the head")]
    Header,
    /// The bodies are not those that the head names.
    #[error("the bodies do not fit the digest in the head")]
    Bodies,
    /// The header says nothing that this version understands.
    #[error("the header cannot be understood: {what}")]
    Meaning {
        /// Why.
        what: String,
    },
    /// The header does not name the store.
    #[error("the header does not name the store {store}")]
    Store {
        /// The store.
        store: StoreName,
    },
}

impl Lifted {
    /// Puts a record together again out of its octets and checks every digest. `octets` are those of all bodies, one behind
    /// the other.
    pub fn read(id: &RecordId, head: &[u8], json: &[u8], octets: &Bytes) -> Result<Self, Mismatch> {
        let Some((FrameHead::Record(decoded), digest)) = RecordHead::decode(head) else { return Err(Mismatch::Head) };
        if decoded.frame != Frame::Record || decoded.octets_again() != head {
            return Err(Mismatch::Head);
        }
        if decoded.sequence != id.sequence {
            return Err(Mismatch::Number { found: decoded.sequence });
        }
        if Digest::of([json]) != decoded.header_digest {
            return Err(Mismatch::Header);
        }
        let length = octets.len() as u64;
        if Digest::of([octets.as_ref()]) != decoded.bodies_digest || length != decoded.plain_bytes() {
            return Err(Mismatch::Bodies);
        }
        let said = read_json(json, decoded.sequence, length)
            .map_err(|damage| Mismatch::Meaning { what: damage.to_string() })?;
        if !said.stores.contains(&id.store) {
            return Err(Mismatch::Store { store: id.store.clone() });
        }
        let record = Record { header: said.header.clone(), bodies: bodies(&said.bodies, octets) };
        let entry = Entry {
            id: id.clone(),
            digest,
            file: std::path::PathBuf::new(),
            offset: 0,
            stores: said.stores,
            header: said.header,
            bodies: said.bodies,
        };
        Ok(Self { head: head.to_vec(), json: json.to_vec(), entry, record })
    }
}

/// A signed text that says what a month had come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover {
    /// A checkpoint.
    Checkpoint(Checkpoint),
    /// The seal of the month.
    Seal(Seal),
}

impl Cover {
    /// Reads one; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Checkpoint::parse(text).map(Self::Checkpoint).or_else(|| Seal::parse(text).map(Self::Seal))
    }

    /// What it says.
    pub fn head(&self) -> &Head {
        match self {
            Self::Checkpoint(checkpoint) => &checkpoint.head,
            Self::Seal(seal) => &seal.head,
        }
    }

    /// By whom and when.
    pub fn signed(&self) -> &Signed {
        match self {
            Self::Checkpoint(checkpoint) => &checkpoint.signed,
            Self::Seal(seal) => &seal.signed,
        }
    }

    /// Whether its signature is that of the certificate's holder; the certificate must be the one it names.
    pub fn check(&self, certificate: &[u8], judge: &dyn Judge) -> Result<(), String> {
        match self {
            Self::Checkpoint(checkpoint) => checkpoint.check(certificate, judge),
            Self::Seal(seal) => seal.check(certificate, judge),
        }
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint(checkpoint) => checkpoint.fmt(f),
            Self::Seal(seal) => seal.fmt(f),
        }
    }
}

/// The path from a record to a signed root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The record.
    pub record: RecordId,
    /// Digest of its head.
    pub leaf: Digest,
    /// Its place among the leaves of the tree, from 0.
    pub index: u64,
    /// Leaves of the tree.
    pub entries: u64,
    /// The siblings, from below (RFC 6962 §2.1.1).
    pub path: Vec<Digest>,
}

impl Proof {
    /// Reads what `Display` shows; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = Lines::of(text);
        lines.title(TITLE)?;
        let (record, leaf) = (lines.take("record")?.parse().ok()?, lines.digest("leaf")?);
        let (index, entries) = (lines.number("index")?, lines.number("entries")?);
        let mut path = Vec::new();
        while let Some(sibling) = lines.take_if("path").filter(|_| path.len() < PATH_MAX) {
            path.push(Digest::parse(sibling)?);
        }
        let read = Self { record, leaf, index, entries, path };
        (read.to_string() == text).then_some(read)
    }

    /// Whether it leads from this record to what the text says; whose text it is, is asked with [`Cover::check`]. The error
    /// says what does not fit.
    pub fn leads(&self, lifted: &Lifted, cover: &Cover) -> Result<(), String> {
        let (id, head) = (&self.record, cover.head());
        if *id != lifted.entry.id || self.leaf != lifted.entry.digest {
            return Err(format!("the proof is one for {id}, or for other octets"));
        }
        if (&id.store, id.month) != (&head.store, head.month) {
            return Err(format!("the signed text speaks of {}/{}", head.store, head.month));
        }
        if self.entries != head.entries {
            return Err(format!("the proof is one for {} frames, {} are signed", self.entries, head.entries));
        }
        match root_from_inclusion(&self.leaf, self.index, self.entries, &self.path) {
            Some(root) if root == head.root => Ok(()),
            Some(root) => Err(format!("the path leads to the root {root}, signed is {}", head.root)),
            None => Err("the path does not fit a tree of so many frames".to_owned()),
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { record, leaf, index, entries, path } = self;
        writeln!(f, "{TITLE}\nrecord {record}\nleaf {leaf}\nindex {index}\nentries {entries}")?;
        path.iter().try_for_each(|sibling| writeln!(f, "path {sibling}"))
    }
}

/// Proofs of records of one month, all under one signed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The text.
    pub cover: Cover,
    /// One for each record asked for that it covers.
    pub proofs: Vec<Proof>,
}

impl Reader {
    /// Proves records of a month by the seal, or else by the last checkpoint that the log agrees with. `None` when nothing was
    /// signed that covers it. Reads all heads of the month.
    pub fn prove(&self, store: &StoreName, month: Month, numbers: &[u64]) -> Result<Option<Proved>, Error> {
        let place = self.place(store, month);
        let mut covers: Vec<Cover> = seal::read(&place)?.map(Cover::Seal).into_iter().collect();
        covers.extend(checkpoint::read(&place)?.0.into_iter().rev().map(Cover::Checkpoint));
        if covers.is_empty() {
            return Ok(None);
        }
        let mut leaves = Vec::new();
        let mut places = Vec::new();
        let mut walk = Walk::new(place, Depth::Headers)?;
        while let Some(met) = walk.step() {
            leaves.extend(walk.take_leaves());
            if let Met::Record(found) = met
                && numbers.contains(&found.head.sequence)
                && let Some(index) = leaves.len().checked_sub(1)
            {
                places.push((found.head.sequence, index, found.digest));
            }
        }
        let signed = |cover: &Cover| usize::try_from(cover.head().entries).ok().and_then(|count| leaves.get(..count));
        let agrees = |cover: &Cover| signed(cover).is_some_and(|leaves| root(leaves) == cover.head().root);
        let Some(cover) = covers.into_iter().find(agrees) else { return Ok(None) };
        let levels = Levels::of(signed(&cover).unwrap_or_default());
        let proof = |(sequence, index, leaf): (u64, usize, Digest)| {
            let record = RecordId { store: store.clone(), month, sequence };
            let path = levels.path(index)?;
            Some(Proof { record, leaf, index: index as u64, entries: cover.head().entries, path })
        };
        let proofs = places.into_iter().filter_map(proof).collect();
        Ok(Some(Proved { cover, proofs }))
    }

    /// The certificate of that digest beside what was signed with its key, if it is there and is the one.
    pub fn node_certificate(&self, store: &StoreName, month: Month, sha256: &Digest) -> Option<Vec<u8>> {
        let octets = fs::read(self.place(store, month).certificate(sha256)).ok()?;
        (Digest::of([octets.as_slice()]) == *sha256).then_some(octets)
    }
}
