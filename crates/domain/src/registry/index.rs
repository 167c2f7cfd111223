//! Look-up by name, so that a question costs the same in a large region as in a small one.

use std::collections::HashMap;

use super::rows::{AccessRow, Route, Service, System};
use crate::names::{Mnemonic, Sid};

/// Positions of the rows, in file order.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) systems: HashMap<Mnemonic, usize>,
    services: HashMap<Sid, Vec<usize>>,
    routes: HashMap<Sid, Vec<usize>>,
    access: HashMap<(Mnemonic, Sid), Vec<usize>>,
}

impl Index {
    pub(super) fn new(systems: &[System], services: &[Service], routes: &[Route], access: &[AccessRow]) -> Self {
        Self {
            systems: systems.iter().enumerate().map(|(at, system)| (system.mnemonic.clone(), at)).collect(),
            services: grouped(services.iter().map(|service| service.sid.clone())),
            routes: grouped(routes.iter().map(|route| route.service.clone())),
            access: grouped(access.iter().map(|row| (row.consumer.clone(), row.service.clone()))),
        }
    }

    pub(super) fn services(&self, sid: &Sid) -> &[usize] {
        self.services.get(sid).map_or(&[], Vec::as_slice)
    }

    pub(super) fn routes(&self, sid: &Sid) -> &[usize] {
        self.routes.get(sid).map_or(&[], Vec::as_slice)
    }

    pub(super) fn access(&self, consumer: &Mnemonic, sid: &Sid) -> &[usize] {
        self.access.get(&(consumer.clone(), sid.clone())).map_or(&[], Vec::as_slice)
    }
}

fn grouped<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, Vec<usize>> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (at, key) in keys.enumerate() {
        groups.entry(key).or_default().push(at);
    }
    groups
}
