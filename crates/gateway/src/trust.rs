//! Whether a certificate may vouch: dates, use, the path to an authority and the revocation lists, judged by `pki::trust` and
//! remembered for as long as the verdict cannot change. Whose certificate it is says the registry, not this.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::Registry;
use domain::registry::{CrlUse, FileRef};
use jiff::Timestamp;
use journal::{ListFound, SignerFound};
use pki::trust::{Authorities, Checked, CrlNeed, CrlPolicy, Judgement, RevocationLists, Trust};
use pki::{Certificate, Fingerprint};

use crate::Unusable;

/// Verdicts remembered at most: registered certificates are fewer everywhere, those of officials come and go.
const VERDICTS_MAX: usize = 100_000;

/// The authorities believed and the revocation lists in force, with the verdicts reached by them.
#[derive(Debug)]
pub(crate) struct Verdicts {
    now: RwLock<Now>,
}

#[derive(Debug)]
struct Now {
    trust: Arc<Trust>,
    reached: HashMap<Fingerprint, Arc<Judgement>>,
}

impl Verdicts {
    pub(crate) fn new(trust: Trust) -> Self {
        Self { now: RwLock::new(Now { trust: Arc::new(trust), reached: HashMap::new() }) }
    }

    /// The verdict on a certificate at a moment.
    pub(crate) fn on(&self, certificate: &Certificate, at: Timestamp) -> Arc<Judgement> {
        let trust = {
            let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(reached) = now.reached.get(certificate.fingerprint()).filter(|known| known.holds.contains(&at))
            {
                return Arc::clone(reached);
            }
            Arc::clone(&now.trust)
        };
        // Judged without the lock: a path of 512-bit keys takes milliseconds.
        let verdict = Arc::new(trust.judge(certificate, at));
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        // A verdict reached by lists that have been replaced meanwhile must not outlive them.
        if Arc::ptr_eq(&now.trust, &trust) {
            if now.reached.len() >= VERDICTS_MAX {
                now.reached.clear();
            }
            now.reached.insert(*certificate.fingerprint(), Arc::clone(&verdict));
        }
        verdict
    }

    /// Puts other revocation lists in force; every verdict is reached anew.
    pub(crate) fn renew(&self, lists: RevocationLists) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        now.trust = Arc::new(now.trust.with_lists(lists));
        now.reached.clear();
    }

    /// Authorities, lists and policy in force.
    pub(crate) fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner).trust)
    }
}

/// Authorities and policy of `[trust]`.
pub(crate) fn trust_of(registry: &Registry, lists: RevocationLists, problems: &mut Vec<Unusable>) -> Trust {
    let settings = registry.trust();
    let mut read = |files: &[FileRef]| -> Vec<Certificate> {
        let mut certificates = Vec::new();
        for file in files {
            match Certificate::from_pem(&file.octets) {
                Ok(certificate) => certificates.push(certificate),
                Err(source) => {
                    problems.push(Unusable::Certificate { path: file.path.display().to_string(), source });
                }
            }
        }
        certificates
    };
    let (anchors, intermediates) = (read(&settings.anchors), read(&settings.intermediates));
    let authorities = Authorities::new(anchors, intermediates).unwrap_or_else(|source| {
        problems.push(Unusable::Authorities { source });
        Authorities::default()
    });
    let policy = CrlPolicy {
        need: match settings.crl {
            CrlUse::Always => CrlNeed::Always,
            CrlUse::WhenPresent => CrlNeed::WhenPresent,
            CrlUse::Never => CrlNeed::Never,
        },
        grace: Duration::from_millis(settings.crl_grace_ms),
        age_limit: settings.crl_age_limit_ms.map(Duration::from_millis),
    };
    Trust { authorities, lists, policy }
}

/// A verdict as the journal keeps it.
pub(crate) fn found(judgement: &Judgement) -> SignerFound {
    let outcome = match (&judgement.objection, judgement.checked) {
        (Some(objection), _) => objection.label(),
        (None, Checked::Path) => "trusted",
        (None, Checked::DatesOnly) => "dates_only",
    };
    SignerFound {
        outcome: outcome.to_owned(),
        path: judgement.path.iter().map(|certificate| certificate.fingerprint().to_string()).collect(),
        lists: judgement
            .lists
            .iter()
            .map(|list| ListFound {
                sha256: list.fingerprint.to_string(),
                this_update: list.this_update,
                next_update: list.next_update,
                in_grace: list.in_grace,
            })
            .collect(),
    }
}

/// A certificate nobody registered: it is not traced to an authority, its fingerprint is kept.
pub(crate) fn stranger(certificate: &Certificate) -> SignerFound {
    SignerFound {
        outcome: "unregistered".to_owned(),
        path: vec![certificate.fingerprint().to_string()],
        lists: Vec::new(),
    }
}
