//! A draft of the whole registry in a directory of its own, seen as if it lay where the registry lies.
//!
//! What the draft does not hold is read from the registry itself: keys above all, which nobody copies about. Directories are
//! those of the draft: what `include` finds there and nowhere else is part of it.
//!
//! A draft comes from somebody else. It brings its own files alone: nothing behind a symbolic link, and of the files outside of
//! the registry's directory those only that the registry on disk names already.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::{Files, Registry};

use crate::edge::Disk;
use crate::failure::Failure;
use crate::registry_edit::directory_of;

/// A draft for the registry of one entry file.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// The registry's entry file.
    config: PathBuf,
    /// The draft's.
    entry: PathBuf,
    /// All that the registry on disk is made of; nothing when it does not load.
    known: BTreeSet<PathBuf>,
}

impl Proposal {
    /// A directory with an entry file of the registry's name, or the entry file itself.
    pub(crate) fn open(draft: &Path, config: &Path) -> Result<Self, Failure> {
        let entry = if draft.is_dir() { draft.join(config.file_name().unwrap_or_default()) } else { draft.to_owned() };
        if !entry.is_file() {
            return Err(Failure::system("find the draft", format!("there is no file {}", entry.display()))
                .hint("a draft is a directory laid out as the registry's, with its entry file"));
        }
        let same = |path: &Path| path.canonicalize().ok();
        if same(&entry) == same(config) {
            return Err(Failure::usage(format!("{} is the registry itself", entry.display()))
                .hint("copy it, without its keys, and change the copy"));
        }
        Ok(Self { config: config.to_owned(), entry, known: known(config) })
    }

    /// Where a file of the registry lies in the draft; `None` for files outside of the registry's directory.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        if path == self.config {
            return Some(self.entry.clone());
        }
        let root = self.config.parent().unwrap_or(Path::new(""));
        let name = path.strip_prefix(root).ok()?;
        let plain = name.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        plain.then(|| directory_of(&self.entry).join(name))
    }

    /// The same, where the draft holds the file; an error where it has a symbolic link in its place or above it.
    pub(crate) fn holds(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        let Some(path) = self.inside(path) else { return Ok(None) };
        self.no_link(&path)?;
        Ok(path.is_file().then_some(path))
    }

    /// Refuses a path of the draft with a symbolic link below the draft's directory: behind it lies what nobody drafted.
    fn no_link(&self, path: &Path) -> io::Result<()> {
        let root = directory_of(&self.entry);
        let below = path.ancestors().take_while(|part| *part != root && !part.as_os_str().is_empty());
        for part in below {
            // What is not there is read from the registry.
            if fs::symlink_metadata(part).is_ok_and(|found| found.is_symlink()) {
                let what = format!("{} is a symbolic link: put the file itself into the draft", part.display());
                return Err(io::Error::other(what));
            }
        }
        Ok(())
    }

    /// Where a file is read: in the draft, or else in the registry.
    fn place(&self, path: &Path) -> io::Result<PathBuf> {
        if self.inside(path).is_none() && !self.known.contains(path) {
            let what = format!(
                "{} lies outside of the registry's directory and the registry does not name it so far: put it into the draft",
                path.display()
            );
            return Err(io::Error::other(what));
        }
        Ok(self.holds(path)?.unwrap_or_else(|| path.to_owned()))
    }
}

/// The files of the registry on disk, keys among them.
fn known(config: &Path) -> BTreeSet<PathBuf> {
    let root = config.parent().unwrap_or(Path::new(""));
    let Ok(registry) = Registry::load(config, &Disk) else { return BTreeSet::new() };
    let listed = registry.files().iter().map(|file| file.name.as_str());
    listed.chain(registry.secrets()).map(|name| root.join(name)).collect()
}

impl Files for Proposal {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(&self.place(path)?)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        // The loader calls the directory of a bare entry file `.`.
        let within = if dir == Path::new(".") { Some(directory_of(&self.entry).to_owned()) } else { self.inside(dir) };
        let Some(within) = within else { return Disk.list(dir) };
        self.no_link(&within)?;
        let found = Disk.list(&within)?;
        Ok(found.iter().filter_map(|path| path.file_name()).map(|name| dir.join(name)).collect())
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Disk.mode(&self.place(path)?)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A region, and a draft that holds its entry file and rows.
    fn region() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let (root, draft) = (directory.path().join("region"), directory.path().join("draft"));
        stand::init(&root, &stand::InitOptions::default(), &mut io::sink()).unwrap();
        fs::create_dir_all(draft.join("routes.d")).unwrap();
        fs::copy(root.join("routes.toml"), draft.join("routes.toml")).unwrap();
        for entry in fs::read_dir(root.join("routes.d")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), draft.join("routes.d").join(entry.file_name())).unwrap();
        }
        (directory, root.join("routes.toml"), draft)
    }

    /// What loading the draft is refused with; empty when it loads.
    fn refused(config: &Path, draft: &Path) -> String {
        let problems = Registry::load(config, &Proposal::open(draft, config).unwrap()).err().unwrap_or_default();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_draft_with_a_symbolic_link_is_refused_by_its_name() {
        let (directory, config, draft) = region();
        assert_eq!(refused(&config, &draft), "");
        let outside = directory.path().join("outside");
        fs::rename(draft.join("routes.d"), &outside).unwrap();
        symlink(&outside, draft.join("routes.d")).unwrap();
        let told = refused(&config, &draft);
        assert!(told.contains("draft/routes.d is a symbolic link"), "a directory: {told}");
        fs::remove_file(draft.join("routes.d")).unwrap();
        fs::create_dir(draft.join("routes.d")).unwrap();
        for entry in fs::read_dir(&outside).unwrap() {
            let entry = entry.unwrap();
            symlink(entry.path(), draft.join("routes.d").join(entry.file_name())).unwrap();
        }
        let told = refused(&config, &draft);
        assert!(told.contains("draft/routes.d/access.toml is a symbolic link"), "a file: {told}");
        let proposal = Proposal::open(&draft, &config).unwrap();
        symlink("nowhere", draft.join("dangling")).unwrap();
        assert!(proposal.read(&config.with_file_name("dangling")).unwrap_err().to_string().contains("symbolic link"));
        assert!(proposal.mode(&config.with_file_name("dangling/below")).is_err());
    }

    #[test]
    fn a_draft_names_no_file_outside_that_the_registry_does_not_name() {
        let (directory, config, draft) = region();
        let secret = directory.path().join("secret.pem");
        fs::write(&secret, "SECRET").unwrap();
        for file in [secret.to_str().unwrap(), "../../secret.pem"] {
            let row = format!("[[officer]]\nname = \"Иванов\"\nside = \"operator\"\ncertificate = \"{file}\"\n");
            fs::write(draft.join("routes.d/outside.toml"), row).unwrap();
            let told = refused(&config, &draft);
            assert!(told.contains("secret.pem lies outside of the registry's directory"), "{told}");
        }
        // One that the registry names already is no news.
        let proposal = Proposal { known: BTreeSet::from([secret.clone()]), ..Proposal::open(&draft, &config).unwrap() };
        assert_eq!(proposal.read(&secret).unwrap(), b"SECRET");
    }
}
