//! The rows, which may stand in any file: participants, systems, services, routes, the access matrix.
//!
//! A row is kept only when all of it could be read; its name is declared even when it could not, so that one
//! mistake does not make every reference to the row look wrong.

use std::sync::Arc;

use super::keeping::RecordClass;
use super::kind::{Amount, Choice, Complaint, Day, Flag, KeyName, Kind, Oktmo, PathOfKey, Sha256Hex, Text, Url, name};
use super::life::{MESSAGES, Messages, STAGES, Stage, days};
use super::load::{Draft, FilePath, Loader, normal};
use super::people::agreement;
use super::resolve::{Name, Reference};
use super::rows::{
    AccessMode, AccessRow, ControlExample, ForeignHeaders, Format, Guards, OfficialSignature, Participant,
    ParticipantKind, Repeats, Route, SenderSignature, Service, Signing, System, Target,
};
use super::settings::{endpoint_tls, files, keep};
use super::source::Located;
use super::table::Table;
use crate::business_key::{BusinessKey, KEYS_PER_SERVICE};
use crate::limits::{Limits, Unit};
use crate::names::{Mnemonic, ParticipantCode, Sid, Version};

const KINDS: &[(&str, ParticipantKind)] = &[
    ("regional", ParticipantKind::Regional),
    ("municipal", ParticipantKind::Municipal),
    ("federal", ParticipantKind::Federal),
    ("portal", ParticipantKind::Portal),
    ("mfc", ParticipantKind::Mfc),
    ("node", ParticipantKind::Node),
];

const ACCESS: &[(&str, AccessMode)] =
    &[("by_consent", AccessMode::ByConsent), ("open", AccessMode::Open), ("base_resource", AccessMode::BaseResource)];

const CLASSES: &[(&str, RecordClass)] =
    &[("exchange", RecordClass::Exchange), ("application", RecordClass::Application)];

/// The loosest freshness: a request is remembered for that long, so that it cannot come twice. A day.
const FRESHNESS_MILLIS_MAX: u64 = 24 * 3_600_000;

/// Reads all rows of a file.
pub(super) fn read(loader: &mut Loader<'_>, file: &mut Table<'_>, draft: &mut Draft) {
    draft.participants.extend(file.rows("participant").into_iter().filter_map(|row| participant(loader, row)));
    draft.systems.extend(file.rows("system").into_iter().filter_map(|row| system(loader, row)));
    let limits = draft.limits.clone();
    draft.services.extend(file.rows("service").into_iter().filter_map(|row| service(loader, row, &limits)));
    draft.routes.extend(file.rows("route").into_iter().filter_map(|row| route(loader, row)));
    draft.access.extend(file.rows("access").into_iter().filter_map(|row| access(loader, row)));
}

fn participant(loader: &mut Loader<'_>, mut row: Table<'_>) -> Option<Participant> {
    let place = row.header().place();
    let code = row.need("code", &name::<ParticipantCode>());
    loader.names.note_unread(&row, "code", code.is_none());
    let label = row.need("name", &Text);
    let kind = row.need("kind", &Choice(KINDS));
    let store = row.may("store", &FilePath);
    let keep = keep(loader, &mut row);
    let agreement = agreement(loader, &mut row);
    let suspended = row.may("suspended", &Text);
    row.end(&mut loader.problems);
    let code = code?;
    loader.declare(Name::Participant(code.value.clone()), "participant.code", &code.spot);
    Some(Participant {
        code: code.value,
        name: label?.value,
        kind: kind?.value,
        store: store.map(|store| loader.root().join(normal(store.value.as_ref()))),
        keep,
        agreement,
        suspended: suspended.map(|reason| reason.value),
        place,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signs {
    Own,
    Hosted,
}

fn system(loader: &mut Loader<'_>, mut row: Table<'_>) -> Option<System> {
    let place = row.header().place();
    let mnemonic = row.need("mnemonic", &name::<Mnemonic>());
    loader.names.note_unread(&row, "mnemonic", mnemonic.is_none());
    let participant = row.need("participant", &name::<ParticipantCode>());
    let label = row.may("name", &Text);
    let certificates = files(loader, &mut row, "certificates", true);
    let trial_certificates = files(loader, &mut row, "trial_certificates", false);
    let signature = signing(loader, &mut row);
    let codes = row.list("codes", &Text);
    let agencies = row.list("agencies", &name::<ParticipantCode>());
    let suspended = row.may("suspended", &Text);
    row.end(&mut loader.problems);
    for agency in &agencies {
        loader.refer(Reference::Participant(agency.value.clone()), "system.agencies", &agency.spot);
    }
    if let Some(participant) = &participant {
        loader.refer(Reference::Participant(participant.value.clone()), "system.participant", &participant.spot);
    }
    let mnemonic = mnemonic?;
    loader.declare(Name::System(mnemonic.value.clone()), "system.mnemonic", &mnemonic.spot);
    let participant = participant?.value;
    for code in &codes {
        loader.names.codes.push((participant.clone(), code.clone()));
    }
    loader.names.owners.insert(mnemonic.value.clone(), participant.clone());
    Some(System {
        name: label.map_or_else(|| mnemonic.value.to_string(), |label| label.value),
        mnemonic: mnemonic.value,
        participant,
        certificates,
        trial_certificates,
        signature: signature?,
        codes: codes.into_iter().map(|code| code.value).collect(),
        agencies: agencies.into_iter().map(|agency| agency.value).collect(),
        suspended: suspended.map(|reason| reason.value),
        place,
    })
}

fn signing(loader: &mut Loader<'_>, row: &mut Table<'_>) -> Option<Signing> {
    match row.need("signature", &Choice(&[("own", Signs::Own), ("hosted", Signs::Hosted)]))?.value {
        Signs::Own => {
            for key in ["key", "key_passphrase_file", "token_sha256"] {
                let what = "stands beside signature = \"own\"";
                row.forbid(
                    key,
                    what,
                    "take it out, or write signature = \"hosted\" if the bus is to sign for the system",
                );
            }
            Some(Signing::Own)
        }
        Signs::Hosted => {
            let key = loader.key(row);
            let hint = "write the digest of the token, not the token: printf %s \"$TOKEN\" | sha256sum";
            let token = row.need("token_sha256", &Sha256Hex(hint));
            if let Some(token) = &token {
                loader.declare(Name::Token(token.value), "system.token_sha256", &token.spot);
            }
            Some(Signing::Hosted { key: key?, token_sha256: token?.value })
        }
    }
}

fn service(loader: &mut Loader<'_>, mut row: Table<'_>, limits: &Limits) -> Option<Service> {
    let place = row.header().place();
    let sid = row.need("sid", &name::<Sid>());
    loader.names.note_unread(&row, "sid", sid.is_none());
    let version = row.need("version", &name::<Version>());
    let label = row.need("name", &Text);
    let owner = row.need("owner", &name::<ParticipantCode>());
    let provider = row.need("provider", &name::<Mnemonic>());
    let mode = row.need("access", &Choice(ACCESS));
    let format = row.may("format", &Choice(&[("lenient", Format::Lenient), ("strict", Format::Strict)]));
    let default = row.may("default", &Flag);
    let operations = row.list("operations", &Text);
    let wsdl = loader.file_if_named(&mut row, "wsdl");
    let control_example = control_example(loader, &mut row);
    let deadline = row.may("answer_deadline", &Amount::between(Unit::Millis, 10, 3_600_000));
    let largest = u64::try_from(limits.message_bytes).unwrap_or(u64::MAX);
    let message_bytes = row.may("message_bytes", &Amount::between(Unit::Bytes, 1 << 10, largest));
    let guards = guards(&mut row);
    let keys = business_keys(loader, &mut row);
    let class = row.may("class", &Choice(CLASSES));
    let (stage, since) = (row.may("stage", &Choice(STAGES)), row.may("since", &Day));
    let (from, until) = days(&mut row, "service");
    let format_sha256 =
        row.may("format_sha256", &Sha256Hex("write the digest of the approved schema: sha256sum FILE.xsd"));
    let package = row.may("package", &FilePath);
    row.end(&mut loader.problems);
    if let Some(owner) = &owner {
        loader.refer(Reference::Participant(owner.value.clone()), "service.owner", &owner.spot);
    }
    if let Some(provider) = &provider {
        loader.refer(Reference::System(provider.value.clone()), "service.provider", &provider.spot);
    }
    let (sid, version) = (sid?, version?.value);
    loader.declare(Name::Service(sid.value.clone(), version.clone()), "service.sid", &sid.spot);
    let operations: Vec<_> = operations.into_iter().map(|operation| operation.value).collect();
    let versions = loader.names.operations.entry(sid.value.clone()).or_default();
    versions.entry(version.clone()).or_insert_with(|| operations.clone());
    Some(Service {
        sid: sid.value,
        version,
        name: label?.value,
        owner: owner?.value,
        provider: provider?.value,
        access: mode?.value,
        format: format.map_or(Format::Lenient, |format| format.value),
        default: default.is_some_and(|default| default.value),
        operations,
        wsdl,
        control_example,
        answer_deadline_ms: deadline.map(|deadline| deadline.value),
        message_bytes: message_bytes.and_then(|bytes| usize::try_from(bytes.value).ok()),
        guards,
        keys,
        class: class.map_or(RecordClass::Exchange, |class| class.value),
        stage: stage.map_or(Stage::Production, |stage| stage.value),
        since: since.map(|since| since.value),
        from,
        until,
        format_sha256: format_sha256.map(|digest| digest.value),
        package: package.map(|package| package.value),
        place,
    })
}

fn guards(row: &mut Table<'_>) -> Guards {
    use OfficialSignature::{Ignore, Record, Require};
    let official =
        row.may("official_signature", &Choice(&[("record", Record), ("require", Require), ("ignore", Ignore)]));
    let headers =
        row.may("foreign_headers", &Choice(&[("drop", ForeignHeaders::Drop), ("keep", ForeignHeaders::Keep)]));
    let repeats = row.may("repeats", &Choice(&[("refuse", Repeats::Refuse), ("allow", Repeats::Allow)]));
    let freshness = row.may("freshness", &Amount::between(Unit::Millis, 1_000, FRESHNESS_MILLIS_MAX));
    Guards {
        official_signature: official.map_or(Record, |choice| choice.value),
        foreign_headers: headers.map_or(ForeignHeaders::Drop, |choice| choice.value),
        repeats: repeats.map_or(Repeats::Refuse, |choice| choice.value),
        freshness_ms: freshness.map(|amount| amount.value),
    }
}

/// `keys`: rows of a list, each with its name once.
fn business_keys(loader: &mut Loader<'_>, row: &mut Table<'_>) -> Arc<[BusinessKey]> {
    let mut keys: Vec<BusinessKey> = Vec::new();
    for (index, mut table) in row.rows("keys").into_iter().enumerate() {
        let name = table.need("name", &KeyName);
        let path = table.need("path", &PathOfKey);
        let personal = table.may("personal", &Flag);
        if index == KEYS_PER_SERVICE {
            let what = format!("is one more than the {KEYS_PER_SERVICE} keys of a service");
            table.report(table.header().problem("service.keys", what, "leave out what nobody looks for"));
        }
        if let Some(twice) = name.as_ref().filter(|name| keys.iter().any(|key| key.name == name.value)) {
            let what = format!("{:?} stands twice in this service", twice.value);
            table.report(twice.spot.problem("service.keys.name", what, "give each key a name of its own"));
        }
        table.end(&mut loader.problems);
        loader.names.personal.extend(personal.as_ref().filter(|flag| flag.value).map(|flag| flag.spot.clone()));
        if let (Some(name), Some(path)) = (name, path) {
            let personal = personal.is_some_and(|flag| flag.value);
            keys.push(BusinessKey { name: name.value, path: path.value, personal });
        }
    }
    keys.into()
}

fn control_example(loader: &mut Loader<'_>, row: &mut Table<'_>) -> Option<ControlExample> {
    let mut table = row.table("control_example")?;
    let (request, answer) = (loader.file(&mut table, "request"), loader.file(&mut table, "answer"));
    table.end(&mut loader.problems);
    Some(ControlExample { request: request?, answer: answer? })
}

/// `to`: the word `federal` or an address.
struct To;

impl Kind for To {
    type Out = Target;

    fn allowed(&self) -> String {
        format!("\"federal\", or {}", Url.allowed())
    }

    fn read(&self, value: &toml::de::DeValue<'_>) -> Result<Target, Complaint> {
        if value.as_str() == Some("federal") {
            return Ok(Target::Federal);
        }
        Url.read(value).map(Target::Url)
    }
}

fn route(loader: &mut Loader<'_>, mut row: Table<'_>) -> Option<Route> {
    let place = row.header().place();
    let (service, version) = service_asked(loader, &mut row, "route");
    let to = row.need("to", &To);
    let provider = row.may("provider", &name::<Mnemonic>());
    let recipient = row.may("recipient", &Text);
    let oktmo = row.may("oktmo", &Oktmo);
    let service_code = row.may("service_code", &Text);
    // A row whose trial cannot be read is no route for all messages.
    let canary = canary(loader, &mut row);
    let sender_signature =
        row.may("sender_signature", &Choice(&[("keep", SenderSignature::Keep), ("drop", SenderSignature::Drop)]));
    let url = match to.as_ref().map(|to| &to.value) {
        Some(Target::Url(url)) => Some(url.as_str()),
        Some(Target::Federal) => {
            row.forbid("tls", "stands beside to = \"federal\"", "move it into [federal]");
            None
        }
        None => None,
    };
    let tls = endpoint_tls(loader, &mut row, url);
    row.end(&mut loader.problems);
    if let Some(provider) = &provider {
        loader.refer(Reference::System(provider.value.clone()), "route.provider", &provider.spot);
    }
    if let Some(Located { value: Target::Federal, spot }) = &to {
        loader.refer(Reference::Federal, "route.to", spot);
    }
    Some(Route {
        service: service?,
        version,
        to: to?.value,
        provider: provider.map(|provider| provider.value),
        recipient: recipient.map(|recipient| recipient.value),
        oktmo: oktmo.map(|oktmo| oktmo.value),
        service_code: service_code.map(|code| code.value),
        consumers: canary.as_ref()?.consumers.clone(),
        share: canary.as_ref()?.share,
        return_at: canary?.return_at,
        sender_signature: sender_signature.map_or(SenderSignature::Keep, |choice| choice.value),
        tls,
        place,
    })
}

/// What makes a route one that is tried out.
struct CanaryKeys {
    consumers: Vec<Mnemonic>,
    share: Option<u8>,
    return_at: Option<u8>,
}

/// `None` when a key of it stands there and cannot be read.
fn canary(loader: &mut Loader<'_>, row: &mut Table<'_>) -> Option<CanaryKeys> {
    let consumers = if row.has("consumers") {
        row.need_list("consumers", &name::<Mnemonic>())
    } else {
        row.list("consumers", &name::<Mnemonic>())
    };
    for consumer in &consumers {
        loader.refer(Reference::System(consumer.value.clone()), "route.consumers", &consumer.spot);
    }
    let share = row.may("share", &Amount::between(Unit::Count, 1, 99));
    let return_at = row.may("return_at", &Amount::between(Unit::Count, 1, 100));
    if let Some(return_at) = &return_at
        && share.is_none()
        && consumers.is_empty()
    {
        let what = "stands in a route that is not tried out: there is nothing to return to";
        let hint = "add share or consumers, or take it out";
        row.report(return_at.spot.problem("route.return_at", what, hint));
    }
    let unread = (row.has("share") && share.is_none()) || (row.has("consumers") && consumers.is_empty());
    let percent = |amount: Located<u64>| u8::try_from(amount.value).ok();
    (!unread).then(|| CanaryKeys {
        consumers: consumers.into_iter().map(|consumer| consumer.value).collect(),
        share: share.and_then(percent),
        return_at: return_at.and_then(percent),
    })
}

/// Reads `service` and `version?` of a row and refers to both.
pub(super) fn service_asked(
    loader: &mut Loader<'_>,
    row: &mut Table<'_>,
    table: &str,
) -> (Option<Sid>, Option<Version>) {
    let sid = row.need("service", &name::<Sid>());
    let version = row.may("version", &name::<Version>());
    if let Some(sid) = &sid {
        loader.refer(Reference::Service(sid.value.clone()), &format!("{table}.service"), &sid.spot);
        if let Some(version) = &version {
            let reference = Reference::Version(sid.value.clone(), version.value.clone());
            loader.refer(reference, &format!("{table}.version"), &version.spot);
        }
    }
    (sid.map(|sid| sid.value), version.map(|version| version.value))
}

fn access(loader: &mut Loader<'_>, mut row: Table<'_>) -> Option<AccessRow> {
    let place = row.header().place();
    let consumer = row.need("consumer", &name::<Mnemonic>());
    let (service, version) = service_asked(loader, &mut row, "access");
    // An empty list would read as "no operation" and mean "all": refused.
    let operations =
        if row.has("operations") { row.need_list("operations", &Text) } else { row.list("operations", &Text) };
    let (from, until) = days(&mut row, "access");
    let ground = row.need("ground", &Text);
    let application = row.may("application", &Text);
    let messages = row.may("messages", &Choice(MESSAGES));
    row.end(&mut loader.problems);
    if let Some(consumer) = &consumer {
        loader.refer(Reference::System(consumer.value.clone()), "access.consumer", &consumer.spot);
    }
    if let Some(service) = &service {
        for operation in &operations {
            let reference = Reference::Operation(service.clone(), version.clone(), operation.value.clone());
            loader.refer(reference, "access.operations", &operation.spot);
        }
    }
    Some(AccessRow {
        consumer: consumer?.value,
        service: service?,
        version,
        operations: operations.into_iter().map(|operation| operation.value).collect(),
        from,
        until,
        ground: ground?.value,
        application: application.map(|number| number.value),
        messages: messages.map_or(Messages::All, |messages| messages.value),
        place,
    })
}
