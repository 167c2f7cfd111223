//! Two contours side by side, each with a registry of its own: what they may not share. A key that real data trust must never
//! be in the hands of testers, nor one journal hold both.

use std::collections::HashMap;

use super::{FileRef, Place, Problem, Registry};

impl Registry {
    /// What this registry shares with that of the other contour although it must not: certificates of systems (also with the
    /// other's federal node), of the node, officers' certificates, the journal, or being of the same contour at all. Problems
    /// are of this registry's files.
    pub fn shared_with(&self, other: &Registry) -> Vec<Problem> {
        let mut problems = Vec::new();
        let node = |registry: &Registry| registry.node().certificate.octets.clone();
        let mut problem = |place: Option<&Place>, key: &str, what: String, hint: &str| {
            problems.push(Problem {
                file: place.map_or_else(|| "routes.toml".to_owned(), |place| place.file.to_string()),
                line: place.map_or(1, |place| place.line),
                column: 1,
                key: key.to_owned(),
                what,
                allowed: None,
                hint: hint.to_owned(),
            });
        };
        if self.node().contour == other.node().contour {
            let what = "both registries are of the same contour".to_owned();
            problem(None, "node.contour", what, "one is \"test\", the other \"production\"");
        }
        if self.journal().directory == other.journal().directory {
            let what = "both contours keep their evidence in one directory".to_owned();
            problem(None, "journal.directory", what, "give each contour a journal of its own");
        }
        if node(self) == node(other) {
            let what = "the node has the same certificate in both contours".to_owned();
            problem(None, "node.certificate", what, "order another certificate for one of the two");
        }
        let theirs = certificates(other);
        let own_key = "each contour needs keys of its own: order another certificate";
        for system in self.systems() {
            for certificate in system.certificates.iter().chain(&system.trial_certificates) {
                if let Some(owner) = theirs.get(&*certificate.octets) {
                    let what = format!("{} is registered in the other contour too, for {owner}", named(certificate));
                    problem(Some(&system.place), "system.certificates", what, own_key);
                }
            }
        }
        for officer in self.officers() {
            if let Some(owner) = theirs.get(&*officer.certificate.octets) {
                let what =
                    format!("{} is registered in the other contour too, for {owner}", named(&officer.certificate));
                problem(Some(&officer.place), "officer.certificate", what, own_key);
            }
        }
        problems
    }
}

/// Whose certificate it is, by its octets.
fn certificates(registry: &Registry) -> HashMap<&[u8], String> {
    let mut owners: HashMap<&[u8], String> = HashMap::new();
    for system in registry.systems() {
        for certificate in system.certificates.iter().chain(&system.trial_certificates) {
            owners.insert(&certificate.octets, system.mnemonic.to_string());
        }
    }
    owners.insert(&registry.node().certificate.octets, "the node".to_owned());
    for officer in registry.officers() {
        owners.insert(&officer.certificate.octets, officer.name.clone());
    }
    owners
}

fn named(file: &FileRef) -> String {
    file.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
