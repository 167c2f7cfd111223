//! `rsmev check`: everything that `serve` would load. Its problems are its data: they go to stdout.

use std::path::Path;

use domain::Registry;
use domain::registry::Problem;
use gateway::Snapshot;
use jiff::Timestamp;
use office::application::day_of;
use serde_json::{Value, json};

use crate::approvals;
use crate::command::access;
use crate::edge::{Disk, SystemTokens};
use crate::failure::{Failure, count};
use crate::status::Refused;
use crate::terminal::tame;
use crate::{edge, print, serve, status};

pub(crate) fn check(config: &Path, beside: Option<&Path>, as_json: bool) -> Result<(), Failure> {
    let registry = match serve::read(config, &Disk)? {
        Ok(registry) => registry,
        Err(problems) => return Err(tell_problems(&problems, as_json, "in the registry")),
    };
    if let Some(beside) = beside {
        serve::must_be_there(beside)?;
        let other = Registry::load(beside, &Disk)
            .map_err(|problems| tell_problems(&problems, as_json, "in the registry of the other contour"))?;
        let shared = registry.shared_with(&other);
        if !shared.is_empty() {
            return Err(tell_problems(&shared, as_json, "with what the two contours share"));
        }
    }
    if let Err(failure) = serve::stores::apart(&registry, &registry.journal().directory) {
        let text = failure.to_string();
        return Err(tell(&[(text.clone(), json!({ "what": text }))], as_json, "with the places of stores"));
    }
    let before = approvals::last_in_force_or_tell(&registry.journal().directory, config);
    if let Err(failure) = approvals::check(&registry, before.as_ref(), config, edge::now()) {
        let text = failure.to_string();
        return Err(tell(&[(text.clone(), json!({ "what": text }))], as_json, "with the approval of rights and keys"));
    }
    let lists = match serve::revocation::load(&registry) {
        Ok(lists) => lists,
        Err(failure) => {
            let text = failure.to_string();
            return Err(tell(&[(text.clone(), json!({ "what": text }))], as_json, "with revocation lists"));
        }
    };
    match Snapshot::build(registry, lists, &SystemTokens) {
        Ok(snapshot) => {
            let now = edge::now();
            let refused = status::refused(&snapshot, now);
            remark_lists(&snapshot, now);
            for refused in &refused {
                print::talk(&format!(
                    "remark: messages of {} are refused: {}",
                    tame(&refused.owners()),
                    tame(&refused.why)
                ));
            }
            for told in access::remarks(config, snapshot.registry(), day_of(now)) {
                print::talk(&format!("remark: {told}"));
            }
            good(config, snapshot.registry(), &refused, as_json)
        }
        Err(problems) => {
            let told = problems.iter().map(ToString::to_string);
            let told: Vec<_> = told.map(|text| (text.clone(), json!({ "what": text }))).collect();
            Err(tell(&told, as_json, "with certificates and keys"))
        }
    }
}

fn tell_problems(problems: &[Problem], as_json: bool, of_what: &str) -> Failure {
    let told: Vec<_> = problems.iter().map(|problem| (problem.to_string(), json!(problem))).collect();
    tell(&told, as_json, of_what)
}

/// Every problem, as text and as JSON.
fn tell(problems: &[(String, Value)], as_json: bool, of_what: &str) -> Failure {
    let printed = if as_json {
        let problems: Vec<&Value> = problems.iter().map(|(_, value)| value).collect();
        print::json(&json!({ "ok": false, "problems": problems }))
    } else {
        problems.iter().try_for_each(|(text, _)| print::line(text))
    };
    match printed {
        Ok(()) => Failure::no(format!("{} {of_what}", count(problems.len()))),
        Err(failure) => failure,
    }
}

fn good(config: &Path, registry: &Registry, refused: &[Refused], as_json: bool) -> Result<(), Failure> {
    for remark in registry.remarks() {
        print::talk(&format!("remark: {remark}"));
    }
    if as_json {
        return print::json(&json!({
            "ok": true, "registry": registry.digest(), "files": registry.files(),
            "participants": registry.participants().len(), "systems": registry.systems().len(),
            "services": registry.services().len(), "routes": registry.routes().len(),
            "access_rows": registry.access_rows().len(), "remarks": registry.remarks(), "certificates_refused": refused,
        }));
    }
    print::line(&format!(
        "{}: good: {} participants, {} systems, {} services, {} routes, {} access rows; registry {}",
        config.display(),
        registry.participants().len(),
        registry.systems().len(),
        registry.services().len(),
        registry.routes().len(),
        registry.access_rows().len(),
        registry.digest(),
    ))
}

/// Revocation lists that would refuse messages, or miss what they should.
fn remark_lists(snapshot: &Snapshot, now: Timestamp) {
    for list in
        status::revocation_lists(snapshot, now).iter().filter(|list| list.hours_left.is_some_and(|left| left < 0))
    {
        print::talk(&format!(
            "remark: the revocation list of {} is too old: messages of its systems are refused with SMEV-100020",
            list.issuer
        ));
    }
    for issuer in status::authorities_without_list(snapshot, now) {
        print::talk(&format!("remark: there is no revocation list of {issuer}: what it takes back is not noticed"));
    }
}
