//! The new certificate with its key: read, judged, joined, and put beside what it follows. What bears no message yet.

use std::path::Path;

use gateway::Snapshot;
use pki::{Certificate, Identity};

use super::change::Subject;
use super::place::{beside, stem};
use super::record::Named;
use super::{add, checks};
use crate::command::key as key_file;
use crate::failure::Failure;
use crate::registry_edit::{Held, OPEN, Placed};
use crate::{edge, print};

/// Certificate and key, as far as they can be judged without a message.
pub(super) fn checked(
    held: &Held,
    snapshot: &Snapshot,
    subject: Subject<'_>,
    (certificate, key): (&Path, &str),
    passphrase: Option<&Path>,
) -> Result<Identity, Failure> {
    let parsed = checks::certificate(certificate)?;
    checks::not_of_others(snapshot, &parsed, subject.name())?;
    checks::fit(snapshot, &parsed, edge::now())?;
    let identity = if is_on_token(key) {
        of_token(held, subject, &parsed, key)?
    } else {
        key_file::closed(Path::new(key))?;
        let private = key_file::of_file(Path::new(key), passphrase, "--key-passphrase-file")?;
        Identity::new(parsed, private).map_err(|error| Failure::no(format!("{key}: {error}")))?
    };
    print::talk(&checks::line(identity.certificate(), certificate));
    let old = match subject {
        Subject::Node => Some(snapshot.node().certificate().clone()),
        Subject::Own(system) | Subject::Hosted(system) => add::newest(system),
    };
    if let Some(old) = old {
        checks::tell_renamed(&old, identity.certificate())?;
    }
    Ok(identity)
}

/// Is it the address of a key on a token, not a file?
pub(super) fn is_on_token(key: &str) -> bool {
    key.starts_with("pkcs11:")
}

/// The pair whose key is on a token, opened as the bus would open it: the registry is loaded with the switch made.
fn of_token(held: &Held, subject: Subject<'_>, certificate: &Certificate, uri: &str) -> Result<Identity, Failure> {
    let (mut named, placed) = place_certificate(held, subject, certificate)?;
    named.key = Some(uri.to_owned());
    let opened = subject.switched(held, &named).and_then(|draft| draft.load()).and_then(|snapshot| match subject {
        Subject::Node => Ok(snapshot.node().clone()),
        Subject::Hosted(system) => {
            snapshot.hosted(&system.mnemonic).cloned().ok_or_else(|| Failure::no("the key was not opened"))
        }
        Subject::Own(_) => Err(Failure::usage("keys on tokens are those of the node and of hosted systems")
            .hint("register with `rsmev cert add --trial` and let the system send its own test messages")),
    });
    placed.take_away();
    opened
}

/// The certificate's file beside the one it follows.
pub(super) fn place_certificate(
    held: &Held,
    subject: Subject<'_>,
    certificate: &Certificate,
) -> Result<(Named, Placed), Failure> {
    let now = subject.now(held)?;
    let name = format!("{}.pem", stem(subject.name(), certificate));
    let spot = beside(held.root(), &subject.holder(held), &now.certificate, &name);
    let placed = Placed::put(spot.path, certificate.to_pem().as_bytes(), OPEN)?;
    Ok((Named { certificate: spot.written, key: None, key_passphrase_file: None }, placed))
}
