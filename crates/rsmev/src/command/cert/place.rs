//! Where the file of a new certificate or key goes, and how the registry's row names it: beside the file it follows, under
//! a name that says whose it is and from when on it is valid.

use std::path::{Component, Path, PathBuf};

use domain::registry::FileRef;
use pki::Certificate;

use crate::registry_edit::straight;

/// Key of a system's certificates.
pub(super) const CERTIFICATES: &str = "certificates";
/// Key of a system's certificates on trial.
pub(super) const TRIAL: &str = "trial_certificates";

/// A file as a row of the registry names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// As written in the row: relative to the file that holds the row.
    pub(super) written: String,
    /// Where it is on disk.
    pub(super) path: PathBuf,
}

/// Digits of the fingerprint in a file name.
const SHORT: usize = 8;

/// The name of a certificate's files without an ending: `SOCZ01641-2026-11-22-3fa9c1d2`.
pub(crate) fn stem(owner: &str, certificate: &Certificate) -> String {
    let fingerprint: String = certificate.fingerprint().to_string().chars().take(SHORT).collect();
    format!("{owner}-{}-{fingerprint}", certificate.not_before().strftime("%Y-%m-%d"))
}

/// The place of `name` beside a file that a row names already. `root` is the directory of the entry file, `holder` the
/// name of the file that holds the row.
pub(super) fn beside(root: &Path, holder: &str, written: &str, name: &str) -> Spot {
    let directory = Path::new(written).parent().unwrap_or(Path::new(""));
    let written = directory.join(name).to_string_lossy().into_owned();
    let path = on_disk(root, holder, &written);
    Spot { written, path }
}

/// Where a file is that a row of `holder` names as `written`.
pub(super) fn on_disk(root: &Path, holder: &str, written: &str) -> PathBuf {
    straight(&root.join(Path::new(holder).parent().unwrap_or(Path::new(""))).join(written))
}

/// The place of `name` in a directory of the registry (`certs/is`), as a row of `holder` names it.
pub(crate) fn within(holder: &str, directory: &str, name: &str) -> Option<String> {
    let steps: Vec<Component<'_>> = Path::new(holder).parent()?.components().collect();
    let inside = steps.iter().all(|step| matches!(step, Component::Normal(_)));
    inside.then(|| format!("{}{directory}/{name}", "../".repeat(steps.len())))
}

/// How a row names a certificate: the values of a key beside the files that were read from them, in the same order.
pub(super) fn written_as(values: &[String], files: &[FileRef], certificate: &Certificate) -> Option<String> {
    let is_it = |file: &FileRef| Certificate::from_pem(&file.octets).is_ok_and(|known| known == *certificate);
    values.iter().zip(files).find(|(_, file)| is_it(file)).map(|(value, _)| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_lies_beside_the_one_it_follows() {
        for (holder, written, expected, path) in [
            ("routes.toml", "certs/is/a.pem", "certs/is/n.pem", "etc/certs/is/n.pem"),
            ("routes.d/p.toml", "../certs/is/a.pem", "../certs/is/n.pem", "etc/certs/is/n.pem"),
            ("routes.d/p.toml", "/srv/certs/a.pem", "/srv/certs/n.pem", "/srv/certs/n.pem"),
            ("routes.toml", "a.pem", "n.pem", "etc/n.pem"),
        ] {
            let spot = beside(Path::new("etc"), holder, written, "n.pem");
            assert_eq!((spot.written.as_str(), spot.path.to_str().unwrap()), (expected, path));
        }
    }

    #[test]
    fn a_directory_of_the_registry_is_named_from_where_the_row_stands() {
        for (holder, expected) in [
            ("routes.toml", Some("certs/is/n.pem")),
            ("routes.d/p.toml", Some("../certs/is/n.pem")),
            ("a/b/p.toml", Some("../../certs/is/n.pem")),
            ("../p.toml", None),
            ("/srv/p.toml", None),
        ] {
            assert_eq!(within(holder, "certs/is", "n.pem").as_deref(), expected, "{holder}");
        }
    }
}
