//! Look-up by name, so that a question costs the same in a large region as in a small one.

use std::collections::HashMap;

use super::rows::{AccessRow, Participant, Route, Service, System};
use crate::names::{Mnemonic, ParticipantCode, Sid};

/// Positions of the rows, in file order.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) participants: HashMap<ParticipantCode, usize>,
    pub(super) systems: HashMap<Mnemonic, usize>,
    services: HashMap<Sid, Vec<usize>>,
    routes: HashMap<Sid, Vec<usize>>,
    access: HashMap<Mnemonic, HashMap<Sid, Vec<usize>>>,
}

impl Index {
    pub(super) fn new(
        participants: &[Participant],
        systems: &[System],
        services: &[Service],
        routes: &[Route],
        access: &[AccessRow],
    ) -> Self {
        let mut rows: HashMap<Mnemonic, HashMap<Sid, Vec<usize>>> = HashMap::new();
        for (at, row) in access.iter().enumerate() {
            rows.entry(row.consumer.clone()).or_default().entry(row.service.clone()).or_default().push(at);
        }
        Self {
            participants: participants
                .iter()
                .enumerate()
                .map(|(at, participant)| (participant.code.clone(), at))
                .collect(),
            systems: systems.iter().enumerate().map(|(at, system)| (system.mnemonic.clone(), at)).collect(),
            services: grouped(services.iter().map(|service| service.sid.clone())),
            routes: grouped(routes.iter().map(|route| route.service.clone())),
            access: rows,
        }
    }

    pub(super) fn services(&self, sid: &Sid) -> &[usize] {
        self.services.get(sid).map_or(&[], Vec::as_slice)
    }

    pub(super) fn routes(&self, sid: &Sid) -> &[usize] {
        self.routes.get(sid).map_or(&[], Vec::as_slice)
    }

    /// Asked with borrowed names: a decision allocates nothing to find its rows.
    pub(super) fn access(&self, consumer: &Mnemonic, sid: &Sid) -> &[usize] {
        self.access.get(consumer).and_then(|services| services.get(sid)).map_or(&[], Vec::as_slice)
    }
}

fn grouped<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, Vec<usize>> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (at, key) in keys.enumerate() {
        groups.entry(key).or_default().push(at);
    }
    groups
}
