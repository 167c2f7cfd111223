//! `rsmev access consent|approve|refuse|revoke|withdraw|expire`: what each verb asks of a case.

use std::collections::BTreeSet;

use domain::registry::{Registry, Side};
use domain::{Mnemonic, Sid};
use office::application::{Case, Event, Number, Refusal, Row, State, Step, Unbacked};

use super::desk::{Desk, refused};
use super::hand::{self, signed};
use super::shelf::discrepancy;
use super::tell;
use crate::amend;
use crate::failure::Failure;
use crate::language::said;

pub(super) fn consent(number: Number, hand: &hand::Signing, words: &amend::Words) -> Result<(), Failure> {
    let desk = Desk::open(words)?;
    let case = desk.shelf.case(number)?;
    let Step::Consent(step) = case.step(desk.today) else {
        return Err(not_now(&desk, case, "consent"));
    };
    still_fits(&desk, case)?;
    let identity = hand.identity(desk.amend.snapshot(), &desk.shelf.officers, desk.now)?;
    let after = desk.appended(case, &signed(step.consent(&desk.by, desk.now), Some(&identity))?)?;
    desk.conclude(
        "access consent",
        &after,
        &said(
            || format!("{number}: владелец согласен; теперь решает оператор"),
            || format!("{number}: the owner agrees; the operator decides now"),
        ),
    )
}

pub(super) fn approve(number: Number, hand: &hand::Signing, words: &amend::Words) -> Result<(), Failure> {
    let desk = Desk::open(words)?;
    let case = desk.shelf.case(number)?;
    if case.row() == Row::Due {
        return desk.complete("access approve", case);
    }
    let step = match case.step(desk.today) {
        Step::Decision(step) => step,
        Step::Consent(_) => {
            let owner = case.application().consent_of.as_ref().map(ToString::to_string).unwrap_or_default();
            return Err(refused(number, &Refusal::NoConsent { owner }));
        }
        Step::Granted(_) | Step::Over(_) => return Err(not_now(&desk, case, "grant")),
    };
    still_fits(&desk, case)?;
    let identity = hand.identity(desk.amend.snapshot(), &desk.shelf.officers, desk.now)?;
    let draft = step.grant(&desk.by, desk.now, desk.persons());
    let after = desk.appended(case, &signed(draft, Some(&identity))?)?;
    if after.row() == Row::Due {
        return desk.carry_out("access approve", &after);
    }
    desk.conclude(
        "access approve",
        &after,
        &said(
            || format!("{number}: одна из двух подписей; завершит другое должностное лицо"),
            || format!("{number}: one of two approvals; another officer completes it"),
        ),
    )
}

pub(super) fn refuse(number: Number, hand: &hand::Signing, words: &amend::Words) -> Result<(), Failure> {
    let desk = Desk::open(words)?;
    let (case, reason) = (desk.shelf.case(number)?, desk.reason()?);
    let draft = match case.step(desk.today) {
        Step::Consent(step) => step.refuse(&desk.by, desk.now, reason),
        Step::Decision(step) => step.refuse(&desk.by, desk.now, reason),
        Step::Granted(_) => {
            return Err(not_now(&desk, case, "refusal")
                .hint(format!("a granted right is revoked: `rsmev access revoke {number}`")));
        }
        Step::Over(_) => return Err(not_now(&desk, case, "refusal")),
    };
    let identity = hand.identity(desk.amend.snapshot(), &desk.shelf.officers, desk.now)?;
    let after = desk.appended(case, &signed(draft, Some(&identity))?)?;
    desk.conclude("access refuse", &after, &said(|| format!("{number}: отказано"), || format!("{number}: refused")))
}

pub(super) fn revoke(which: &[String], hand: &hand::Signing, words: &amend::Words) -> Result<(), Failure> {
    let desk = Desk::open(words)?;
    let number = meant(&desk, which)?;
    if desk.shelf.has_stray(desk.amend.registry(), number) {
        return desk.clear("access revoke", number);
    }
    let case = desk.shelf.case(number)?;
    if case.row() == Row::Leaving {
        return desk.complete("access revoke", case);
    }
    let reason = desk.reason()?;
    let Step::Granted(step) = case.step(desk.today) else {
        return Err(not_now(&desk, case, "revoke"));
    };
    let identity = hand.identity(desk.amend.snapshot(), &desk.shelf.officers, desk.now)?;
    let draft = step.revoke(&desk.by, desk.now, reason, desk.persons());
    let after = desk.appended(case, &signed(draft, Some(&identity))?)?;
    if after.row() == Row::Leaving {
        return desk.carry_out("access revoke", &after);
    }
    let told = said(
        || format!("{number}: одна из двух подписей; доступ остаётся, пока его не отзовёт и второе должностное лицо"),
        || format!("{number}: one of two signatures; the right stays until another officer revokes it too"),
    );
    desk.conclude("access revoke", &after, &told)
}

pub(super) fn withdraw(number: Number, words: &amend::Words) -> Result<(), Failure> {
    let desk = Desk::open(words)?;
    let (case, reason) = (desk.shelf.case(number)?, desk.reason()?);
    let draft = match case.step(desk.today) {
        Step::Consent(step) => step.withdraw(&desk.by, desk.now, reason),
        Step::Decision(step) => step.withdraw(&desk.by, desk.now, reason),
        Step::Granted(_) | Step::Over(_) => return Err(not_now(&desk, case, "withdrawal")),
    };
    let after = desk.appended(case, &draft.unsigned())?;
    desk.conclude(
        "access withdraw",
        &after,
        &said(|| format!("{number}: отозвана заявителем"), || format!("{number}: withdrawn")),
    )
}

pub(super) fn expire(number: Number, words: &amend::Words) -> Result<(), Failure> {
    let desk = Desk::open(words)?;
    if desk.shelf.has_stray(desk.amend.registry(), number) {
        return desk.clear("access expire", number);
    }
    let case = desk.shelf.case(number)?;
    if case.row() == Row::Leaving {
        return desk.complete("access expire", case);
    }
    let after = desk.appended(case, &case.expire(&desk.by, desk.now).unsigned())?;
    if after.row() == Row::Leaving {
        return desk.carry_out("access expire", &after);
    }
    desk.conclude(
        "access expire",
        &after,
        &said(|| format!("{number}: срок истёк"), || format!("{number}: its last day is over")),
    )
}

/// Where a case stands does not allow it; what was left undone is told with it.
fn not_now(desk: &Desk<'_>, case: &Case, event: &'static str) -> Failure {
    let state = case.state_on(desk.today).label();
    let failure = refused(case.number(), &Refusal::NotNow { event, state });
    match discrepancy(case, desk.amend.registry(), desk.today) {
        Some((_, told)) => failure.hint(told),
        None => failure,
    }
}

/// The registry may have changed since the application was made.
fn still_fits(desk: &Desk<'_>, case: &Case) -> Result<(), Failure> {
    let (asked, registry) = (case.application(), desk.amend.registry());
    asked.check(registry, desk.today).map_err(|unfit| tell::unfit(&unfit, asked, registry))?;
    // What the file says of the participant may be a stranger's word: the registry decides.
    let system = registry.system(&asked.consumer);
    let signer = case.history().first().and_then(|first| first.officer.as_ref());
    if let Some(Side::Owner(code)) = signer.map(|officer| &officer.side)
        && system.is_none_or(|system| system.participant != *code)
    {
        let number = case.number();
        return Err(Failure::no(format!(
            "{number}: an officer of {code} applied, and {} is not its system",
            asked.consumer
        ))
        .hint(format!("withdraw it (`rsmev access withdraw {number}`) and apply again")));
    }
    match asked.consent_needed(registry) {
        Some(owner) if asked.consent_of.as_ref() != Some(&owner) => {
            let number = case.number();
            Err(Failure::no(format!("{number}: {} needs the consent of {owner} now", asked.service))
                .hint(format!("withdraw it (`rsmev access withdraw {number}`) and apply again")))
        }
        _ => Ok(()),
    }
}

/// The application that is meant, by its number or by a consumer and a service.
fn meant(desk: &Desk<'_>, which: &[String]) -> Result<Number, Failure> {
    let (consumer, service) = match which {
        [number] => {
            return number.parse::<Number>().map_err(|error| {
                Failure::usage(error.to_string()).hint("name the application, or the consumer and the service")
            });
        }
        [consumer, service] => (consumer, service),
        _ => return Err(Failure::usage("name the application, or the consumer and the service")),
    };
    let registry = desk.amend.registry();
    let (consumer, service) = (tell::consumer(consumer, registry)?, tell::service(service, registry)?);
    let asks = |case: &&Case| case.application().consumer == consumer && case.application().service == service;
    let in_force = |case: &&Case| case.state_on(desk.today) == State::Granted || case.row() == Row::Leaving;
    let mut found: BTreeSet<Number> = desk.shelf.cases().filter(asks).filter(in_force).map(Case::number).collect();
    let rows = registry.access_rows().iter().filter(|row| row.consumer == consumer && row.service == service);
    let strays = rows.filter_map(|row| desk.shelf.unbacked(row, desk.today)).filter(Unbacked::is_stray);
    found.extend(strays.map(|stray| stray.number));
    match (found.first(), found.len()) {
        (Some(one), 1) => Ok(*one),
        (None, _) => Err(none(registry, &consumer, &service)),
        (Some(_), _) => {
            let numbers: Vec<String> = found.iter().map(Number::to_string).collect();
            Err(Failure::usage(format!("{consumer} has several rights to {service}: {}", numbers.join(", ")))
                .hint("name the application"))
        }
    }
}

fn none(registry: &Registry, consumer: &Mnemonic, service: &Sid) -> Failure {
    let failure = Failure::no(format!("no granted application gives {consumer} a right to {service}"));
    let mut rows = registry.access_rows().iter();
    match rows.find(|row| row.consumer == *consumer && row.service == *service) {
        Some(row) => failure.hint(format!(
            "the row {} was given without an application: take it out by hand, then `rsmev reload`",
            row.place
        )),
        None => failure.hint("`rsmev access list --state granted` names them"),
    }
}

/// Is it an event that somebody decided, not a note of the machine?
pub(super) fn is_decision(event: &Event) -> bool {
    !matches!(event, Event::Entered { .. } | Event::Removed { .. })
}
