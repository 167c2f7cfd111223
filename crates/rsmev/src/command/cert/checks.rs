//! May a certificate be registered for a system or the node? Everything that would make the bus or the federal side refuse
//! its messages later is said before anything is written.

use std::path::Path;

use gateway::Snapshot;
use jiff::Timestamp;
use pki::trust::Objection;
use pki::{Certificate, Description, NameField};

use super::board::{self, Role};
use super::file_name;
use crate::command::signature::read;
use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

/// Fields of the subject that the federal side and the agencies' software compare with what they have on file.
const MATCHED: [&str; 12] = ["CN", "O", "OU", "OGRN", "OGRNIP", "INN", "INNLE", "SNILS", "SN", "givenName", "L", "ST"];

/// Reads a certificate file, PEM or DER.
pub(crate) fn certificate(path: &Path) -> Result<Certificate, Failure> {
    let octets = read(path)?;
    let parsed =
        if octets.first() == Some(&0x30) { Certificate::from_der(&octets) } else { Certificate::from_pem(&octets) };
    parsed.map_err(|error| {
        Failure::no(format!("{}: {error}", path.display())).hint("the file must hold one X.509 certificate, PEM or DER")
    })
}

/// Its algorithm fits the contour, and nothing stands against it at this moment. One that is not valid yet may be
/// registered ahead of its time.
pub(crate) fn fit(snapshot: &Snapshot, certificate: &Certificate, at: Timestamp) -> Result<(), Failure> {
    let algorithm = certificate.public_key().algorithm();
    if !algorithm.is_gost() && snapshot.registry().node().algorithms == domain::registry::Algorithms::Gost {
        return Err(Failure::no(format!("{algorithm} is for test contours only"))
            .hint("order a certificate of GOST R 34.10-2012; [node] algorithms says what is taken"));
    }
    match board::judge(snapshot, certificate, at) {
        None => Ok(()),
        Some(Objection::NotYetValid { not_before }) => {
            print::talk(&format!("remark: valid from {not_before} only; until then its messages are refused"));
            Ok(())
        }
        Some(objection) => Err(Failure::no(tame(&objection.to_string())).hint(remedy(&objection))),
    }
}

fn remedy(objection: &Objection) -> &'static str {
    match objection {
        Objection::NotYetValid { .. } | Objection::Expired { .. } => "order a new certificate",
        Objection::WrongUsage { .. } => "order one whose keyUsage has digitalSignature",
        Objection::UnknownCriticalExtension { .. } => "order one without it: what it demands cannot be checked here",
        Objection::SelfSigned | Objection::NoPath { .. } | Objection::BrokenPath { .. } => {
            "order one from an authority that [trust] leads to, or add that authority to anchors or intermediates"
        }
        Objection::Revoked { .. } => "order a new certificate; find out why this one was revoked",
        Objection::ListMissing { .. } | Objection::ListStale { .. } | Objection::BadList { .. } => {
            "put the authority's current revocation list into [trust] crl_directory"
        }
    }
}

/// Whose it is already, in whatever role: a certificate says who speaks and stands for one owner only.
pub(crate) fn registered_for(snapshot: &Snapshot, certificate: &Certificate) -> Option<(String, Role)> {
    board::registered(snapshot.registry())
        .into_iter()
        .filter(|known| known.role.speaks())
        .find(|known| known.certificate.as_ref().is_ok_and(|known| known == certificate))
        .map(|known| (known.owner, known.role))
}

/// Refuses a certificate of somebody else.
pub(crate) fn not_of_others(snapshot: &Snapshot, certificate: &Certificate, owner: &str) -> Result<(), Failure> {
    match registered_for(snapshot, certificate) {
        Some((other, role)) if other != owner => {
            Err(Failure::no(format!("it is registered for {other} already, as {}", role.label()))
                .hint("each system needs a certificate of its own: order another one"))
        }
        _ => Ok(()),
    }
}

/// What differs between the subjects of two certificates; loud where others compare.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Renamed {
    /// `CN: «old» → «new»`, those first that are compared.
    pub(super) fields: Vec<String>,
    /// One of them is compared by the federal side.
    pub(super) matched: bool,
}

/// Compares the subjects field by field.
pub(super) fn renamed(old: &Description, new: &Description) -> Renamed {
    let mut names: Vec<&str> = old.subject.iter().chain(&new.subject).map(NameField::label).collect();
    names.sort_by_key(|name| (MATCHED.iter().position(|known| known == name).unwrap_or(MATCHED.len()), *name));
    names.dedup();
    let text = |description: &Description, name: &str| {
        let values: Vec<_> = description
            .subject
            .iter()
            .filter(|field| field.label() == name)
            .map(|field| field.value.as_str())
            .collect();
        if values.is_empty() { "—".to_owned() } else { format!("«{}»", tame(&values.join("», «"))) }
    };
    let mut fields = Vec::new();
    let mut matched = false;
    for name in names {
        let (before, after) = (text(old, name), text(new, name));
        if before != after {
            matched |= MATCHED.contains(&name);
            fields.push(format!("{name}: {before} → {after}"));
        }
    }
    Renamed { fields, matched }
}

/// Tells what the new certificate changes in the name of its owner.
pub(super) fn tell_renamed(old: &Certificate, new: &Certificate) -> Result<bool, Failure> {
    let told = |certificate: &Certificate| certificate.describe().map_err(|error| Failure::no(error.to_string()));
    let renamed = renamed(&told(old)?, &told(new)?);
    if renamed.matched {
        print::talk(
            "ВНИМАНИЕ: изменилось имя субъекта: федеральная сторона сверяет сертификат с реестром; подайте заявку на замену",
        );
        print::talk("WARNING: the subject's name has changed; the federal side compares it with its register");
    }
    for field in &renamed.fields {
        print::talk(&format!("  {field}"));
    }
    Ok(renamed.matched)
}

/// One line about a certificate.
pub(crate) fn line(certificate: &Certificate, path: &Path) -> String {
    format!(
        "{}: {}, valid {} to {}, fingerprint {}",
        file_name(path),
        tame(certificate.subject()),
        certificate.not_before().strftime("%Y-%m-%d"),
        certificate.not_after().strftime("%Y-%m-%d"),
        certificate.fingerprint()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(fields: &[(&'static str, &str)]) -> Description {
        let field = |(short, value): &(&'static str, &str)| NameField {
            oid: String::new(),
            short: Some(short),
            title_ru: None,
            value: (*value).to_owned(),
        };
        let any = pki::test_ca::TestCa::create(
            "CA",
            pki::Algorithm::EcdsaP256Sha256,
            None,
            Timestamp::UNIX_EPOCH,
            Timestamp::MAX,
            &[1; 64],
        );
        Description { subject: fields.iter().map(field).collect(), ..any.unwrap().certificate().describe().unwrap() }
    }

    /// Fields of the new subject, what is told, whether it is loud.
    type Case<'a> = (&'a [(&'static str, &'a str)], &'a [&'a str], bool);

    #[test]
    fn a_changed_name_is_loud_only_where_others_compare_it() {
        let old = described(&[("C", "RU"), ("O", "Министерство"), ("OGRN", "1"), ("title", "начальник")]);
        let table: [Case<'_>; 4] = [
            (&[("OGRN", "1"), ("O", "Министерство"), ("C", "RU"), ("title", "начальник")], &[], false),
            (
                &[("C", "RU"), ("O", "Министерство"), ("OGRN", "1"), ("title", "врио")],
                &["title: «начальник» → «врио»"],
                false,
            ),
            (
                &[("C", "RU"), ("O", "Министерство труда"), ("title", "врио")],
                &["O: «Министерство» → «Министерство труда»", "OGRN: «1» → —", "title: «начальник» → «врио»"],
                true,
            ),
            (
                &[("C", "RU"), ("O", "Министерство"), ("OGRN", "1"), ("OGRN", "2"), ("title", "начальник")],
                &["OGRN: «1» → «1», «2»"],
                true,
            ),
        ];
        for (new, fields, matched) in table {
            let found = renamed(&old, &described(new));
            assert_eq!(
                (found.fields.iter().map(String::as_str).collect::<Vec<_>>(), found.matched),
                (fields.to_vec(), matched)
            );
        }
    }
}
