//! `rsmev cert show`: one certificate taken apart, from a file or from the registry.

use std::path::Path;

use domain::spelling::nearest;
use gateway::Snapshot;
use jiff::Timestamp;
use pki::{Certificate, Description, NameField};
use serde_json::{Value, json};

use super::board::{self, Lamp, registered};
use super::checks;
use crate::failure::Failure;
use crate::language::told;
use crate::terminal::tame;
use crate::{edge, print, serve};

/// Digits of a fingerprint or serial number that name a certificate at the least.
pub(super) const DIGITS_MIN: usize = 8;

/// A certificate and where it was found.
struct Found {
    place: String,
    certificate: Certificate,
}

pub(super) fn show(what: &str, config: &Path, at: Option<Timestamp>, json: bool) -> Result<(), Failure> {
    let at = at.unwrap_or_else(edge::now);
    let as_file = Path::new(what);
    // A file can be looked at without a registry; the verdict on it needs one.
    let (found, snapshot) = if as_file.is_file() {
        let found = Found { place: what.to_owned(), certificate: checks::certificate(as_file)? };
        (vec![found], if config.is_file() { serve::load(config).ok() } else { None })
    } else {
        let snapshot = serve::load(config)?;
        (of_registry(&snapshot, what)?, Some(snapshot))
    };
    let told = found
        .iter()
        .map(|one| Ok((one, one.certificate.describe().map_err(|error| Failure::no(error.to_string()))?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    if json {
        return print::json(
            &told.iter().map(|(one, told)| value(one, told, snapshot.as_ref(), at)).collect::<Vec<_>>(),
        );
    }
    for (number, (one, told)) in told.iter().enumerate() {
        if number > 0 {
            print::line("")?;
        }
        print_one(one, told, snapshot.as_ref(), at)?;
    }
    Ok(())
}

/// Certificates of the registry by owner, or by the first digits of fingerprint or serial number.
fn of_registry(snapshot: &Snapshot, what: &str) -> Result<Vec<Found>, Failure> {
    let digits = what.replace(':', "").to_ascii_lowercase();
    let by_digits = digits.len() >= DIGITS_MIN && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let fits = |owner: &str, certificate: &Certificate| {
        owner == what
            || (by_digits
                && (certificate.fingerprint().to_string().starts_with(&digits)
                    || certificate.serial_hex().starts_with(&digits)))
    };
    let all = registered(snapshot.registry()).into_iter();
    let found: Vec<Found> = all
        .filter_map(|one| {
            let certificate = one.certificate.ok()?;
            let place = format!("{} of {}: {}", one.role.label(), one.owner, one.file);
            fits(&one.owner, &certificate).then_some(Found { place, certificate })
        })
        .collect();
    if found.is_empty() {
        let failure = Failure::no(format!("{what}: no file, no owner and no certificate of the registry"));
        let owners = registered(snapshot.registry());
        return Err(match nearest(what, owners.iter().map(|one| one.owner.as_str())) {
            Some(near) => failure.hint(format!("{} {near}?", told("может быть,", "did you mean"))),
            None => failure.hint("`rsmev cert list` names owners and fingerprints"),
        });
    }
    Ok(found)
}

/// What the registry's authorities and revocation lists say, and the path they lead along.
fn verdict(certificate: &Certificate, snapshot: Option<&Snapshot>, at: Timestamp) -> (String, Vec<String>) {
    let Some(snapshot) = snapshot else { return ("unchecked".to_owned(), Vec::new()) };
    let objection = board::judge(snapshot, certificate, at);
    (
        objection.map_or_else(|| "trusted".to_owned(), |objection| objection.to_string()),
        board::path(snapshot, certificate, at),
    )
}

fn print_one(found: &Found, told: &Description, snapshot: Option<&Snapshot>, at: Timestamp) -> Result<(), Failure> {
    print::line(&tame(&found.place))?;
    name("subject", &told.subject)?;
    name("issuer", &told.issuer)?;
    field("serial", &told.serial)?;
    field("fingerprint", &told.fingerprint.to_string())?;
    field(
        "valid",
        &format!("{} to {} ({})", told.not_before, told.not_after, Lamp::of(&found.certificate, at).label()),
    )?;
    let set = told.parameter_set.as_ref().map(|set| format!(", {set}")).unwrap_or_default();
    field("key", &format!("{}{set}", told.key_algorithm))?;
    field("signed by", &told.signature_algorithm)?;
    field("key usage", &told.key_usage.as_ref().map_or_else(|| "any".to_owned(), |usage| usage.join(", ")))?;
    if !told.extended_key_usage.is_empty() {
        field("purposes", &told.extended_key_usage.join(", "))?;
    }
    if told.is_authority {
        let below = told.path_length.map(|length| format!(", {length} authorities below")).unwrap_or_default();
        field("authority", &format!("yes{below}"))?;
    }
    for (label, id) in [("subject key", &told.subject_key_id), ("issuer key", &told.authority_key_id)] {
        field(label, id.as_deref().unwrap_or("—"))?;
    }
    for point in &told.crl_points {
        field("CRL", point)?;
    }
    for what in &told.unreadable {
        field("unreadable", what)?;
    }
    let (trust, path) = verdict(&found.certificate, snapshot, at);
    field("trust", &trust)?;
    for step in path {
        field("path", &step)?;
    }
    Ok(())
}

fn name(label: &str, fields: &[NameField]) -> Result<(), Failure> {
    for (number, one) in fields.iter().enumerate() {
        let title = one.title_ru.map(|title| format!("   ({title})")).unwrap_or_default();
        field(if number == 0 { label } else { "" }, &format!("{} = {}{title}", one.label(), one.value))?;
    }
    Ok(())
}

fn field(label: &str, value: &str) -> Result<(), Failure> {
    print::line(&format!("  {label:<12} {}", tame(value)))
}

fn value(found: &Found, told: &Description, snapshot: Option<&Snapshot>, at: Timestamp) -> Value {
    let names = |fields: &[NameField]| {
        let one = |field: &NameField| json!({ "oid": field.oid, "name": field.short, "title": field.title_ru, "value": field.value });
        fields.iter().map(one).collect::<Vec<_>>()
    };
    let (trust, path) = verdict(&found.certificate, snapshot, at);
    json!({
        "place": found.place, "subject": names(&told.subject), "issuer": names(&told.issuer), "serial": told.serial,
        "fingerprint": told.fingerprint.to_string(), "not_before": told.not_before, "not_after": told.not_after,
        "lamp": Lamp::of(&found.certificate, at), "key_algorithm": told.key_algorithm.label(),
        "parameter_set": told.parameter_set, "signature_algorithm": told.signature_algorithm, "key_usage": told.key_usage,
        "extended_key_usage": told.extended_key_usage, "is_authority": told.is_authority, "path_length": told.path_length,
        "subject_key_id": told.subject_key_id, "authority_key_id": told.authority_key_id, "crl_points": told.crl_points,
        "unreadable": told.unreadable, "trust": trust, "path": path,
    })
}
