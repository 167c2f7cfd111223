//! `rsmev journal verify`: says what of the evidence holds, what does not, and what cannot be said. Yes means: all of it.

mod case;
mod directory;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use journal::Checkpoint;

use super::words::Verify;
use crate::case::archive;
use crate::failure::Failure;
use crate::language::Language;
use crate::node_certificates::NodeCertificates;
use crate::print;

/// The next step where nobody was named.
const NAME_THE_NODE: &str =
    "name the node's certificate with --node-certificate FILE, or its registry with --config routes.toml";

pub(super) fn verify(words: &Verify) -> Result<(), Failure> {
    let known = NodeCertificates::named(&words.node_certificate, words.config.as_deref())?;
    if words.path.is_dir() {
        return directory::verify(words, &known);
    }
    if !words.witness.is_empty() || words.store.is_some() || words.month.is_some() {
        return Err(Failure::usage("--witness, --store and --month are for directories"));
    }
    let octets = read_zip(&words.path)?;
    let language = Language::usual();
    case::verify(&words.path, &octets, &known, language, words.json)
}

fn read_zip(path: &Path) -> Result<Vec<u8>, Failure> {
    let bad = |error: std::io::Error| Failure::system(&format!("read {}", path.display()), error);
    let mut octets = Vec::new();
    let most = archive::ZIP_OCTETS_MAX;
    File::open(path).map_err(bad)?.take(most.saturating_add(1)).read_to_end(&mut octets).map_err(bad)?;
    if octets.len() as u64 > most {
        return Err(Failure::no(format!("{} is larger than {} MiB", path.display(), most >> 20)));
    }
    if !archive::is_zip(&octets) {
        return Err(Failure::no(format!("{} is neither a case file nor a directory", path.display()))
            .hint("`rsmev journal case` writes case files"));
    }
    Ok(octets)
}

/// Checkpoints that somebody else kept.
fn witnesses(words: &Verify) -> Result<Vec<Checkpoint>, Failure> {
    let mut all = Vec::new();
    for path in &words.witness {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::system(&format!("read {}", path.display()), error))?;
        let (checkpoints, other) = Checkpoint::parse_all(&text.replace("\r\n", "\n"));
        if checkpoints.is_empty() {
            return Err(Failure::no(format!("{} holds no checkpoint", path.display())));
        }
        if other > 0 {
            print::talk(&format!("remark: {other} pieces of {} are no checkpoints", path.display()));
        }
        all.extend(checkpoints);
    }
    Ok(all)
}
