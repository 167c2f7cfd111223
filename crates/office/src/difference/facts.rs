//! A registry as facts that can be compared: what it is about, which one, and its values as text.
//!
//! Rows are taken apart field by field, so that a new key of the registry does not compile before it is told here.

use std::collections::BTreeMap;

use domain::Registry;
use domain::registry::{
    AccessRow, Approval, Contact, Cutover, EndpointTls, Federal, FileRef, Journal, Listen, Maintenance, Node, Officer,
    Participant, Resting, Route, Service, Signing, System, Target, Trust,
};
use pki::Certificate;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Section;
use crate::history::short;

/// Section and name, then values by key.
#[derive(Debug, Default)]
pub(super) struct Facts(pub(super) BTreeMap<(Section, String), Vec<(&'static str, String)>>);

impl Facts {
    /// One fact more; of several with one name, the later ones are numbered.
    fn add(&mut self, section: Section, name: &str, values: impl IntoIterator<Item = (&'static str, Option<String>)>) {
        let values = values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let mut key = (section, name.to_owned());
        let mut number = 1;
        while self.0.contains_key(&key) {
            number += 1;
            key.1 = format!("{name} #{number}");
        }
        self.0.insert(key, values);
    }

    /// A certificate: whose, and what for. Known by its fingerprint, so that another file name is no other certificate.
    fn certificate(&mut self, file: &FileRef, owner: &str, role: &str) {
        let (name, subject, until) = match Certificate::from_pem(&file.octets) {
            Ok(certificate) => (
                short(&certificate.fingerprint().to_string()).to_owned(),
                Some(certificate.common_name().unwrap_or_else(|| certificate.subject()).to_owned()),
                Some(certificate.not_after().to_string()),
            ),
            // A chain, a bundle of authorities, or no certificate at all: told by its octets.
            Err(_) => (octets(file), None, None),
        };
        let role = Some(role.to_owned());
        self.add(
            Section::Certificate,
            &format!("{owner} {name}"),
            [("role", role), ("subject", subject), ("until", until)],
        );
    }

    fn certificates(&mut self, files: &[FileRef], owner: &str, role: &str) {
        for file in files {
            self.certificate(file, owner, role);
        }
    }
}

/// All of a registry.
pub(super) fn of(registry: &Registry) -> Facts {
    let mut facts = Facts::default();
    settings(&mut facts, registry);
    registry.participants().iter().for_each(|row| participant(&mut facts, row));
    registry.contacts().iter().for_each(|row| contact(&mut facts, row));
    registry.officers().iter().for_each(|row| officer(&mut facts, row));
    registry.systems().iter().for_each(|row| system(&mut facts, row));
    registry.services().iter().for_each(|row| service(&mut facts, row));
    registry.routes().iter().for_each(|row| route(&mut facts, row));
    registry.access_rows().iter().for_each(|row| access(&mut facts, row));
    registry.cutovers().iter().for_each(|row| cutover(&mut facts, row));
    registry.maintenance().iter().for_each(|row| maintenance(&mut facts, row));
    facts
}

/// A value as JSON writes it, texts without their quotes.
fn word<T: Serialize + ?Sized>(value: &T) -> Option<String> {
    match serde_json::to_value(value).ok()? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "stands in lists beside values that may be missing")]
fn text<T: ToString + ?Sized>(value: &T) -> Option<String> {
    Some(value.to_string())
}

fn optional(value: Option<&impl ToString>) -> Option<String> {
    value.map(ToString::to_string)
}

fn list(values: &[impl ToString]) -> Option<String> {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn octets(file: &FileRef) -> String {
    short(&hex::encode(Sha256::digest(&file.octets))).to_owned()
}

fn access(facts: &mut Facts, row: &AccessRow) {
    let AccessRow { consumer, service, version, operations, from, until, ground, application, messages, place: _ } =
        row;
    let mut name = format!("{consumer} → {service}");
    if let Some(version) = version {
        name = format!("{name} {version}");
    }
    if let Some(operations) = list(operations) {
        name = format!("{name} ({operations})");
    }
    facts.add(
        Section::Access,
        &name,
        [
            ("from", optional(from.as_ref())),
            ("until", optional(until.as_ref())),
            ("messages", word(messages)),
            ("ground", text(ground)),
            ("application", application.clone()),
        ],
    );
}

fn participant(facts: &mut Facts, row: &Participant) {
    let Participant { code, name, kind, store, keep, agreement, suspended, place: _ } = row;
    if let Some(reason) = suspended {
        facts.add(Section::Suspension, code.as_str(), [("suspended", text(reason))]);
    }
    let agreement = agreement.as_ref().map(|paper| format!("{} ({})", paper.number, paper.date));
    let store = store.as_ref().map(|path| path.display().to_string());
    let values =
        [("name", text(name)), ("kind", word(kind)), ("store", store), ("keep", word(keep)), ("agreement", agreement)];
    facts.add(Section::Participant, code.as_str(), values);
}

fn contact(facts: &mut Facts, row: &Contact) {
    let Contact { participant, name, role, phone, email, until, substitute, place: _ } = row;
    facts.add(
        Section::Contact,
        &format!("{participant} {name}"),
        [
            ("role", word(role)),
            ("phone", phone.clone()),
            ("email", email.clone()),
            ("until", optional(until.as_ref())),
            ("substitute", substitute.clone()),
        ],
    );
}

fn officer(facts: &mut Facts, row: &Officer) {
    let Officer { name, side, certificate, until, place: _ } = row;
    facts.certificate(certificate, name, "officer");
    facts.add(Section::Approval, name, [("side", word(side)), ("until", optional(until.as_ref()))]);
}

fn system(facts: &mut Facts, row: &System) {
    let System {
        mnemonic,
        participant,
        name,
        certificates,
        trial_certificates,
        signature,
        codes,
        agencies,
        suspended,
        place: _,
    } = row;
    facts.certificates(certificates, mnemonic.as_str(), "system");
    facts.certificates(trial_certificates, mnemonic.as_str(), "on trial");
    if let Some(reason) = suspended {
        facts.add(Section::Suspension, mnemonic.as_str(), [("suspended", text(reason))]);
    }
    let (signature, key, token) = match signature {
        Signing::Own => ("own", None, None),
        Signing::Hosted { key, token_sha256 } => {
            ("hosted", text(key), Some(short(&hex::encode(token_sha256)).to_owned()))
        }
    };
    facts.add(
        Section::System,
        mnemonic.as_str(),
        [
            ("participant", text(participant)),
            ("name", text(name)),
            ("signature", text(signature)),
            ("key", key),
            ("token_sha256", token),
            ("codes", list(codes)),
            ("agencies", list(agencies)),
        ],
    );
}

fn service(facts: &mut Facts, row: &Service) {
    let Service {
        sid,
        version,
        name,
        owner,
        provider,
        access,
        format,
        default,
        operations,
        wsdl,
        control_example,
        answer_deadline_ms,
        message_bytes,
        guards,
        keys,
        class,
        stage,
        since,
        from,
        until,
        format_sha256,
        package,
        place: _,
    } = row;
    let example =
        control_example.as_ref().map(|example| format!("{} {}", octets(&example.request), octets(&example.answer)));
    let personal = |personal: bool| if personal { " (personal)" } else { "" };
    let keys: Vec<_> =
        keys.iter().map(|key| format!("{} = {}{}", key.name, key.path, personal(key.personal))).collect();
    facts.add(
        Section::Service,
        &format!("{sid} {version}"),
        [
            ("name", text(name)),
            ("owner", text(owner)),
            ("provider", text(provider)),
            ("access", word(access)),
            ("format", word(format)),
            ("default", text(default)),
            ("operations", list(operations)),
            ("wsdl", wsdl.as_ref().map(octets)),
            ("control_example", example),
            ("answer_deadline", answer_deadline_ms.map(|amount| format!("{amount} ms"))),
            ("message_bytes", optional(message_bytes.as_ref())),
            ("official_signature", word(&guards.official_signature)),
            ("foreign_headers", word(&guards.foreign_headers)),
            ("repeats", word(&guards.repeats)),
            ("freshness", guards.freshness_ms.map(|amount| format!("{amount} ms"))),
            ("keys", list(&keys)),
            ("class", word(class)),
            ("stage", word(stage)),
            ("since", optional(since.as_ref())),
            ("from", optional(from.as_ref())),
            ("until", optional(until.as_ref())),
            ("format_sha256", format_sha256.map(hex::encode)),
            ("package", package.clone()),
        ],
    );
}

fn route(facts: &mut Facts, row: &Route) {
    let Route {
        service,
        version,
        to,
        provider,
        recipient,
        oktmo,
        service_code,
        consumers,
        share,
        return_at,
        sender_signature,
        tls,
        place: _,
    } = row;
    let mut name = service.to_string();
    let conditions = [
        version.as_ref().map(ToString::to_string),
        recipient.as_ref().map(|code| format!("recipient {code}")),
        oktmo.as_ref().map(|code| format!("OKTMO {code}")),
        service_code.as_ref().map(|code| format!("service code {code}")),
        list(consumers).map(|consumers| format!("for {consumers}")),
        share.map(|_| "share".to_owned()),
    ];
    for condition in conditions.into_iter().flatten() {
        name = format!("{name} {condition}");
    }
    let to = match to {
        Target::Federal => "federal".to_owned(),
        Target::Url(url) => url.clone(),
    };
    facts.add(
        Section::Route,
        &name,
        [
            ("to", Some(to)),
            ("provider", optional(provider.as_ref())),
            ("share", optional(share.as_ref())),
            ("return_at", optional(return_at.as_ref())),
            ("sender_signature", word(sender_signature)),
            ("tls", tls.as_ref().map(endpoint)),
        ],
    );
}

fn endpoint(tls: &EndpointTls) -> String {
    let EndpointTls { ca, client } = tls;
    let client =
        client.as_ref().map(|pair| format!(", client {} {}", octets(&pair.certificate), pair.key.path.display()));
    format!("authority {}{}", octets(ca), client.unwrap_or_default())
}

fn cutover(facts: &mut Facts, row: &Cutover) {
    let Cutover { consumer, service, version, place: _ } = row;
    facts.add(Section::Cutover, &format!("{consumer} → {service}"), [("version", text(version))]);
}

fn maintenance(facts: &mut Facts, row: &Maintenance) {
    let Maintenance { of, from, until, reason, place: _ } = row;
    let name = match of {
        Resting::Service(service, None) => service.to_string(),
        Resting::Service(service, Some(version)) => format!("{service} {version}"),
        Resting::System(system) => system.to_string(),
    };
    facts.add(Section::Maintenance, &name, [("from", text(from)), ("until", text(until)), ("reason", text(reason))]);
}

fn settings(facts: &mut Facts, registry: &Registry) {
    let Node { id, mnemonic, name, certificate, key, contour, algorithms } = registry.node();
    facts.certificate(certificate, mnemonic.as_str(), "node");
    let values = [
        ("id", text(id)),
        ("mnemonic", text(mnemonic)),
        ("name", text(name)),
        ("key", text(key)),
        ("contour", word(contour)),
        ("algorithms", word(algorithms)),
    ];
    facts.add(Section::Setting, "node", values);
    let Approval { two_persons } = registry.approval();
    facts.add(Section::Approval, "approval", [("two_persons", text(&two_persons))]);
    listen(facts, registry.listen());
    journal(facts, registry.journal());
    trust(facts, registry.trust());
    if let Some(federal) = registry.federal() {
        let Federal { endpoint: address, node_id, certificates, tls, place: _ } = federal;
        facts.certificates(certificates, "federal node", "federal node");
        let values = [("endpoint", text(address)), ("node_id", text(node_id)), ("tls", tls.as_ref().map(endpoint))];
        facts.add(Section::Setting, "federal", values);
    }
    let limits = domain::Limits::SPECS.iter();
    let limits = limits.map(|spec| (spec.name, registry.limits().get(spec.name).map(|value| spec.unit.format(value))));
    facts.add(Section::Setting, "limits", limits);
}

fn listen(facts: &mut Facts, table: &Listen) {
    let Listen { soap, admin, public_url, tls, signature_tool, place: _ } = table;
    if let Some(authority) = tls.as_ref().and_then(|tls| tls.client_ca.as_ref()) {
        facts.certificate(authority, "clients of the bus", "authority of TLS clients");
    }
    let tls = tls.as_ref().map(|tls| format!("{} {}", octets(&tls.certificate), tls.key.path.display()));
    facts.add(
        Section::Setting,
        "listen",
        [
            ("soap", text(soap)),
            ("admin", text(admin)),
            ("public_url", text(public_url)),
            ("tls", tls),
            ("signature_tool", text(signature_tool)),
        ],
    );
}

fn journal(facts: &mut Facts, table: &Journal) {
    let Journal { directory, subject_key, checkpoint_ms, reserve_bytes, keep, node_certificates } = table;
    facts.certificates(node_certificates, "node before", "believed under old checkpoints");
    facts.add(
        Section::Setting,
        "journal",
        [
            ("directory", text(&directory.display())),
            ("subject_key", subject_key.as_ref().map(|file| file.path.display().to_string())),
            ("checkpoint", Some(format!("{checkpoint_ms} ms"))),
            ("reserve", text(reserve_bytes)),
            ("keep", word(keep)),
        ],
    );
}

fn trust(facts: &mut Facts, table: &Trust) {
    let Trust { anchors, intermediates, crl_directory, crl, crl_grace_ms, crl_age_limit_ms } = table;
    facts.certificates(anchors, "authority", "believed");
    facts.certificates(intermediates, "authority", "between");
    facts.add(
        Section::Setting,
        "trust",
        [
            ("crl_directory", crl_directory.as_ref().map(|path| path.display().to_string())),
            ("crl", word(crl)),
            ("crl_grace", Some(format!("{crl_grace_ms} ms"))),
            ("crl_age_limit", crl_age_limit_ms.map(|amount| format!("{amount} ms"))),
        ],
    );
}
