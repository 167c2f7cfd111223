//! Where things lie: `<journal>/<agency>/<class>/<month>/NNNNNN.seg`, and what is found there. Names that are not ours are passed over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::name::Class;
use crate::{Digest, Error, Month, StoreName};

/// Where in its log the month's dictionary lies; disposable.
const DICTIONARY_NOTE: &str = "dictionary.at";

/// The mark of an agency's directory that lies elsewhere and is linked, in that directory.
pub const MARK: &str = "store.mark";
/// Behind the agency's code: the note, in the journal's directory, that the mark must be there.
pub const MARKED: &str = "marked";

/// One month of one store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    pub(crate) store: StoreName,
    pub(crate) month: Month,
}

impl Place {
    pub(crate) fn of(journal: &Path, store: &StoreName, month: Month) -> Self {
        let directory = store_directory(journal, store).join(month.to_string());
        Self { directory, store: store.clone(), month }
    }

    pub(crate) fn segment(&self, number: u32) -> PathBuf {
        self.directory.join(format!("{number:06}.seg"))
    }

    /// The index lies here.
    pub(crate) fn index(&self) -> PathBuf {
        self.directory.join("index.sled")
    }

    /// There while the month is being written, and after an end that was not proper.
    pub(crate) fn mark(&self) -> PathBuf {
        self.directory.join("index.open")
    }

    /// Whether the month is being written, or its writer ended without closing it.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.mark().exists()
    }

    /// Numbers of the segments present, ascending. None when the month is not there.
    pub(crate) fn segments(&self) -> Result<Vec<u32>, Error> {
        let number = |name: &str| name.strip_suffix(".seg").filter(|digits| digits.len() >= 6)?.parse().ok();
        names(&self.directory, number)
    }
}

impl Place {
    /// Where the certificate of that digest lies beside what was signed with its key.
    pub(crate) fn certificate(&self, digest: &Digest) -> PathBuf {
        self.directory.join(format!("node-{digest}.der"))
    }

    /// Notes where the dictionary in use lies, so that it is found again without reading the log. A note that is lost or
    /// wrong costs another copy of a dictionary, nothing else: what it leads to is checked.
    pub(crate) fn note_dictionary(&self, segment: u32, offset: u32) {
        let path = self.directory.join(DICTIONARY_NOTE);
        if let Err(error) = fs::write(&path, format!("{segment} {offset}\n")) {
            tracing::warn!(file = %path.display(), %error, "the place of the dictionary is not noted");
        }
    }

    /// Segment and offset noted last.
    pub(crate) fn noted_dictionary(&self) -> Option<(u32, u32)> {
        let text = fs::read_to_string(self.directory.join(DICTIONARY_NOTE)).ok()?;
        let (segment, offset) = text.trim_end().split_once(' ')?;
        Some((segment.parse().ok()?, offset.parse().ok()?))
    }
}

/// The directory of a store. That of its agency above it may be a link to, or the mount of, a disk of the agency's own.
pub(crate) fn store_directory(journal: &Path, store: &StoreName) -> PathBuf {
    journal.join(store.agency()).join(store.class().as_str())
}

/// Stores present, by name.
pub(crate) fn stores(journal: &Path) -> Result<Vec<StoreName>, Error> {
    let agencies = names(journal, |name| StoreName::new(name).ok().filter(|store| store.class() == Class::Exchange))?;
    let classes = agencies.iter().flat_map(|agency| Class::ALL.map(|class| agency.of_class(class)));
    let mut stores: Vec<StoreName> = classes.filter(|store| store_directory(journal, store).is_dir()).collect();
    stores.sort_unstable();
    Ok(stores)
}

/// Months of a store, oldest first.
pub(crate) fn months(journal: &Path, store: &StoreName) -> Result<Vec<Month>, Error> {
    names(&store_directory(journal, store), |name| name.parse().ok())
}

pub(crate) fn names<T: Ord>(directory: &Path, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Error> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", directory)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::io("list", directory))?;
        found.extend(entry.file_name().to_str().and_then(&read));
    }
    found.sort_unstable();
    Ok(found)
}
