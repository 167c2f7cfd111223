//! Needs held against rights and traffic: what is needed and not granted, granted and not used, used and failing.

use domain::Registry;
use domain::registry::{AccessRow, System};
use jiff::civil::Date;
use serde::Serialize;

use super::Card;
use crate::traffic::{Health, Use};

/// A card with how it stands.
#[derive(Debug, Serialize)]
pub struct Linked<'c> {
    /// The card.
    #[serde(flatten)]
    pub card: &'c Card,
    /// Systems of the consumer.
    pub systems: Vec<String>,
    /// Exchanges of these systems with the service that passed, in the time looked at.
    pub used: u64,
    /// The service's exchanges of late, of whatever consumer.
    pub health: Health,
    /// How it stands.
    pub standing: Standing,
}

/// How a need stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A draft, or superseded: nothing is asked of it.
    NotInForce,
    /// No service gives the information yet.
    NoService,
    /// No system of the consumer has a right in force.
    NotGranted,
    /// A right is in force, and nobody used it.
    NeverUsed,
    /// It is used, and more of the service's exchanges failed than may.
    Failing,
    /// It is used.
    Served,
}

/// How each card stands on that day; a service fails when more than so many percent of its exchanges did.
pub fn link<'c>(cards: &'c [Card], registry: &Registry, seen: &Use, day: Date, percent: u64) -> Vec<Linked<'c>> {
    cards.iter().map(|card| linked(card, registry, seen, day, percent)).collect()
}

fn linked<'c>(card: &'c Card, registry: &Registry, seen: &Use, day: Date, percent: u64) -> Linked<'c> {
    let systems: Vec<&System> = registry.systems().iter().filter(|system| speaks_for(system, &card.consumer)).collect();
    let granted = registry.access_rows().iter().any(|row| {
        row.service.as_str() == card.service
            && in_force(row, day)
            && systems.iter().any(|system| system.mnemonic == row.consumer)
    });
    let used = systems
        .iter()
        .flat_map(|system| seen.of(system.mnemonic.as_str(), &card.service))
        .fold(0_u64, |sum, (_, used)| sum.saturating_add(used.count));
    let health = seen.health.get(&card.service).copied().unwrap_or_default();
    let too_many = health.failed.saturating_mul(100) > health.passed.saturating_mul(percent);
    let standing = match () {
        () if !card.status.in_force() => Standing::NotInForce,
        () if card.service.is_empty() => Standing::NoService,
        () if !granted => Standing::NotGranted,
        () if used == 0 => Standing::NeverUsed,
        () if too_many => Standing::Failing,
        () => Standing::Served,
    };
    let systems = systems.into_iter().map(|system| system.mnemonic.to_string()).collect();
    Linked { card, systems, used, health, standing }
}

/// Is it the system, or one through which the participant asks?
fn speaks_for(system: &System, consumer: &str) -> bool {
    system.mnemonic.as_str() == consumer
        || system.participant.as_str() == consumer
        || system.agencies.iter().any(|agency| agency.as_str() == consumer)
}

/// Is the right in force on that day?
pub(crate) fn in_force(row: &AccessRow, day: Date) -> bool {
    row.from.is_none_or(|from| from <= day) && row.until.is_none_or(|until| day <= until)
}
