//! The revocation lists at hand.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::RevocationList;

/// Revocation lists by issuer. Cheap to clone; the default has none.
#[derive(Debug, Clone, Default)]
pub struct RevocationLists {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Sorted: those of one issuer and key together, the newest of them first.
    lists: Vec<RevocationList>,
    by_issuer: HashMap<Box<[u8]>, Vec<usize>>,
}

impl RevocationLists {
    /// Takes lists in any order; one that stands twice counts once.
    ///
    /// Older lists are kept: the newest may be forged or of the future, and whose key made it is known only when a
    /// certificate is judged.
    pub fn new(mut lists: Vec<RevocationList>) -> Self {
        lists.sort_by(|a, b| {
            let newest_first = || age(b).cmp(&age(a)).then_with(|| a.fingerprint().cmp(b.fingerprint()));
            group(a).cmp(&group(b)).then_with(newest_first)
        });
        lists.dedup_by_key(|list| *list.fingerprint());
        let mut by_issuer: HashMap<Box<[u8]>, Vec<usize>> = HashMap::new();
        for (index, list) in lists.iter().enumerate() {
            by_issuer.entry(list.issuer_der().into()).or_default().push(index);
        }
        Self { inner: Arc::new(Inner { lists, by_issuer }) }
    }

    /// These lists, and those of `before` that none of them is as new as: what an authority has said once is not unsaid by an older
    /// list or by none.
    #[must_use]
    pub fn and_before(&self, before: &Self) -> Self {
        let unsaid = before.iter().filter(|list| !self.covers(list));
        Self::new(self.inner.lists.iter().chain(unsaid).cloned().collect())
    }

    /// Whether a list of the same name, key and scope stands here that is as new as `list`.
    pub fn covers(&self, list: &RevocationList) -> bool {
        self.inner.lists.iter().any(|own| group(own) == group(list) && age(own) >= age(list))
    }

    /// The newest list of each issuer; of an issuer that signs with several keys, or publishes its list in parts, the
    /// newest of each key and part.
    pub fn iter(&self) -> impl Iterator<Item = &RevocationList> {
        let mut last = None;
        self.inner.lists.iter().filter(move |list| {
            let group = Some(group(list));
            let first = group != last;
            last = group;
            first
        })
    }

    /// Every list of the issuer with this name, the newest of each key first.
    pub(crate) fn of(&self, issuer_der: &[u8]) -> impl Iterator<Item = &RevocationList> {
        let indexes = self.inner.by_issuer.get(issuer_der).map(Vec::as_slice).unwrap_or_default();
        indexes.iter().filter_map(|&index| self.inner.lists.get(index))
    }
}

/// Later lists compare greater: by thisUpdate, then by number (hexadecimal digits, so the longer one is the greater).
fn age(list: &RevocationList) -> (Timestamp, usize, &str) {
    let number = list.number_hex().unwrap_or_default();
    (list.this_update(), number.len(), number)
}

/// What lists that replace one another have in common: name, key and scope.
fn group(list: &RevocationList) -> (&[u8], Option<&[u8]>, &[u8]) {
    (list.issuer_der(), list.key_identifier(), list.scope().octets())
}
