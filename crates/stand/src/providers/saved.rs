//! What systems of the region received, octet for octet: `DIR/received/<mnemonic>/<MessageId>.xml`, and a line a message
//! in `index.jsonl` beside it. Not evidence (that is the journal of the bus): a copy to compare with.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::exchange::{Verdict, Verdicts};
use crate::wire::compose::moscow;
use crate::{Error, edge};

/// A line of the index.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) time: String,
    pub(crate) service: String,
    /// `MessageId` of the smev:Header it came with.
    pub(crate) message_id: Option<String>,
    /// In the file: relative to the directory of the region; as found: with it.
    pub(crate) file: PathBuf,
    pub(crate) body_sha256: Option<String>,
    /// What the node's signature was worth here.
    pub(crate) node: String,
    /// What the sender's signature was worth here.
    pub(crate) sender: String,
}

/// A message to be kept.
pub(crate) struct Received<'a> {
    pub(crate) mnemonic: &'a str,
    pub(crate) service: &'a str,
    pub(crate) message_id: Option<&'a str>,
    pub(crate) body_sha256: Option<&'a str>,
    pub(crate) verdicts: &'a Verdicts,
    pub(crate) octets: &'a [u8],
}

/// Keeps a message.
pub(crate) fn keep(directory: &Path, received: &Received<'_>) -> Result<(), Error> {
    let folder = folder(directory, received.mnemonic);
    fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
    let name = match received.message_id.filter(|id| is_plain(id)) {
        Some(id) => format!("{id}.xml"),
        None => format!("unnamed-{}.xml", edge::random_id()?),
    };
    let file = folder.join(&name);
    fs::write(&file, received.octets).map_err(Error::file("write", &file))?;
    let file = Path::new("received").join(received.mnemonic).join(name);
    let line = Line {
        time: moscow(edge::now()),
        service: received.service.to_owned(),
        message_id: received.message_id.map(str::to_owned),
        file,
        body_sha256: received.body_sha256.map(str::to_owned),
        node: text(&received.verdicts.node),
        sender: text(&received.verdicts.provider),
    };
    let index = folder.join("index.jsonl");
    let mut line = serde_json::to_vec(&line).map_err(|source| Error::RegionFile { path: index.clone(), source })?;
    line.push(b'\n');
    let mut file = OpenOptions::new().create(true).append(true).open(&index).map_err(Error::file("open", &index))?;
    file.write_all(&line).map_err(Error::file("write", &index))
}

/// The copy whose Body has this SHA-256, the newest first.
pub(crate) fn find(directory: &Path, mnemonic: &str, body_sha256: &str) -> Option<Line> {
    let index = fs::read_to_string(folder(directory, mnemonic).join("index.jsonl")).ok()?;
    let lines = index.lines().rev().filter(|line| line.contains(body_sha256));
    let mut lines = lines.filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let mut line = lines.find(|line| line.body_sha256.as_deref() == Some(body_sha256))?;
    line.file = directory.join(line.file);
    Some(line)
}

fn folder(directory: &Path, mnemonic: &str) -> PathBuf {
    directory.join("received").join(mnemonic)
}

/// Fit to be a file name: ids come from outside.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}

fn text(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Good { signer, .. } => format!("good: {signer}"),
        Verdict::Bad { reason } => format!("bad: {reason}"),
        Verdict::Absent => "absent".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received<'a>(verdicts: &'a Verdicts, id: &'a str, sha: &'a str) -> Received<'a> {
        Received {
            mnemonic: "ZAGS01641",
            service: "SID0064001",
            message_id: Some(id),
            body_sha256: Some(sha),
            verdicts,
            octets: b"<a/>",
        }
    }

    #[test]
    fn a_kept_message_is_found_by_its_body() {
        let directory = tempfile::tempdir().unwrap();
        let verdicts = Verdicts { node: Verdict::Absent, provider: Verdict::Absent };
        keep(directory.path(), &received(&verdicts, "id-1", "aa")).unwrap();
        keep(directory.path(), &received(&verdicts, "id-2", "bb")).unwrap();
        let line = find(directory.path(), "ZAGS01641", "aa").unwrap();
        assert_eq!(line.message_id.as_deref(), Some("id-1"));
        assert_eq!(fs::read(line.file).unwrap(), b"<a/>");
        assert!(find(directory.path(), "ZAGS01641", "cc").is_none());
    }

    #[test]
    fn a_message_id_cannot_leave_the_folder() {
        let directory = tempfile::tempdir().unwrap();
        let verdicts = Verdicts { node: Verdict::Absent, provider: Verdict::Absent };
        keep(directory.path(), &received(&verdicts, "../../evil", "aa")).unwrap();
        let line = find(directory.path(), "ZAGS01641", "aa").unwrap();
        assert_eq!(line.file.parent().unwrap(), folder(directory.path(), "ZAGS01641"));
    }
}
