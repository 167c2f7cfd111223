//! The archive of an application: a zip whose files have detached signatures beside them, `f` and `f.sig` (protocol §3.6, §5.2).
//!
//! Nothing is written anywhere and names are compared only. An archive in which two programs would find different files is not judged at
//! all: a signature over what one of them finds says nothing about what the other finds.

use std::collections::{HashMap, HashSet};

use pki::cms::{self, Signer, SignerOutcome};
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipSliceArchive, extra_fields::ExtraFieldId};
use sha2::{Digest as _, Sha256};

use super::{Archive, ArchiveState, DigestCheck, OfficialFinding, SignatureOutcome};

/// The most entries of an archive, folders included.
const ENTRIES_MAX: usize = 1000;
/// The longest name of an entry, in octets.
const NAME_OCTETS_MAX: usize = 1024;
/// The largest file that is inflated, in octets.
const FILE_OCTETS_MAX: u64 = 16 << 20;
/// The most octets inflated of one archive.
const INFLATED_OCTETS_MAX: u64 = 32 << 20;
/// How many times larger than packed a file may be …
const RATIO_MAX: u64 = 200;
/// … when it is larger than this, in octets.
const RATIO_FREE_OCTETS: u64 = 64 << 10;
/// The most signers that are judged: each costs the arithmetic of a signature.
const SIGNERS_JUDGED_MAX: usize = 64;
/// Between two entries stands a data descriptor at most (APPNOTE 4.3.9, zip64 form): a hidden entry is longer.
const DESCRIPTOR_OCTETS: u64 = 24;

/// Where the name stands in the extra field of Unicode names: behind a version and a check sum (APPNOTE 4.6.9).
const UNICODE_NAME_AT: usize = 5;

/// One file of the directory.
struct Entry<'a> {
    name: &'a [u8],
    /// Number of the entry in the archive, from 1.
    number: usize,
    wayfinder: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    crc: u32,
    packed: u64,
    size: u64,
    /// Neither encrypted nor with sizes beyond 32 bits.
    plain: bool,
}

/// Judges the signatures in an archive.
pub(crate) fn judge(octets: &[u8], findings: &mut Vec<OfficialFinding>) -> Archive {
    let read = ZipArchive::from_slice(octets).map_err(|_| ArchiveState::NotZip);
    match read.and_then(|archive| judge_read(&archive, octets.len(), findings)) {
        Ok(files) => Archive { state: ArchiveState::Read, digest: DigestCheck::NotChecked, files },
        Err(state) => Archive::unread(state),
    }
}

fn judge_read(
    archive: &ZipSliceArchive<&[u8]>,
    length: usize,
    findings: &mut Vec<OfficialFinding>,
) -> Result<usize, ArchiveState> {
    let entries = directory(archive, length)?;
    let by_name: HashMap<&[u8], &Entry<'_>> = entries.iter().map(|entry| (entry.name, entry)).collect();
    let signed: HashSet<&[u8]> = entries.iter().filter_map(|entry| signed_name(entry.name)).collect();
    let mut work = Work { archive, inflated: 0, signers: 0 };
    let mut files = 0;
    for entry in &entries {
        if is_unsafe(entry.name) {
            findings.push(OfficialFinding::without_signer(place(entry), SignatureOutcome::UnsafeName));
        } else if let Some(stem) = signed_name(entry.name) {
            match by_name.get(stem) {
                Some(file) => work.judge(file, entry, findings),
                None => findings.push(OfficialFinding::without_signer(place(entry), SignatureOutcome::NoFile)),
            }
        } else {
            files += 1;
            if !signed.contains(entry.name) {
                findings.push(OfficialFinding::without_signer(place(entry), SignatureOutcome::Unsigned));
            }
        }
    }
    Ok(files)
}

/// The files of the archive, when every program finds the same ones.
fn directory<'a>(archive: &'a ZipSliceArchive<&[u8]>, length: usize) -> Result<Vec<Entry<'a>>, ArchiveState> {
    let (mut entries, mut spans, mut names) = (Vec::new(), Vec::new(), HashSet::new());
    let mut records = archive.entries();
    let mut number = 0;
    while let Some(record) = records.next_entry().map_err(|_| ArchiveState::NotZip)? {
        number += 1;
        if number > ENTRIES_MAX {
            return Err(ArchiveState::OutOfBounds);
        }
        let name = record.file_path();
        let local = archive.get_entry(record.wayfinder()).map_err(|_| ArchiveState::NotZip)?;
        let header = local.local_header();
        spans.push((record.local_header_offset(), local.compressed_data_range().1));
        let name = name.as_bytes();
        let same = header.file_path().as_bytes() == name && header.compression_method() == record.compression_method();
        // Some programs take a second name, in Unicode, from the extra fields: no other file may have that one either.
        let second = record.extra_fields().find(|(id, _)| *id == ExtraFieldId::INFO_ZIP_UNICODE_PATH);
        let second = second.and_then(|(_, field)| field.get(UNICODE_NAME_AT..)).map(folded);
        let mut own: HashSet<String> = second.into_iter().chain([folded(name)]).collect();
        if !same || name.len() > NAME_OCTETS_MAX || !own.drain().all(|name| names.insert(name)) {
            return Err(ArchiveState::Ambiguous);
        }
        if record.is_dir() {
            continue;
        }
        entries.push(Entry {
            name,
            number,
            wayfinder: record.wayfinder(),
            method: record.compression_method(),
            crc: record.crc32(),
            packed: record.compressed_size_hint(),
            size: record.uncompressed_size_hint(),
            plain: !record.flags().is_encrypted() && !record.extra_fields().any(|(id, _)| id == ExtraFieldId::ZIP64),
        });
    }
    let whole = archive.end_offset() == length as u64 && archive.entries_hint() == number as u64;
    if whole && side_by_side(spans, archive.directory_offset()) { Ok(entries) } else { Err(ArchiveState::Ambiguous) }
}

/// Whether entries and directory stand one behind another from the first octet on, with data descriptors between them at most: a reader
/// that goes through the archive from its beginning finds the files of the directory and no others.
fn side_by_side(mut spans: Vec<(u64, u64)>, directory: u64) -> bool {
    spans.sort_unstable();
    let mut end = 0;
    spans.push((directory, directory));
    for (position, (start, behind)) in spans.into_iter().enumerate() {
        let slack = if position == 0 { 0 } else { DESCRIPTOR_OCTETS };
        if !(end..=end + slack).contains(&start) {
            return false;
        }
        end = behind;
    }
    true
}

/// What has been spent on one archive.
struct Work<'a> {
    archive: &'a ZipSliceArchive<&'a [u8]>,
    inflated: u64,
    signers: usize,
}

impl Work<'_> {
    /// Judges every signer of `signature` over `file`.
    fn judge(&mut self, file: &Entry<'_>, signature: &Entry<'_>, findings: &mut Vec<OfficialFinding>) {
        let mut found = |outcome| findings.push(OfficialFinding::without_signer(place(file), outcome));
        if self.signers >= SIGNERS_JUDGED_MAX {
            return found(SignatureOutcome::NotJudged);
        }
        // The signature first: it is small, and without it the file need not be inflated.
        let octets = self.inflate(signature).and_then(|signature| Ok((signature, self.inflate(file)?)));
        let (signature, content) = match octets {
            Ok(octets) => octets,
            Err(outcome) => return found(outcome),
        };
        let Ok(signers) = cms::verify_detached(&signature, &content) else {
            return found(SignatureOutcome::Malformed);
        };
        self.signers += signers.len();
        let sha256 = hex(&Sha256::digest(&content));
        findings.extend(signers.into_iter().map(|signer| of_signer(place(file), signer, &sha256)));
    }

    /// Takes a file out of the archive, whole and within bounds.
    fn inflate(&mut self, entry: &Entry<'_>) -> Result<Vec<u8>, SignatureOutcome> {
        let roomy = entry.size <= RATIO_FREE_OCTETS.max(entry.packed.saturating_mul(RATIO_MAX));
        self.inflated = self.inflated.saturating_add(entry.size);
        if entry.size > FILE_OCTETS_MAX || self.inflated > INFLATED_OCTETS_MAX || !roomy {
            return Err(SignatureOutcome::NotJudged);
        }
        let data = self.archive.get_entry(entry.wayfinder).map_err(|_| SignatureOutcome::Unreadable)?.data();
        let size = usize::try_from(entry.size).map_err(|_| SignatureOutcome::NotJudged)?;
        let octets = match entry.method {
            _ if !entry.plain => return Err(SignatureOutcome::Unreadable),
            CompressionMethod::STORE => data.to_vec(),
            CompressionMethod::DEFLATE => miniz_oxide::inflate::decompress_to_vec_with_limit(data, size)
                .map_err(|_| SignatureOutcome::Unreadable)?,
            _ => return Err(SignatureOutcome::Unreadable),
        };
        if octets.len() != size || rawzip::crc32(&octets) != entry.crc {
            return Err(SignatureOutcome::Unreadable);
        }
        Ok(octets)
    }
}

fn of_signer(place: String, signer: Signer, sha256: &str) -> OfficialFinding {
    let outcome = match signer.outcome {
        SignerOutcome::Holds => SignatureOutcome::Holds,
        SignerOutcome::WrongDigest => SignatureOutcome::WrongDigest,
        SignerOutcome::WrongValue => SignatureOutcome::WrongValue,
        SignerOutcome::UnknownAlgorithm { .. } => SignatureOutcome::UnknownAlgorithm,
        SignerOutcome::AlgorithmDoesNotFitKey => SignatureOutcome::AlgorithmDoesNotFitKey,
        SignerOutcome::NoCertificate => SignatureOutcome::NoCertificate,
        SignerOutcome::BadCertificate(_) => SignatureOutcome::BadCertificate,
        SignerOutcome::BadAttributes { .. } => SignatureOutcome::Malformed,
    };
    OfficialFinding {
        sha256: Some(sha256.to_owned()),
        certificate: signer.certificate,
        claimed_time: signer.signing_time,
        ..OfficialFinding::without_signer(place, outcome)
    }
}

/// `f` of `f.sig`.
fn signed_name(name: &[u8]) -> Option<&[u8]> {
    let (stem, end) = name.split_at_checked(name.len().checked_sub(4)?)?;
    (end.eq_ignore_ascii_case(b".sig") && !stem.is_empty()).then_some(stem)
}

/// The name as a file system that knows no case may take it.
fn folded(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name).replace('\\', "/").to_lowercase();
    text.split('/').filter(|step| !matches!(*step, "" | ".")).collect::<Vec<_>>().join("/")
}

/// Whether a careless program would write such a file somewhere else than where the archive is unpacked.
fn is_unsafe(name: &[u8]) -> bool {
    let steps = |octet: &u8| matches!(octet, b'/' | b'\\');
    let drive = name.get(1) == Some(&b':');
    let control = name.iter().any(u8::is_ascii_control);
    drive || control || name.first().is_some_and(steps) || name.split(steps).any(|step| step == b"..")
}

/// What a file is called in findings: the application by its name, which is a GUID; any other by its number, since people give names.
fn place(entry: &Entry<'_>) -> String {
    let name = signed_name(entry.name).unwrap_or(entry.name);
    let last = name.rsplit(|octet| *octet == b'/').next().unwrap_or_default();
    let application = std::str::from_utf8(last).ok().filter(|last| is_application(last));
    match application {
        Some(name) => format!("AppDocument/{name}"),
        None => format!("AppDocument/#{}", entry.number),
    }
}

/// `req_<GUID>.xml`.
fn is_application(name: &str) -> bool {
    let guid = name.strip_prefix("req_").and_then(|rest| rest.strip_suffix(".xml"));
    guid.is_some_and(|guid| guid.len() == 36 && guid.bytes().all(|octet| octet.is_ascii_hexdigit() || octet == b'-'))
}

fn hex(octets: &[u8]) -> String {
    use std::fmt::Write as _;
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}
