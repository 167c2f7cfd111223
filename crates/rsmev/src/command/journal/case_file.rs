//! `rsmev journal case`: gathers what proves a case and writes it into one file. What such a file holds is in `case`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use domain::{Limits, Registry};
use http::Method;
use journal::proof::{Cover, Lifted, Proof};
use journal::{Digest, Entry, Header, Month, Reader, RecordId, Role, StoreName};
use pki::Certificate;
use pki::trust::RevocationList;
use xmldsig::Document;

use super::export::Target;
use super::trail::{self, Look};
use super::words::Case as Words;
use super::{holds, open};
use crate::case::{Case, Made, Piece, archive};
use crate::command::admin;
use crate::command::signature::MessageFile;
use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

/// The path of a record to a signed text.
type Proofs = BTreeMap<RecordId, (Proof, Cover)>;

pub(super) fn write(words: &Words) -> Result<(), Failure> {
    let reason = trail::reason(words.reason.as_deref())?;
    let reader = open(&words.places)?;
    let mut target = Target::open(Some(&words.out), words.force)?;
    let trace = reader.trace(&words.id).map_err(|error| Failure::journal(&error))?;
    if trace.records.is_empty() {
        return Err(Failure::no(format!("no record bears {}", words.id))
            .hint("`rsmev journal list --since TIME` shows what there is"));
    }
    let look = Look {
        action: "case",
        subject: trail::subject(&words.id),
        stores: trace.records.iter().map(|entry| entry.id.store.clone()).collect(),
        count: trace.records.len() as u64,
        reason: Some(reason),
        bodies: true,
        change: false,
    };
    trail::record(&words.places, &look)?;
    let (proofs, nodes) = prove(&reader, &trace.records, words)?;
    let mut broken: Vec<String> = trace.broken.iter().map(ToString::to_string).collect();
    let mut lifted = Vec::new();
    for entry in &trace.records {
        match reader.lift(&entry.id) {
            Ok(record) => lifted.push(record),
            Err(error) => broken.push(error.to_string()),
        }
    }
    for error in &broken {
        print::talk(&tame(&format!("broken: {error}")));
    }
    // A case file is made also where the registry does not load, or is another one.
    let registry = Registry::load(&words.places.config.config, &Disk).ok();
    let case = Case {
        made: Made {
            asked: words.id.trim().to_owned(),
            time: edge::now(),
            who: trail::who(),
            reason: reason.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            complete: trace.complete && broken.is_empty(),
        },
        certificates: certificates(&lifted, registry.as_ref()),
        lists: lists(&lifted, registry.as_ref()),
        registry: manifest(&lifted, registry.as_ref()),
        pieces: lifted.iter().map(|record| Piece::of(record, proofs.get(&record.entry.id).cloned())).collect(),
        nodes,
    };
    let files = case.files();
    let zip = archive::write(&files).map_err(|why| Failure::no(why).hint("take a narrower id: one exchange"))?;
    target.write(&zip)?;
    target.finish()?;
    let covered = case.pieces.iter().filter(|piece| piece.proof.is_some()).count();
    print::line(&format!(
        "{}: {} records, {covered} of them under the node's signature; {} files, SHA-256 {}",
        words.out.display(),
        case.pieces.len(),
        files.len(),
        Digest::of([zip.as_slice()]),
    ))?;
    if covered < case.pieces.len() {
        print::talk(
            "remark: the rest is proved when the node has signed its next checkpoint; make the case file again then",
        );
    }
    holds(broken.len())
}

/// Proofs of the records as far as something signed covers them, and the certificates it was signed with. A running bus is asked to
/// sign when that is not all.
fn prove(reader: &Reader, records: &[Entry], words: &Words) -> Result<(Proofs, Vec<Bytes>), Failure> {
    let found = proofs(reader, records)?;
    if found.0.len() == records.len() || words.places.data.is_some() {
        return Ok(found);
    }
    match admin::ask(&words.places.config.config, Method::POST, "/journal/checkpoint") {
        Ok((true, _)) => proofs(reader, records),
        // No bus, or one that has nothing to sign with: the case file says what is not covered.
        Ok((false, _)) | Err(_) => Ok(found),
    }
}

fn proofs(reader: &Reader, records: &[Entry]) -> Result<(Proofs, Vec<Bytes>), Failure> {
    let mut months: BTreeMap<(StoreName, Month), Vec<u64>> = BTreeMap::new();
    for entry in records {
        months.entry((entry.id.store.clone(), entry.id.month)).or_default().push(entry.id.sequence);
    }
    let (mut proofs, mut nodes) = (Proofs::new(), BTreeSet::new());
    for ((store, month), numbers) in months {
        let proved = reader.prove(&store, month, &numbers).map_err(|error| Failure::journal(&error))?;
        let Some(proved) = proved else { continue };
        nodes.extend(reader.node_certificate(&store, month, &proved.cover.signed().certificate));
        for proof in proved.proofs {
            proofs.insert(proof.record.clone(), (proof, proved.cover.clone()));
        }
    }
    Ok((proofs, nodes.into_iter().map(Bytes::from).collect()))
}

/// Certificates out of the messages themselves, and those of the registry that records name.
fn certificates(lifted: &[Lifted], registry: Option<&Registry>) -> Vec<Bytes> {
    let mut found: BTreeMap<String, Bytes> = BTreeMap::new();
    let mut wanted = BTreeSet::new();
    let mut keep = |certificate: &Certificate| {
        let der = Bytes::copy_from_slice(certificate.der());
        found.insert(certificate.fingerprint().to_string(), der);
    };
    for record in lifted {
        wanted.extend(named(&record.entry.header));
        for role in [Role::Received, Role::Forwarded, Role::Fault] {
            let Ok(Some(octets)) = record.record.message(role) else { continue };
            let Ok(soap) = MessageFile::of(octets, None).soap(&Limits::default()) else { continue };
            let inspections = Document::parse(&soap).map(|document| document.inspect()).unwrap_or_default();
            inspections.iter().filter_map(|inspection| inspection.certificate.as_ref()).for_each(&mut keep);
        }
    }
    for certificate in registry.map(registered).unwrap_or_default() {
        if wanted.contains(&certificate.fingerprint().to_string()) {
            keep(&certificate);
        }
    }
    found.into_values().collect()
}

/// Fingerprints of the certificates that a record names.
fn named(header: &Header) -> impl Iterator<Item = String> {
    let signers = [&header.signer, &header.node_signer].into_iter().flatten();
    let paths = signers.flat_map(|signer| signer.path.clone());
    let officials = header.officials.iter().filter_map(|official| official.certificate.clone());
    header.certificate.clone().into_iter().chain(paths).chain(officials)
}

fn registered(registry: &Registry) -> Vec<Certificate> {
    let systems =
        registry.systems().iter().flat_map(|system| system.certificates.iter().chain(&system.trial_certificates));
    let federal = registry.federal().into_iter().flat_map(|federal| &federal.certificates);
    let trust = registry.trust();
    let authorities = trust.anchors.iter().chain(&trust.intermediates);
    let files = systems.chain(federal).chain(authorities).chain([&registry.node().certificate]);
    files.filter_map(|file| Certificate::from_pem(&file.octets).ok()).collect()
}

/// Revocation lists that records name, as far as they still lie in the registry's directory of them.
fn lists(lifted: &[Lifted], registry: Option<&Registry>) -> Vec<Bytes> {
    let signers = lifted.iter().flat_map(|record| [&record.entry.header.signer, &record.entry.header.node_signer]);
    let wanted: BTreeSet<String> =
        signers.flatten().flat_map(|signer| signer.lists.iter().map(|list| list.sha256.clone())).collect();
    let directory = registry.and_then(|registry| registry.trust().crl_directory.as_deref());
    let (Some(directory), false) = (directory, wanted.is_empty()) else { return Vec::new() };
    let files = std::fs::read_dir(directory).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let mut found: Vec<Bytes> = files.iter().filter_map(|file| list(&file.path())).collect();
    found.retain(|der| wanted.contains(&Digest::of([der.as_ref()]).to_string()));
    found.sort();
    found.dedup();
    found
}

/// The DER of a revocation list in a file, PEM or DER.
fn list(path: &Path) -> Option<Bytes> {
    let octets = path.is_file().then(|| std::fs::read(path).ok()).flatten()?;
    RevocationList::from_file(&octets).ok()?;
    if octets.starts_with(b"0") {
        return Some(octets.into());
    }
    let text = String::from_utf8(octets).ok()?;
    let inner: String = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|line| !line.starts_with('-'))
        .map(str::trim)
        .collect();
    Base64::decode_vec(&inner).ok().map(Bytes::from)
}

/// The registry's manifest, if one of the records was decided with this very registry.
fn manifest(lifted: &[Lifted], registry: Option<&Registry>) -> Option<Bytes> {
    let registry = registry?;
    let in_force = lifted.iter().any(|record| record.entry.header.registry == registry.digest());
    in_force.then(|| registry.manifest().into())
}
