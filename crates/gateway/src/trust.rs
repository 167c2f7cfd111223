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

/// What remembered verdicts may take: registered certificates come to less everywhere, those of officials come and go, and
/// whoever may send a message may put as large and as many of them into it as the message holds.
const VERDICT_OCTETS_MAX: usize = 64 << 20;
/// What a verdict takes beside the texts of its certificate.
const VERDICT_OCTETS: usize = 1 << 10;

/// The authorities believed and the revocation lists in force, with the verdicts reached by them.
#[derive(Debug)]
pub(crate) struct Verdicts {
    now: RwLock<Now>,
}

#[derive(Debug)]
struct Now {
    trust: Arc<Trust>,
    reached: HashMap<Fingerprint, Arc<Judgement>>,
    /// What `reached` takes, about.
    octets: usize,
}

impl Now {
    fn new(trust: Trust) -> Self {
        Self { trust: Arc::new(trust), reached: HashMap::new(), octets: 0 }
    }

    fn remember(&mut self, certificate: &Certificate, verdict: &Arc<Judgement>, octets_max: usize) {
        let texts = certificate.der().len() + certificate.subject().len() + certificate.issuer().len();
        let octets = VERDICT_OCTETS + texts;
        if self.octets.saturating_add(octets) > octets_max {
            self.reached.clear();
            self.octets = 0;
        }
        if octets <= octets_max && self.reached.insert(*certificate.fingerprint(), Arc::clone(verdict)).is_none() {
            self.octets += octets;
        }
    }
}

impl Verdicts {
    pub(crate) fn new(trust: Trust) -> Self {
        Self { now: RwLock::new(Now::new(trust)) }
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
            now.remember(certificate, &verdict, VERDICT_OCTETS_MAX);
        }
        verdict
    }

    /// Puts other revocation lists in force; every verdict is reached anew.
    pub(crate) fn renew(&self, lists: RevocationLists) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        *now = Now::new(now.trust.with_lists(lists));
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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use pki::Algorithm;
    use pki::test_ca::{CertificateRequest, Extras, self_signed};

    use super::*;

    #[test]
    fn certificates_out_of_messages_cannot_fill_the_memory() {
        let noon = Timestamp::from_second(1_800_000_000).unwrap();
        let certificate = |organization: &str, seed: u8| {
            let request = CertificateRequest {
                common_name: "Иванов Иван",
                organization,
                algorithm: Algorithm::Gost2012_256,
                parameter_set: None,
                not_before: noon - SignedDuration::from_hours(1),
                not_after: noon + SignedDuration::from_hours(1),
            };
            self_signed(&request, &Extras::default(), &[seed; 64]).unwrap().certificate().clone()
        };
        let trust = Trust::default();
        let (small, large) = ("О".to_owned(), "О".repeat(4096));
        let octets_max = 40_000;
        let mut now = Now::new(trust.clone());
        for seed in 1..20 {
            let one = certificate(if seed % 4 == 0 { &small } else { &large }, seed);
            let verdict = Arc::new(trust.judge(&one, noon));
            now.remember(&one, &verdict, octets_max);
            now.remember(&one, &verdict, octets_max);
            let held: usize = now.reached.values().flat_map(|known| &known.path).map(|kept| kept.der().len()).sum();
            assert!(held <= now.octets && now.octets <= octets_max, "{held} {}", now.octets);
            assert!(now.reached.contains_key(one.fingerprint()), "the last one is known");
        }
        let larger = certificate(&"О".repeat(octets_max), 21);
        now.remember(&larger, &Arc::new(trust.judge(&larger, noon)), octets_max);
        assert!(!now.reached.contains_key(larger.fingerprint()) && now.octets <= octets_max);
    }
}
