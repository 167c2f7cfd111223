//! `rsmev cert rotate`: a certificate is changed without losing a message. First the rehearsal, with the new certificate on
//! trial and nobody else's messages touched; then the switch; then one more control example, and the way back when it fails.
//!
//! The bus must run: what is tried is the bus at work. At any moment at which this ends early the registry on disk loads,
//! and the record beside it knows the way back.

use std::path::{Path, PathBuf};

use domain::Registry;
use domain::registry::{Service, System};
use gateway::Snapshot;
use pki::{Certificate, Identity};
use serde_json::json;

use super::back::{clear_away, roll_back, tell_key_stays};
use super::change::Subject;
use super::pair::{checked, is_on_token, place_certificate};
use super::place::{Spot, beside, stem};
use super::record::{Kept, Named, Step};
use super::rehearsal::{self, Courier, Outcome, Speaker, Tried};
use super::usage::{self, Part, Use};
use super::{Rotate, bus};
use crate::command::key;
use crate::failure::Failure;
use crate::registry_edit::{Held, Placed, SECRET};
use crate::{edge, names, print, serve};

pub(super) fn run(words: &Rotate) -> Result<(), Failure> {
    let config = &words.places.config.config;
    let held = Held::hold(config)?;
    if words.rollback {
        return roll_back(&held, &words.subject);
    }
    let (Some(certificate), Some(key)) = (&words.certificate, &words.key) else {
        return Err(Failure::usage("--certificate and --key are needed"));
    };
    clear_away(&held, &words.subject)?;
    let snapshot = serve::load(config)?;
    let subject = Subject::find(&snapshot, &words.subject)?;
    for sid in &words.skip {
        names::versions(snapshot.registry(), sid)?;
    }
    bus::must_have(config, snapshot.registry())?;
    let identity = checked(&held, &snapshot, subject, (certificate, key), words.key_passphrase_file.as_deref())?;
    let rotation = Rotation {
        words,
        held: &held,
        snapshot: &snapshot,
        subject,
        identity: &identity,
        courier: Courier::new(snapshot.registry(), snapshot.algorithms(), &words.reach)?,
    };
    rotation.go()
}

/// One rotation under way.
struct Rotation<'r> {
    words: &'r Rotate,
    held: &'r Held,
    snapshot: &'r Snapshot,
    subject: Subject<'r>,
    identity: &'r Identity,
    courier: Courier,
}

/// What a rotation came to.
#[derive(Default)]
struct Report {
    tried: Vec<Tried>,
    afterwards: Vec<Tried>,
    switched: bool,
    rolled_back: bool,
    failure: Option<String>,
}

impl<'r> Rotation<'r> {
    fn go(&self) -> Result<(), Failure> {
        let uses = self.uses();
        if !self.words.json {
            self.show_uses(&uses)?;
        }
        let mut report = Report::default();
        let outcome = self.rehearse_and_switch(&uses, &mut report);
        if let Err(failure) = &outcome {
            report.failure = Some(failure.to_string());
        }
        self.tell(&report)?;
        outcome
    }

    fn rehearse_and_switch(&self, uses: &[Use<'r>], report: &mut Report) -> Result<(), Failure> {
        if self.in_force() {
            report.tried = self.try_all(uses, self.snapshot.node().certificate());
            report.switched = true;
            print::talk("the certificate is in force already");
            return all_good(&report.tried);
        }
        self.tell_unguarded()?;
        report.tried = match self.subject {
            // Nothing can be signed with a node's new key before it is the node's key: what works now is noted.
            Subject::Node => self.try_all(uses, self.snapshot.node().certificate()),
            Subject::Own(_) | Subject::Hosted(_) => self.rehearse(uses)?,
        };
        if !matches!(self.subject, Subject::Node) {
            all_good(&report.tried)?;
        }
        if self.words.dry_run {
            return Ok(());
        }
        self.switch(uses, report)
    }

    /// Is it in force already, of an earlier call?
    fn in_force(&self) -> bool {
        let certificate = self.identity.certificate();
        let first = |system: &System| system.certificates.first().cloned();
        let is_it =
            |file: &domain::registry::FileRef| Certificate::from_pem(&file.octets).ok().as_ref() == Some(certificate);
        match self.subject {
            Subject::Node => self.snapshot.node().certificate() == certificate,
            Subject::Own(system) => system.certificates.iter().any(is_it),
            Subject::Hosted(system) => first(system).as_ref().is_some_and(is_it),
        }
    }

    /// On trial, every control example, off trial: the registry is afterwards what it was.
    fn rehearse(&self, uses: &[Use<'r>]) -> Result<Vec<Tried>, Failure> {
        let (named, placed) = place_certificate(self.held, self.subject, self.identity.certificate())?;
        let config = self.held.config();
        let kept = self.begin(Step::Rehearsal, &named)?;
        let tried = self
            .subject
            .on_trial(self.held, &named.certificate)
            .and_then(|on_trial| bus::reload(config, on_trial.registry()))
            .map(|()| self.try_all(uses, self.snapshot.node().certificate()));
        let off_trial = self.subject.off_trial(self.held, &named.certificate)?;
        bus::reload(config, off_trial.registry())?;
        kept.forget()?;
        placed.take_away();
        tried
    }

    /// New certificate (and key) in force; what worked before must work now, or all goes back.
    fn switch(&self, uses: &[Use<'r>], report: &mut Report) -> Result<(), Failure> {
        let (mut named, _) = place_certificate(self.held, self.subject, self.identity.certificate())?;
        if self.subject.has_key() {
            self.place_key(&mut named)?;
        }
        let draft = self.subject.switched(self.held, &named)?;
        draft.load()?;
        let mut kept = self.begin(Step::Switch, &named)?;
        let config = self.held.config();
        let tried = draft
            .commit()
            .and_then(|after| bus::reload(config, after.registry()))
            .and_then(|()| self.try_again(uses, &report.tried));
        let failure = match tried {
            Ok(tried) => {
                report.afterwards = tried;
                match all_good(&report.afterwards) {
                    Ok(()) => {
                        report.switched = true;
                        return Ok(());
                    }
                    Err(failure) => failure,
                }
            }
            Err(failure) => failure,
        };
        print::talk(&format!("{failure}\nrolling back"));
        let before = self.subject.back(self.held, &kept.record)?;
        kept.step(Step::RolledBack)?;
        tell_key_stays(self.held, &kept.record);
        bus::reload(config, before.registry())?;
        report.rolled_back = true;
        Err(failure.hint("everything is as it was before; mend the cause and give the command again"))
    }

    /// After the switch: for a system one example that passed in the rehearsal; for the node every example that passed
    /// before, or its own signature on a fault when there is none.
    fn try_again(&self, uses: &[Use<'r>], before: &[Tried]) -> Result<Vec<Tried>, Failure> {
        let passed = |one: &Use<'_>| {
            before.iter().any(|tried| {
                tried.outcome == Outcome::Passed
                    && tried.service == one.service.sid.as_str()
                    && tried.version == one.service.version.as_str()
            })
        };
        let (node, most) = match self.subject {
            Subject::Node => (self.identity.certificate(), usize::MAX),
            Subject::Own(_) | Subject::Hosted(_) => (self.snapshot.node().certificate(), 1),
        };
        let again: Vec<_> = self
            .speakers()
            .into_iter()
            .flat_map(|speaker| {
                let fitting = move |one: &&Use<'r>| one.system == speaker.system.mnemonic.as_str();
                uses.iter().filter(fitting).filter(|one| passed(one)).map(move |one| (speaker, one.service))
            })
            .take(most)
            .collect();
        if let (Subject::Node, [], Some(service)) =
            (self.subject, &again[..], self.snapshot.registry().services().first())
        {
            self.courier
                .probe(service, node)
                .map_err(|why| Failure::no(format!("the bus does not sign with the new certificate: {why}")))?;
        }
        Ok(again.into_iter().map(|(speaker, service)| self.courier.try_service(speaker, service, node)).collect())
    }

    fn try_all(&self, uses: &[Use<'r>], node: &Certificate) -> Vec<Tried> {
        let mut tried = Vec::new();
        for speaker in self.speakers() {
            let asked = uses.iter().filter(|one| one.part == Part::Consumer);
            for one in asked.filter(|one| one.system == speaker.system.mnemonic.as_str()) {
                if self.is_skipped(one.service) {
                    continue;
                }
                tried.push(self.courier.try_service(speaker, one.service, node));
            }
        }
        tried
    }

    fn is_skipped(&self, service: &Service) -> bool {
        self.words.skip.iter().any(|sid| sid == service.sid.as_str())
    }

    /// Who can speak: the system with its new key; for the node the systems whose keys it holds.
    fn speakers(&self) -> Vec<Speaker<'_>> {
        match self.subject {
            Subject::Own(system) | Subject::Hosted(system) => vec![Speaker { system, identity: self.identity }],
            Subject::Node => {
                let systems = self.snapshot.registry().systems().iter();
                systems
                    .filter_map(|system| Some(Speaker { system, identity: self.snapshot.hosted(&system.mnemonic)? }))
                    .collect()
            }
        }
    }

    /// The services concerned: those of the system; for the node those of the systems it signs for.
    fn uses(&self) -> Vec<Use<'r>> {
        let registry: &'r Registry = self.snapshot.registry();
        let journal = self.words.places.data.clone().unwrap_or_else(|| registry.journal().directory.clone());
        let of = |system: &'r System| usage::of(registry, system, &journal, edge::now());
        match self.subject {
            Subject::Own(system) | Subject::Hosted(system) => of(system),
            Subject::Node => {
                let hosted =
                    registry.systems().iter().filter(|system| self.snapshot.hosted(&system.mnemonic).is_some());
                hosted.flat_map(of).filter(|one| one.part == Part::Consumer).collect()
            }
        }
    }

    /// An encrypted key followed by an open one is said before anything is tried: the registry will not show it any more.
    fn tell_unguarded(&self) -> Result<(), Failure> {
        let open = self.words.key_passphrase_file.is_none() && !self.words.key.as_deref().is_some_and(is_on_token);
        if !open || !self.subject.has_key() {
            return Ok(());
        }
        if let Some(file) = self.subject.now(self.held)?.key_passphrase_file {
            print::talk(&format!(
                "warning: the key of {} is encrypted, the new one is not: it will lie open on the disk, and key_passphrase_file \
                 ({file}) goes out of the registry. `rsmev key encrypt … --out FILE` makes an encrypted one for --key",
                self.subject.name()
            ));
        }
        Ok(())
    }

    /// The key's file likewise, for its owner only. The passphrase stays where it is.
    fn place_key(&self, named: &mut Named) -> Result<(), Failure> {
        let (Some(given), now) = (&self.words.key, self.subject.now(self.held)?) else {
            return Err(Failure::usage("--key is needed"));
        };
        if is_on_token(given) {
            named.key = Some(given.clone());
            return Ok(());
        }
        // A key on a token has no file to lie beside.
        let in_force = now.key.filter(|key| !is_on_token(key));
        let beside_file = in_force.as_deref().unwrap_or(&now.certificate);
        let name = format!("{}.key.pem", self.stem());
        let spot = beside(self.held.root(), &self.subject.holder(self.held), beside_file, &name);
        let placed = Placed::put(spot.path.clone(), &key::read(Path::new(given))?, SECRET)
            .map_err(|failure| left_before(failure, &spot, in_force.as_deref(), given))?;
        print::talk(&format!("the key was copied to {}; keep no other copy", placed.path().display()));
        named.key = Some(spot.written);
        named.key_passphrase_file = match &self.words.key_passphrase_file {
            None => None,
            Some(file) => Some(absolute(file)?.to_string_lossy().into_owned()),
        };
        Ok(())
    }

    fn stem(&self) -> String {
        stem(self.subject.name(), self.identity.certificate())
    }

    fn begin(&self, step: Step, named: &Named) -> Result<Kept, Failure> {
        let change = (
            self.subject.holder(self.held),
            self.identity.certificate().fingerprint().to_string(),
            named.clone(),
            self.subject.now(self.held)?,
        );
        Kept::begin(self.held.root(), self.subject.name(), edge::now(), step, change)
    }

    fn show_uses(&self, uses: &[Use<'_>]) -> Result<(), Failure> {
        if let Subject::Node = self.subject {
            print::talk(
                "remark: the federal node and every provider that checks ЭП-СМЭВ must know the new certificate before the switch",
            );
        }
        for one in uses {
            let part = if one.part == Part::Consumer { "asks" } else { "gives" };
            let last =
                one.last.map_or_else(|| "not in 90 days".to_owned(), |at| at.strftime("%Y-%m-%d %H:%MZ").to_string());
            print::line(&format!(
                "{part:<5}  {:<9}  {:<10} {:<6}  last seen: {last}",
                one.system, one.service.sid, one.service.version
            ))?;
        }
        Ok(())
    }

    fn tell(&self, report: &Report) -> Result<(), Failure> {
        let name = self.subject.name();
        if self.words.json {
            return print::json(&json!({
                "subject": name, "fingerprint": self.identity.certificate().fingerprint().to_string(),
                "dry_run": self.words.dry_run, "tried": report.tried, "afterwards": report.afterwards,
                "switched": report.switched, "rolled_back": report.rolled_back, "failure": report.failure,
            }));
        }
        rehearsal::show(&report.tried)?;
        if !report.afterwards.is_empty() {
            print::line("after the switch:")?;
            rehearsal::show(&report.afterwards)?;
        }
        if report.failure.is_some() {
            return Ok(());
        }
        print::line(&match (self.words.dry_run, self.subject) {
            (true, _) => format!("{name}: rehearsed; the registry is what it was"),
            (false, Subject::Node) => "node: switched; the bus signs with the new certificate".to_owned(),
            (false, Subject::Hosted(_)) => format!("{name}: switched; the bus signs for it with the new certificate"),
            (false, Subject::Own(_)) => {
                format!(
                    "{name}: both certificates are in force; when the system has changed over, `rsmev cert retire` the old one"
                )
            }
        })?;
        if !self.words.dry_run {
            print::talk(&format!("the way back: rsmev cert rotate {name} --rollback"));
        }
        Ok(())
    }
}

/// No try failed; those that could not be made are told in the table.
fn all_good(tried: &[Tried]) -> Result<(), Failure> {
    match tried.iter().filter(|one| one.outcome == Outcome::Failed).count() {
        0 => Ok(()),
        failed => Err(Failure::no(format!("{failed} of {} control examples failed", tried.len()))
            .hint("mend the cause; `--skip SID` leaves out a service whose provider is down")),
    }
}

/// Where the key is to go lies another file: of an earlier rotation, most likely the same key encrypted otherwise.
fn left_before(failure: Failure, spot: &Spot, in_force: Option<&str>, given: &str) -> Failure {
    let path = spot.path.display();
    if std::fs::read(&spot.path).is_err() {
        return failure; // Not that it is there, something else is wrong.
    }
    if in_force == Some(spot.written.as_str()) {
        return failure.hint("the registry names it as the key in force: leave it; `rsmev key show` tells what it is");
    }
    failure.hint(format!(
        "an earlier rotation left it: name it as --key, or, when {given} is the same key (`rsmev key show`), remove it \
         (rm {path}) and give the command again"
    ))
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| Failure::system(&format!("find {}", path.display()), error))
}
