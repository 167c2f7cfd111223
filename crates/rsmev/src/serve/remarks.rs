//! What is no error yet but deserves the operator's look: into the log at start, at every reload and once a day.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gateway::{Gateway, Snapshot};
use jiff::Timestamp;

use crate::status::ListState;
use crate::{edge, status};

/// A certificate that ends within so many days makes an alarm.
const CERTIFICATE_DAYS: i64 = 30;
/// A revocation list that is used for so many hours more makes an alarm: authorities publish new ones every few hours to a week.
const LIST_HOURS: i64 = 12;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Tells all of it.
pub(crate) fn tell(snapshot: &Snapshot) {
    for remark in snapshot.registry().remarks() {
        tracing::warn!(%remark, "the registry deserves a look");
    }
    let now = edge::now();
    for ending in status::ending(snapshot, now) {
        let (owner, not_after, days_left) = (&ending.owner, ending.not_after, ending.days_left);
        if days_left < 0 {
            tracing::error!(owner, %not_after, "a certificate has ended: its messages are refused");
        } else if days_left < CERTIFICATE_DAYS {
            tracing::warn!(owner, %not_after, days_left, "a certificate ends soon");
        }
    }
    for refused in status::refused(snapshot, now) {
        let (owners, why) = (refused.owners(), &refused.why);
        tracing::error!(owners, why, "registered certificates are refused: messages signed with them are not taken");
    }
    for issuer in status::authorities_without_list(snapshot, now) {
        tracing::warn!(issuer, "there is no revocation list of this authority: what it takes back is not noticed");
    }
    ListAlarms::default().tell_changes(snapshot);
}

/// What was said of revocation lists last, so that it is said once.
#[derive(Default)]
pub(crate) struct ListAlarms(BTreeMap<(String, Option<Timestamp>), Alarm>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alarm {
    None,
    EndsSoon,
    TooOld,
}

impl ListAlarms {
    /// As if all of it had been told already.
    pub(crate) fn told(snapshot: &Snapshot) -> Self {
        let states = status::revocation_lists(snapshot, edge::now());
        Self(states.into_iter().map(|list| ((list.issuer.clone(), list.used_until), Alarm::of(&list))).collect())
    }

    /// Tells of the lists whose state is another than before.
    pub(crate) fn tell_changes(&mut self, snapshot: &Snapshot) {
        let mut now = BTreeMap::new();
        for list in status::revocation_lists(snapshot, edge::now()) {
            let alarm = Alarm::of(&list);
            let key = (list.issuer, list.used_until);
            if self.0.get(&key) != Some(&alarm) {
                alarm.tell(&key.0, list.hours_left);
            }
            now.insert(key, alarm);
        }
        self.0 = now;
    }
}

impl Alarm {
    fn of(list: &ListState) -> Self {
        match list.hours_left {
            Some(hours) if hours < 0 => Self::TooOld,
            Some(hours) if hours < LIST_HOURS => Self::EndsSoon,
            Some(_) | None => Self::None,
        }
    }

    fn tell(self, issuer: &str, hours: Option<i64>) {
        match self {
            Self::TooOld => {
                tracing::error!(
                    issuer,
                    "a revocation list is too old: messages of this authority's systems are refused"
                );
            }
            Self::EndsSoon => tracing::warn!(issuer, hours, "a revocation list ends soon"),
            Self::None => {}
        }
    }
}

/// Tells it again every day while the process runs.
pub(crate) async fn daily(gateway: Arc<Gateway>) {
    let mut days = tokio::time::interval_at(tokio::time::Instant::now() + DAY, DAY);
    loop {
        days.tick().await;
        tell(&gateway.snapshot());
    }
}
