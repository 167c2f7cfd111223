//! Which canary routes have gone back, kept in a small file of the journal's directory: a restart must not send messages to a
//! bad endpoint again. What a canary is and when it goes back says the gateway.

use std::io;
use std::path::{Path, PathBuf};

use gateway::{Returned, Returns};

use crate::failure::Failure;
use crate::registry_edit::{SECRET, write_whole};

/// The file; no store has such a name.
const FILE: &str = "_canary.json";

/// The file of one journal.
#[derive(Debug)]
pub(crate) struct ReturnsFile {
    path: PathBuf,
}

impl ReturnsFile {
    pub(crate) fn of(journal: &Path) -> Self {
        Self { path: journal.join(FILE) }
    }

    /// What is kept; nothing, when nothing ever went back. A file that cannot be read stops: to go on as if nothing had gone
    /// back would send messages to a bad endpoint.
    pub(crate) fn read(&self) -> Result<Vec<Returned>, Failure> {
        let octets = match std::fs::read(&self.path) {
            Ok(octets) => octets,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::system(&format!("read {}", self.path.display()), error)),
        };
        serde_json::from_slice(&octets).map_err(|error| {
            Failure::system(&format!("read {}", self.path.display()), error)
                .hint("it says which canary routes have gone back; without the file all of them are tried again")
        })
    }
}

impl Returns for ReturnsFile {
    fn keep(&self, returned: &[Returned]) -> io::Result<()> {
        if returned.is_empty() && !self.path.exists() {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(returned).map_err(io::Error::other)?;
        write_whole(&self.path, &text, SECRET, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_back_is_read_again_and_a_broken_file_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let file = ReturnsFile::of(directory.path());
        file.keep(&[]).unwrap();
        assert!(!directory.path().join(FILE).exists(), "no file for nothing");
        let gone = Returned {
            id: "SID0000001 * http://a".to_owned(),
            at: "2026-06-15T09:00:00Z".parse().unwrap(),
            ends: 20,
            faults: 4,
        };
        file.keep(std::slice::from_ref(&gone)).unwrap();
        assert_eq!(file.read().unwrap(), [gone]);
        file.keep(&[]).unwrap();
        assert_eq!(file.read().unwrap(), []);
        std::fs::write(directory.path().join(FILE), "[{").unwrap();
        assert!(file.read().unwrap_err().to_string().contains("hint: "));
    }
}
