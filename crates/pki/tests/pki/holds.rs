//! A verdict is remembered for as long as it says it holds: nothing may change in that time.

use std::time::Duration;

use jiff::Timestamp;
use pki::{
    Certificate,
    test_ca::{CertificateRequest, ListRequest, RevokedEntry, TestCa},
    trust::{CrlNeed, CrlPolicy, Judgement, RevocationList, RevocationLists, Trust},
};
use proptest::prelude::*;

use crate::zoo::*;

/// Few moments, so that they coincide and neighbour often.
fn moment(step: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + step).unwrap()
}

/// From, to.
type Span = (i64, i64);

/// Of the root (or of the intermediate)? thisUpdate, nextUpdate, since when and why a certificate is revoked.
type List = (bool, i64, Option<i64>, Option<(i64, u8)>);

#[derive(Debug, Clone)]
struct World {
    root: Span,
    middles: Vec<Span>,
    leaf: Span,
    lists: Vec<List>,
    need: usize,
    grace: u64,
    age_limit: Option<u64>,
}

fn world() -> impl Strategy<Value = World> {
    let span = || (0i64..12, 12i64..40);
    let revoked = prop::option::of((0i64..30, prop::sample::select(vec![0u8, 1, 6, 8])));
    let list = (any::<bool>(), 0i64..25, prop::option::of(5i64..30), revoked);
    let policy = (0usize..3, 0u64..6, prop::option::of(0u64..20));
    (span(), prop::collection::vec(span(), 1..3), span(), prop::collection::vec(list, 0..4), policy).prop_map(
        |(root, middles, leaf, lists, (need, grace, age_limit))| World {
            root,
            middles,
            leaf,
            lists,
            need,
            grace,
            age_limit,
        },
    )
}

impl World {
    /// Everything is really issued; cross-certificates of the intermediate differ in their dates only.
    fn trust(&self) -> (Trust, Certificate) {
        let dated = |name: &'static str, (from, to): Span| CertificateRequest {
            not_before: moment(from),
            not_after: moment(to),
            ..cheap(name)
        };
        let request = dated("CA", self.root);
        let root = TestCa::create("CA", request.algorithm, None, request.not_before, request.not_after, &[1; 64]);
        let (root, middle) = (root.unwrap(), crate::zoo::root("Управление социальной защиты"));
        let middles: Vec<_> = self
            .middles
            .iter()
            .map(|span| {
                let request = dated("Управление социальной защиты", *span);
                let extras = pki::test_ca::Extras { authority: true, ..Default::default() };
                root.certify_with(&request, &extras, middle.certificate().public_key(), &entropy()).unwrap()
            })
            .collect();
        let leaf = middle.issue(&dated("SOCZ01641", self.leaf), &entropy()).unwrap().certificate().clone();
        let lists = self.lists.iter().map(|(upper, this_update, next_update, revoked)| {
            let (ca, about) = if *upper { (&root, &middles[0]) } else { (&middle, &leaf) };
            let entries: Vec<_> = revoked
                .iter()
                .map(|(since, reason)| RevokedEntry {
                    serial_hex: about.serial_hex(),
                    since: moment(*since),
                    reason: Some(*reason),
                    extensions: &[],
                })
                .collect();
            let request = ListRequest {
                entries: &entries,
                this_update: moment(*this_update),
                next_update: next_update.map(moment),
                ..ListRequest::default()
            };
            RevocationList::from_der(&ca.revocation_list_with(&request, &entropy()).unwrap()).unwrap()
        });
        let trust = Trust {
            lists: RevocationLists::new(lists.collect()),
            policy: CrlPolicy {
                need: [CrlNeed::Always, CrlNeed::WhenPresent, CrlNeed::Never][self.need],
                grace: Duration::from_secs(self.grace),
                age_limit: self.age_limit.map(Duration::from_secs),
            },
            ..trust_in(certificates(&[&root]), middles)
        };
        (trust, leaf)
    }
}

proptest! {
    #[test]
    fn the_verdict_is_the_same_for_as_long_as_it_holds(world in world()) {
        let (trust, leaf) = world.trust();
        let mut seen = Vec::new();
        for step in -1..45 {
            for nanoseconds in [0, 999_999_999] {
                let at = Timestamp::new(moment(step).as_second(), nanoseconds).unwrap();
                let judgement = trust.judge(&leaf, at);
                prop_assert!(judgement.holds.contains(&at), "{at} is not in {:?}", judgement.holds);
                // Each moment is judged on its own; verdicts that claim to hold for one another's are compared.
                for (then, other) in &seen {
                    let other: &Judgement = other;
                    if other.holds.contains(&at) || judgement.holds.contains(then) {
                        prop_assert_eq!(&other.objection, &judgement.objection);
                        prop_assert_eq!(&other.path, &judgement.path);
                        prop_assert_eq!(&other.lists, &judgement.lists);
                    }
                }
                seen.push((at, judgement));
            }
        }
    }
}
