//! What only the whole registry can tell: names declared twice, references to nothing, rows that contradict each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use super::load::{Draft, Loader};
use super::node::Listen;
use super::people::shared_officers;
use super::rows::{AccessRow, OfficialSignature, Route, Service, System};
use super::source::{Located, Spot};
use super::table::Table;
use super::{Place, Problem};
use crate::names::{Mnemonic, ParticipantCode, Sid, Version};
use crate::spelling::nearest;

/// A name that may be declared once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Participant(ParticipantCode),
    System(Mnemonic),
    Service(Sid, Version),
    Token([u8; 32]),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Participant(code) => write!(f, "participant {code}"),
            Name::System(mnemonic) => write!(f, "system {mnemonic}"),
            Name::Service(sid, version) => write!(f, "service {sid} {version}"),
            Name::Token(_) => f.write_str("this token"),
        }
    }
}

/// Something a row needs to exist.
#[derive(Debug)]
pub(super) enum Reference {
    Participant(ParticipantCode),
    System(Mnemonic),
    Service(Sid),
    Version(Sid, Version),
    Operation(Sid, Option<Version>, String),
    Contact(ParticipantCode, String),
    Federal,
}

/// All names declared and all references made.
#[derive(Debug, Default)]
pub(super) struct Names {
    declared: BTreeMap<Name, Spot>,
    references: Vec<(Reference, String, Spot)>,
    /// Texts that should have declared a name and are none. What refers to something like them is not reported.
    unread: Vec<String>,
    /// Is there a table [federal]?
    pub(super) federal: bool,
    /// Further codes of systems, with the participant that owns the system.
    pub(super) codes: Vec<(ParticipantCode, Located<String>)>,
    /// Names of contacts, with their participants.
    pub(super) contacts: Vec<(ParticipantCode, String)>,
    /// The participant of each system.
    pub(super) owners: BTreeMap<Mnemonic, ParticipantCode>,
    /// The operations of each service; none listed: any.
    pub(super) operations: BTreeMap<Sid, BTreeMap<Version, Vec<String>>>,
    /// Is there a `subject_key` in [journal]?
    pub(super) subject_key: bool,
    /// Where business keys are called personal.
    pub(super) personal: Vec<Spot>,
}

impl Loader<'_> {
    /// Declares a name, which must be new.
    pub(super) fn declare(&mut self, name: Name, key: &str, spot: &Spot) {
        if let Some(first) = self.names.declared.get(&name) {
            let what = format!("{name} is already declared at {}", first.place());
            self.problems.push(spot.problem(key, what, "take one of the two out, or correct its name"));
        } else {
            self.names.declared.insert(name, spot.clone());
        }
    }

    /// Notes that a row needs something to exist.
    pub(super) fn refer(&mut self, reference: Reference, key: &str, spot: &Spot) {
        self.names.references.push((reference, key.to_owned(), spot.clone()));
    }
}

/// Every contradiction of the whole.
pub(super) fn check(names: &Names, draft: &Draft) -> Vec<Problem> {
    let mut problems: Vec<_> =
        names.references.iter().filter_map(|(reference, key, spot)| names.dangling(reference, key, spot)).collect();
    problems.extend(borrowed_codes(names));
    problems.extend(shared_certificates(&draft.systems));
    problems.extend(defaults(&draft.services));
    problems.extend(officials_of_nobody(draft));
    problems.extend(tied_routes(&draft.routes));
    problems.extend(repeated_rights(&draft.access));
    problems.extend(repeated_cutovers(draft));
    problems.extend(shared_officers(&draft.officers).map(|(first, officer)| {
        let what = format!("has the certificate of {:?} at {}", first.name, first.place);
        at_row(
            &officer.place,
            "officer.certificate",
            what,
            "each person signs with a key of its own: order another certificate",
        )
    }));
    problems.extend(names.personal.iter().filter(|_| !names.subject_key).map(|spot| {
        let what = "the value is personal, and there is no key to hide it with";
        spot.problem(
            "service.keys.personal",
            what,
            "openssl rand -hex 32 > subject.key, chmod 600, and in [journal]: subject_key = \"subject.key\"",
        )
    }));
    problems
}

impl Names {
    /// Notes the text of a key that should have declared a name, when it could not be read.
    pub(super) fn note_unread(&mut self, row: &Table<'_>, key: &str, unread: bool) {
        self.unread.extend(row.text(key).filter(|_| unread).map(str::to_owned));
    }

    fn participants(&self) -> Vec<&str> {
        self.declared
            .keys()
            .filter_map(|name| if let Name::Participant(code) = name { Some(code.as_str()) } else { None })
            .collect()
    }

    fn systems(&self) -> Vec<&str> {
        self.declared
            .keys()
            .filter_map(|name| if let Name::System(mnemonic) = name { Some(mnemonic.as_str()) } else { None })
            .collect()
    }

    /// Identifiers with their versions; a service of several versions is there once for each.
    fn services(&self) -> impl Iterator<Item = (&Sid, &Version)> {
        self.declared
            .keys()
            .filter_map(|name| if let Name::Service(sid, version) = name { Some((sid, version)) } else { None })
    }

    /// The declared versions of a service.
    fn versions<'a>(&'a self, sid: &'a Sid) -> impl Iterator<Item = &'a Version> {
        self.operations.get(sid).into_iter().flat_map(BTreeMap::keys)
    }

    fn meant_by_unread(&self, name: &str) -> bool {
        nearest(name, self.unread.iter().map(String::as_str)).is_some()
    }

    fn dangling(&self, reference: &Reference, key: &str, spot: &Spot) -> Option<Problem> {
        match reference {
            Reference::Participant(code) => {
                let declared = self.declared.contains_key(&Name::Participant(code.clone()));
                (!declared && !self.meant_by_unread(code.as_str()))
                    .then(|| unknown(spot, key, "participant", code.as_str(), &self.participants(), "code"))
            }
            Reference::System(mnemonic) => {
                let declared = self.declared.contains_key(&Name::System(mnemonic.clone()));
                (!declared && !self.meant_by_unread(mnemonic.as_str()))
                    .then(|| unknown(spot, key, "system", mnemonic.as_str(), &self.systems(), "mnemonic"))
            }
            Reference::Service(sid) => (self.versions(sid).next().is_none() && !self.meant_by_unread(sid.as_str()))
                .then(|| {
                    let known: BTreeSet<_> = self.services().map(|(sid, _)| sid.as_str()).collect();
                    unknown(spot, key, "service", sid.as_str(), &known.into_iter().collect::<Vec<_>>(), "sid")
                }),
            Reference::Version(sid, version) => self.unknown_version(sid, version, key, spot),
            Reference::Operation(sid, version, operation) => {
                self.unknown_operation(sid, version.as_ref(), operation, key, spot)
            }
            Reference::Contact(participant, contact) => {
                let mut known = self.contacts.iter().filter(|(of, _)| of == participant).map(|(_, name)| name.as_str());
                (!known.clone().any(|name| name == contact)).then(|| {
                    let hint = nearest(contact, &mut known).map_or_else(
                        || format!("declare the person: [[contact]] with participant = \"{participant}\""),
                        |name| format!("did you mean {name:?}?"),
                    );
                    spot.problem(key, format!("{participant} has no contact {contact:?}"), hint)
                })
            }
            Reference::Federal => (!self.federal).then(|| {
                spot.problem(
                    key,
                    "\"federal\", but there is no federal node here",
                    "add a table [federal], or write an address",
                )
            }),
        }
    }

    fn unknown_version(&self, sid: &Sid, version: &Version, key: &str, spot: &Spot) -> Option<Problem> {
        let known: Vec<_> = self.versions(sid).collect();
        // A service that is not declared at all has been reported at its identifier.
        (!known.is_empty() && !known.contains(&version)).then(|| {
            let known: Vec<_> = known.iter().map(|version| version.as_str()).collect();
            let what = format!("{sid} has no version {version}");
            spot.problem(key, what, "choose a declared version, or leave the key out for all of them")
                .allowing(known.join(", "))
        })
    }

    fn unknown_operation(
        &self,
        sid: &Sid,
        version: Option<&Version>,
        operation: &str,
        key: &str,
        spot: &Spot,
    ) -> Option<Problem> {
        let operations = self.operations.get(sid).into_iter().flatten();
        let services: Vec<_> = operations
            .filter(|(known, _)| version.is_none_or(|version| *version == **known))
            .map(|(_, operations)| operations)
            .collect();
        let taken = services
            .iter()
            .any(|operations| operations.is_empty() || operations.iter().any(|known| known == operation));
        (!services.is_empty() && !taken).then(|| {
            let known: BTreeSet<_> =
                services.iter().flat_map(|operations| operations.iter().map(String::as_str)).collect();
            let hint = nearest(operation, known.iter().copied()).map_or_else(
                || "choose one of the service's operations".to_owned(),
                |known| format!("did you mean {known:?}?"),
            );
            let what = format!("{sid} has no operation {operation:?}");
            spot.problem(key, what, hint).allowing(some_of(&known.into_iter().collect::<Vec<_>>()))
        })
    }
}

fn unknown(spot: &Spot, key: &str, kind: &str, name: &str, known: &[&str], name_key: &str) -> Problem {
    let hint = nearest(name, known.iter().copied()).map_or_else(
        || format!("declare it: [[{kind}]] with {name_key} = {name:?}"),
        |known| format!("did you mean {known:?}?"),
    );
    let problem = spot.problem(key, format!("no {kind} {name:?} is declared"), hint);
    if known.is_empty() { problem } else { problem.allowing(some_of(known)) }
}

/// The first of many names.
fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, … ({} in all)", names.len()) } else { shown }
}

/// A code by which one participant's system could pass for another participant's.
fn borrowed_codes(names: &Names) -> Vec<Problem> {
    let mut first: HashMap<&str, (&ParticipantCode, &Spot)> = HashMap::new();
    let mut problems = Vec::new();
    for (participant, code) in &names.codes {
        let of_system = names.owners.get(code.value.as_str()).filter(|owner| *owner != participant);
        let hint = "a code may belong to one participant only: take it out of one of the two";
        if let Some(owner) = of_system {
            let what = format!("{:?} is the mnemonic of a system of {owner}", code.value);
            problems.push(code.spot.problem("system.codes", what, hint));
        }
        let (owner, spot) = first.entry(&code.value).or_insert((participant, &code.spot));
        if *owner != participant {
            let what = format!("{:?} is a code of {owner} already at {}", code.value, spot.place());
            problems.push(code.spot.problem("system.codes", what, hint));
        }
    }
    problems
}

/// A problem with a whole row.
fn at_row(place: &Place, key: &str, what: String, hint: &str) -> Problem {
    Spot { file: Arc::clone(&place.file), line: place.line, column: 1 }.problem(key, what, hint)
}

/// A certificate says who speaks: it can belong to one system only.
fn shared_certificates(systems: &[System]) -> Vec<Problem> {
    let mut first: HashMap<&[u8], &System> = HashMap::new();
    let mut problems = Vec::new();
    for system in systems {
        for certificate in system.certificates.iter().chain(&system.trial_certificates) {
            let owner = first.entry(&certificate.octets).or_insert(system);
            if owner.mnemonic != system.mnemonic {
                let name = certificate.path.file_name().unwrap_or_default().to_string_lossy();
                let what = format!("{name} is registered for {} already at {}", owner.mnemonic, owner.place);
                let hint = "each system needs a certificate of its own: order another one";
                problems.push(at_row(&system.place, "system.certificates", what, hint));
            }
        }
    }
    problems
}

/// Of several versions exactly one is meant when a request names none.
fn defaults(services: &[Service]) -> Vec<Problem> {
    let mut versions: BTreeMap<&Sid, Vec<&Service>> = BTreeMap::new();
    for service in services {
        versions.entry(&service.sid).or_default().push(service);
    }
    let mut problems = Vec::new();
    for (sid, versions) in versions {
        let mut marked = versions.iter().filter(|service| service.default);
        match (marked.next(), marked.next(), versions.as_slice()) {
            (None, _, [_, .., last]) => {
                let what = format!("{sid} has {} versions and none is the default", versions.len());
                problems.push(at_row(
                    &last.place,
                    "service.default",
                    what,
                    "write default = true under the version meant when a request names none",
                ));
            }
            (Some(one), Some(other), _) => {
                let what = format!("{sid} has a default version already at {}", one.place);
                problems.push(at_row(
                    &other.place,
                    "service.default",
                    what,
                    "take default = true out of one of the two",
                ));
            }
            _ => {}
        }
    }
    problems
}

/// Officials are registered nowhere: without an authority behind him, anybody with a key of his own making would be one.
fn officials_of_nobody(draft: &Draft) -> Vec<Problem> {
    let demands = |service: &&Service| service.guards.official_signature == OfficialSignature::Require;
    let unfounded = draft.services.iter().filter(demands).filter(|_| draft.trust.anchors.is_empty());
    let what = "demands signatures of officials, but there is no authority to know their certificates by";
    let problem = |service: &Service| {
        at_row(
            &service.place,
            "service.official_signature",
            what.to_owned(),
            "write the authorities into [trust] anchors",
        )
    };
    unfounded.map(problem).collect()
}

/// Two routes that take the same messages and say equally much: neither could win.
fn tied_routes(routes: &[Route]) -> Vec<Problem> {
    let mut same: HashMap<_, Vec<&Route>> = HashMap::new();
    let mut problems = Vec::new();
    for route in routes {
        let named = (&route.service, &route.version, &route.recipient, &route.oktmo, &route.service_code);
        let earlier = same.entry((named, route.share.is_some(), route.consumers.is_empty())).or_default();
        let meets = |other: &&&Route| {
            route.consumers.is_empty() || route.consumers.iter().any(|consumer| other.consumers.contains(consumer))
        };
        if let Some(winner) = earlier.iter().find(meets) {
            let what = format!("takes exactly the messages that the route at {} takes", winner.place);
            let hint = "take one of the two out, or tell them apart by version, recipient, oktmo or service_code";
            problems.push(at_row(&route.place, "route", what, hint));
        }
        earlier.push(route);
    }
    problems
}

/// A consumer moved to two versions at once.
fn repeated_cutovers(draft: &Draft) -> Vec<Problem> {
    let mut first = HashMap::new();
    let mut problems = Vec::new();
    for cutover in &draft.cutovers {
        let place: &mut &Place = first.entry((&cutover.consumer, &cutover.service)).or_insert(&cutover.place);
        if *place != &cutover.place {
            let what = format!("{} has its version of {} already at {place}", cutover.consumer, cutover.service);
            problems.push(at_row(&cutover.place, "cutover", what, "take one of the two out"));
        }
    }
    problems
}

/// Two rights for the same thing at the same time: which ground counts?
fn repeated_rights(rows: &[AccessRow]) -> Vec<Problem> {
    let mut same: HashMap<_, Vec<&AccessRow>> = HashMap::new();
    let mut problems = Vec::new();
    for row in rows {
        let operations: BTreeSet<_> = row.operations.iter().collect();
        let earlier = same.entry((&row.consumer, &row.service, &row.version, operations, row.messages)).or_default();
        if let Some(first) = earlier.iter().find(|first| overlap(first, row)) {
            let what = format!("repeats the right at {}", first.place);
            problems.push(at_row(
                &row.place,
                "access",
                what,
                "take one of the two out, or let one end before the other begins",
            ));
        }
        earlier.push(row);
    }
    problems
}

fn overlap(one: &AccessRow, other: &AccessRow) -> bool {
    let ends_before = |one: &AccessRow, other: &AccessRow| matches!((one.until, other.from), (Some(until), Some(from)) if until < from);
    !ends_before(one, other) && !ends_before(other, one)
}

/// What is no error but deserves the operator's look.
pub(super) fn remarks(listen: &Listen, services: &[Service], routes: &[Route]) -> Vec<Problem> {
    let mut remarks = Vec::new();
    if !listen.admin.ip().is_loopback() {
        let what = format!("the admin plane can be reached from other machines at {}", listen.admin);
        remarks.push(at_row(&listen.place, "listen.admin", what, "bind it to 127.0.0.1 unless a firewall guards it"));
    }
    for service in services {
        let reachable = routes.iter().any(|route| {
            route.service == service.sid && route.version.as_ref().is_none_or(|version| *version == service.version)
        });
        if !reachable {
            let what = format!("{} {} has no route: every request for it is refused", service.sid, service.version);
            remarks.push(at_row(
                &service.place,
                "service",
                what,
                &format!("add [[route]] with service = \"{}\"", service.sid),
            ));
        }
    }
    remarks
}
