//! What ends when: every certificate of a registry with its owner, purpose, days left and the verdict on it. Pure: the
//! registry and the moment are given; printing is for `list`, alarms are for whoever asks daily.

use domain::Registry;
use domain::registry::{FileRef, Signing};
use gateway::Snapshot;
use jiff::Timestamp;
use pki::trust::Objection;
use pki::{Certificate, Validity};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Serialize;

/// Days from which on an end is near, pressing, and a matter of hours.
pub(crate) const SOON_DAYS: i64 = 60;
/// See [`SOON_DAYS`].
pub(crate) const URGENT_DAYS: i64 = 30;
/// See [`SOON_DAYS`].
pub(crate) const CRITICAL_DAYS: i64 = 7;

/// What a certificate is registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// ЭП-СМЭВ of this node.
    Node,
    /// ЭП-СМЭВ of the federal node.
    FederalNode,
    /// ЭП-ОВ of a system.
    System,
    /// ЭП-ОВ of a hosted system: the certificate the bus signs with.
    Hosted,
    /// ЭП-ОВ of a system, test messages only.
    Trial,
    /// Authority believed.
    Anchor,
    /// Authority believed through an anchor.
    Intermediate,
    /// TLS of a listener or endpoint.
    Tls,
}

impl Role {
    /// For people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Role::Node | Role::FederalNode => "ЭП-СМЭВ",
            Role::System => "ЭП-ОВ",
            Role::Hosted => "ЭП-ОВ (hosted)",
            Role::Trial => "ЭП-ОВ (trial)",
            Role::Anchor => "anchor",
            Role::Intermediate => "intermediate",
            Role::Tls => "TLS",
        }
    }

    /// Does it say who made a message? Such a certificate stands for one owner only.
    pub(crate) fn speaks(self) -> bool {
        !matches!(self, Role::Anchor | Role::Intermediate | Role::Tls)
    }
}

/// How near an end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lamp {
    /// More than 60 days.
    Ok,
    /// Within 60 days.
    Soon,
    /// Within 30 days.
    Urgent,
    /// Within 7 days.
    Critical,
    /// It has ended.
    Expired,
    /// It has not begun.
    NotYet,
    /// Its dates are good, but something else stands against it, and its messages are refused.
    Refused,
}

impl Lamp {
    /// The lamp of a certificate at a moment.
    pub(crate) fn of(certificate: &Certificate, at: Timestamp) -> Lamp {
        match (certificate.validity_at(at), days_left(certificate, at)) {
            (Validity::Expired, _) => Lamp::Expired,
            (Validity::NotYetValid, _) => Lamp::NotYet,
            (Validity::Valid, ..CRITICAL_DAYS) => Lamp::Critical,
            (Validity::Valid, ..URGENT_DAYS) => Lamp::Urgent,
            (Validity::Valid, ..SOON_DAYS) => Lamp::Soon,
            (Validity::Valid, _) => Lamp::Ok,
        }
    }

    /// One word.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Lamp::Ok => "ok",
            Lamp::Soon => "soon",
            Lamp::Urgent => "urgent",
            Lamp::Critical => "critical",
            Lamp::Expired => "expired",
            Lamp::NotYet => "not yet",
            Lamp::Refused => "refused",
        }
    }
}

/// A certificate named in the registry.
#[derive(Debug)]
pub(crate) struct Registered {
    /// Mnemonic of the system, `node`, `federal node`, or what the file serves.
    pub(crate) owner: String,
    pub(crate) role: Role,
    /// Its file.
    pub(crate) file: String,
    /// TLS files may hold what pki does not read.
    pub(crate) certificate: Result<Certificate, pki::Error>,
}

/// One line of the board.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    pub(crate) owner: String,
    pub(crate) role: Role,
    pub(crate) lamp: Lamp,
    /// Whole days left; negative once it has ended.
    pub(crate) days_left: i64,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) subject: String,
    pub(crate) serial: String,
    pub(crate) fingerprint: String,
    /// `trusted`, or what stands against it.
    pub(crate) trust: String,
    /// Another certificate of the same owner and purpose is in force and ends later: this one may end in peace.
    pub(crate) has_successor: bool,
    /// So many certificates of the owner and purpose are in force at the moment.
    pub(crate) in_force: usize,
    pub(crate) file: String,
}

impl Line {
    /// Somebody has to act when it ends within so many days, or is refused already.
    fn alarms(&self, within_days: i64) -> bool {
        let over = self.lamp == Lamp::Refused || self.lamp != Lamp::NotYet && self.days_left < within_days;
        over && self.role != Role::Trial && !self.has_successor
    }
}

/// Every certificate of a registry, in the order of the files.
pub(crate) fn registered(registry: &Registry) -> Vec<Registered> {
    let mut found = vec![one("node", Role::Node, &registry.node().certificate)];
    for file in registry.federal().into_iter().flat_map(|federal| &federal.certificates) {
        found.push(one("federal node", Role::FederalNode, file));
    }
    for system in registry.systems() {
        let owner = system.mnemonic.as_str();
        let hosted = matches!(system.signature, Signing::Hosted { .. });
        for (at, file) in system.certificates.iter().enumerate() {
            // The bus signs with the first; the others only verify.
            found.push(one(owner, if hosted && at == 0 { Role::Hosted } else { Role::System }, file));
        }
        found.extend(system.trial_certificates.iter().map(|file| one(owner, Role::Trial, file)));
    }
    found.extend(registry.trust().anchors.iter().flat_map(|file| all("authority", Role::Anchor, file)));
    found.extend(registry.trust().intermediates.iter().flat_map(|file| all("authority", Role::Intermediate, file)));
    found.extend(tls(registry));
    found
}

/// Certificates of TLS: the first of each chain, and the authorities of peers.
fn tls(registry: &Registry) -> Vec<Registered> {
    let mut found = Vec::new();
    if let Some(own) = &registry.listen().tls {
        found.extend(all("listener", Role::Tls, &own.certificate).into_iter().take(1));
        found.extend(own.client_ca.iter().flat_map(|file| all("listener's clients", Role::Tls, file)));
    }
    let federal = registry.federal().and_then(|federal| federal.tls.as_ref()).map(|tls| ("federal node", tls));
    let routes = registry.routes().iter().filter_map(|route| Some((route.service.as_str(), route.tls.as_ref()?)));
    for (owner, tls) in federal.into_iter().chain(routes) {
        found.extend(all(owner, Role::Tls, &tls.ca));
        if let Some(client) = &tls.client {
            found.extend(all(owner, Role::Tls, &client.certificate).into_iter().take(1));
        }
    }
    // Many routes share one authority.
    let mut seen = std::collections::HashSet::new();
    found.retain(|one| seen.insert((one.file.clone(), one.certificate.as_ref().ok().map(|it| *it.fingerprint()))));
    found
}

fn one(owner: &str, role: Role, file: &FileRef) -> Registered {
    let certificate = Certificate::from_pem(&file.octets);
    Registered { owner: owner.to_owned(), role, file: file.path.display().to_string(), certificate }
}

/// Every certificate of a file that may hold several.
fn all(owner: &str, role: Role, file: &FileRef) -> Vec<Registered> {
    let parts = CertificateDer::pem_slice_iter(&file.octets).filter_map(Result::ok);
    let made = |der: CertificateDer<'_>| Registered {
        owner: owner.to_owned(),
        role,
        file: file.path.display().to_string(),
        certificate: Certificate::from_der(&der),
    };
    parts.map(made).collect()
}

/// The board of a registry at a moment: the nearest end first.
pub(crate) fn board(snapshot: &Snapshot, at: Timestamp) -> Vec<Line> {
    let registered = registered(snapshot.registry());
    let read: Vec<(&Registered, &Certificate)> =
        registered.iter().filter_map(|one| Some((one, one.certificate.as_ref().ok()?))).collect();
    let mut lines: Vec<Line> = read
        .iter()
        .map(|(one, certificate)| {
            let objection = if one.role.speaks() { judge(snapshot, certificate, at) } else { dates(certificate, at) };
            let in_force = read.iter().filter(|(other, theirs)| {
                other.owner == one.owner
                    && purpose(other.role) == purpose(one.role)
                    && judge_dates(theirs, at)
                    && !(other.role.speaks() && refused(other.role, judge(snapshot, theirs, at).as_ref()))
            });
            Line {
                owner: one.owner.clone(),
                role: one.role,
                lamp: if refused(one.role, objection.as_ref()) { Lamp::Refused } else { Lamp::of(certificate, at) },
                days_left: days_left(certificate, at),
                not_before: certificate.not_before(),
                not_after: certificate.not_after(),
                subject: certificate.subject().to_owned(),
                serial: certificate.serial_hex().to_owned(),
                fingerprint: certificate.fingerprint().to_string(),
                trust: objection.map_or("trusted", |objection| objection.label()).to_owned(),
                has_successor: one.role.speaks()
                    && in_force.clone().any(|(_, theirs)| theirs.not_after() > certificate.not_after()),
                in_force: in_force.count(),
                file: one.file.clone(),
            }
        })
        .collect();
    lines.sort_by(|one, other| {
        (one.not_after, &one.owner, &one.fingerprint).cmp(&(other.not_after, &other.owner, &other.fingerprint))
    });
    lines
}

/// The lines somebody has to act on: ended, ending within so many days, or refused, without a successor.
pub(crate) fn alarms(board: &[Line], within_days: i64) -> impl Iterator<Item = &Line> {
    board.iter().filter(move |line| line.alarms(within_days))
}

/// What stands against a registered certificate at a moment.
pub(crate) fn judge(snapshot: &Snapshot, certificate: &Certificate, at: Timestamp) -> Option<Objection> {
    snapshot.judge(certificate, at).objection.clone()
}

/// The subjects from a certificate up to the anchor, as far as a path was found.
pub(super) fn path(snapshot: &Snapshot, certificate: &Certificate, at: Timestamp) -> Vec<String> {
    snapshot.judge(certificate, at).path.iter().map(|step| step.subject().to_owned()).collect()
}

/// Does more than its dates stand against a certificate? Which authority is behind this node's own is for its neighbours to judge.
fn refused(role: Role, objection: Option<&Objection>) -> bool {
    match objection {
        None | Some(Objection::Expired { .. } | Objection::NotYetValid { .. }) => false,
        Some(Objection::Revoked { .. }) => true,
        Some(_) => role != Role::Node,
    }
}

fn dates(certificate: &Certificate, at: Timestamp) -> Option<Objection> {
    match certificate.validity_at(at) {
        Validity::Valid => None,
        Validity::Expired => Some(Objection::Expired { not_after: certificate.not_after() }),
        Validity::NotYetValid => Some(Objection::NotYetValid { not_before: certificate.not_before() }),
    }
}

fn judge_dates(certificate: &Certificate, at: Timestamp) -> bool {
    certificate.validity_at(at) == Validity::Valid
}

/// Certificates of one owner and purpose can follow each other; one on trial follows nobody.
fn purpose(role: Role) -> &'static str {
    match role {
        Role::System | Role::Hosted => Role::System.label(),
        other => other.label(),
    }
}

fn days_left(certificate: &Certificate, at: Timestamp) -> i64 {
    certificate.not_after().duration_since(at).as_hours().div_euclid(24)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use pki::Algorithm;
    use pki::test_ca::TestCa;

    use super::*;

    fn day(days: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap().checked_add(SignedDuration::from_hours(days * 24)).unwrap()
    }

    #[test]
    fn a_lamp_changes_on_its_day() {
        let (algorithm, from, to) = (Algorithm::EcdsaP256Sha256, day(0), day(100));
        let ca = TestCa::create("CA", algorithm, None, from, to, &[1; 64]).unwrap();
        for (days, lamp) in [
            (-1, Lamp::NotYet),
            (0, Lamp::Ok),
            (40, Lamp::Ok),
            (41, Lamp::Soon),
            (70, Lamp::Soon),
            (71, Lamp::Urgent),
            (93, Lamp::Urgent),
            (94, Lamp::Critical),
            (100, Lamp::Critical),
            (101, Lamp::Expired),
        ] {
            assert_eq!(Lamp::of(ca.certificate(), day(days)), lamp, "{days}");
        }
    }

    #[test]
    fn somebody_has_to_act_only_where_nothing_follows() {
        let line = Line {
            owner: "A".to_owned(),
            role: Role::System,
            lamp: Lamp::Urgent,
            days_left: 20,
            not_before: day(0),
            not_after: day(20),
            subject: String::new(),
            serial: String::new(),
            fingerprint: String::new(),
            trust: "trusted".to_owned(),
            has_successor: false,
            in_force: 1,
            file: String::new(),
        };
        for (line, within, expected) in [
            (line.clone(), 30, true),
            (line.clone(), 20, false),
            (Line { days_left: -3, lamp: Lamp::Expired, ..line.clone() }, 0, true),
            (Line { has_successor: true, ..line.clone() }, 30, false),
            (Line { role: Role::Trial, ..line.clone() }, 30, false),
            (Line { lamp: Lamp::Refused, days_left: 900, ..line.clone() }, 30, true),
            (Line { lamp: Lamp::NotYet, ..line }, 30, false),
        ] {
            assert_eq!(alarms(std::slice::from_ref(&line), within).count() == 1, expected, "{line:?} {within}");
        }
    }
}
