//! The zoo of certificates: each test is an attack, or an honest oddity that must pass.

use pki::{
    Certificate,
    test_ca::{ExtraExtension, Extras, TestCa, self_signed},
    trust::{Checked, Objection, PathProblem, Trust},
};

use crate::{KINDS, at, authority, corpus, request, zoo::*};

fn broken(ca: &TestCa, problem: PathProblem) -> Objection {
    broken_at(ca.certificate(), problem)
}

fn broken_at(certificate: &Certificate, problem: PathProblem) -> Objection {
    Objection::BrokenPath { subject: certificate.subject().to_owned(), problem }
}

#[test]
fn honest_chains_of_every_kind_of_key_are_accepted() {
    for (n, top) in (1..).zip(KINDS) {
        let root = authority("Головной УЦ", top, n);
        for (m, middle) in (50..).zip(KINDS) {
            let below = root.intermediate(&request("УЦ", middle), Some(0), &[m; 64]).unwrap();
            let leaf = below.issue(&request("SOCZ01641", top), &[m + 50; 64]).unwrap();
            let judgement = trust(&[&root], &[&below]).judge(leaf.certificate(), now());
            assert_eq!(judgement.objection, None, "{middle:?} below {top:?}");
            assert_eq!(judgement.checked, Checked::Path);
            assert_eq!(names(&judgement), ["SOCZ01641", "УЦ", "Головной УЦ"]);
        }
    }
}

#[test]
fn certificate_outside_its_dates_is_refused() {
    let ca = root("CA");
    let request = dated("x", "2030-01-01T00:00:00Z", "2030-12-31T23:59:59Z");
    let leaf = ca.issue(&request, &entropy()).unwrap().certificate().clone();
    let early = Some(Objection::NotYetValid { not_before: leaf.not_before() });
    let late = Some(Objection::Expired { not_after: leaf.not_after() });
    let table = [
        ("1960-01-01T00:00:00.5Z", early.clone()),
        ("2029-12-31T23:59:59.999Z", early),
        ("2030-01-01T00:00:00Z", None),
        ("2030-12-31T23:59:59.999Z", None),
        ("2031-01-01T00:00:00Z", late),
    ];
    for trust in [trust(&[&ca], &[]), Trust::default(), trust_in(vec![leaf.clone()], vec![])] {
        for (moment, objection) in &table {
            assert_eq!(trust.judge(&leaf, at(moment)).objection, *objection, "{moment}");
        }
    }
    let judgement = trust(&[&ca], &[]).judge(&leaf, now());
    assert_eq!(judgement.holds, at("2030-01-01T00:00:00Z")..=at("2030-12-31T23:59:59.999999999Z"));
}

#[test]
fn key_that_is_not_for_signing_is_refused() {
    let ca = root("CA");
    let table: [(Option<&[u8]>, Option<&str>); 8] = [
        (None, None),
        (Some(&[]), None),
        (Some(&[0]), None),
        (Some(&[1, 4]), None),
        (Some(&[5, 6]), Some("keyCertSign, cRLSign")),
        (Some(&[2, 3, 4]), Some("keyEncipherment, dataEncipherment, keyAgreement")),
        (Some(&[4, 8]), Some("keyAgreement, decipherOnly")),
        (Some(&[6]), Some("cRLSign")),
    ];
    for (key_usage, found) in table {
        for authority in [false, true] {
            let leaf = leaf_with(&ca, &Extras { key_usage, authority, ..Extras::default() });
            let found = if authority && key_usage.is_none() { Some("keyCertSign, cRLSign") } else { found };
            let expected = found.map(|found| Objection::WrongUsage { found: found.to_owned() });
            for trust in [trust(&[&ca], &[]), Trust::default(), trust_in(vec![leaf.clone()], vec![])] {
                assert_eq!(trust.judge(&leaf, now()).objection, expected, "{key_usage:?}");
            }
        }
    }

    // Octets an authority wrote wrongly; bits that are all zero; the extension twice, once each way.
    let raw = |value| ExtraExtension { oid: "2.5.29.15", critical: true, value };
    let table: [(&[ExtraExtension<'_>], &str); 3] = [
        (&[raw(&[0x30, 0])], "keyUsage cannot be read"),
        (&[raw(&[3, 1, 0])], "nothing"),
        (&[raw(&[3, 2, 2, 4]), raw(&[3, 2, 7, 0x80])], "keyUsage cannot be read"),
    ];
    for (extensions, found) in table {
        let leaf = leaf_with(&ca, &Extras { key_usage: Some(&[]), extensions, ..Extras::default() });
        let objection = trust(&[&ca], &[]).judge(&leaf, now()).objection;
        assert_eq!(objection, Some(Objection::WrongUsage { found: found.to_owned() }));
    }
    // Bits written out to the end of the octet, as not everybody knows X.690 §11.2.2.
    let extensions = [raw(&[3, 2, 0, 0xc0])];
    let leaf = leaf_with(&ca, &Extras { key_usage: Some(&[]), extensions: &extensions, ..Extras::default() });
    assert_eq!(trust(&[&ca], &[]).judge(&leaf, now()).objection, None);
}

#[test]
fn unknown_critical_extension_is_refused() {
    let ca = root("CA");
    let table = [
        ("1.2.3.4", true),
        ("2.5.29.30", true),  // nameConstraints have no business there
        ("2.5.29.36", true),  // policyConstraints
        ("2.5.29.16", true),  // privateKeyUsagePeriod
        ("2.5.29.32", false), // certificatePolicies
        ("1.2.643.100.111", false),
    ];
    for (oid, refused) in table {
        let leaf = leaf_with(&ca, &Extras { extensions: &critical(oid), ..Extras::default() });
        let expected = refused.then(|| Objection::UnknownCriticalExtension { oid: oid.to_owned() });
        for trust in [trust(&[&ca], &[]), Trust::default(), trust_in(vec![leaf.clone()], vec![])] {
            assert_eq!(trust.judge(&leaf, now()).objection, expected, "{oid}");
        }
        let harmless = [ExtraExtension { critical: false, ..critical(oid)[0] }];
        let leaf = leaf_with(&ca, &Extras { extensions: &harmless, ..Extras::default() });
        assert_eq!(trust(&[&ca], &[]).judge(&leaf, now()).objection, None, "{oid}");
    }
}

#[test]
fn self_signed_impostor_is_refused() {
    let ca = root("CA");
    for name in ["SOCZ01641", "CA"] {
        // Under the authority's whole name too: organizationName is that of the authority then.
        let request = pki::test_ca::CertificateRequest { organization: name, ..cheap(name) };
        let impostor = self_signed(&request, &Extras::default(), &entropy()).unwrap();
        let judgement = trust(&[&ca], &[]).judge(impostor.certificate(), now());
        assert_eq!(judgement.objection, Some(Objection::SelfSigned), "{name}");
        assert_eq!(
            trust_in(vec![impostor.certificate().clone()], vec![]).judge(impostor.certificate(), now()).objection,
            None
        );
    }
}

#[test]
fn certificate_of_an_unknown_authority_is_refused() {
    let (ca, stranger) = (root("CA"), root("Другой УЦ"));
    let no_path = |issuer: &TestCa| Some(Objection::NoPath { issuer: issuer.certificate().subject().to_owned() });
    let judgement = trust(&[&ca], &[]).judge(&leaf(&stranger), now());
    assert_eq!(judgement.objection, no_path(&stranger));
    assert_eq!(names(&judgement), ["SOCZ01641"]);

    // Its root put among the intermediates is not trusted for that.
    let middle = below(&stranger, "УЦ");
    let judgement = trust(&[&ca], &[&stranger, &middle]).judge(&leaf(&middle), now());
    assert_eq!(judgement.objection, no_path(&stranger));
    assert_eq!(names(&judgement), ["SOCZ01641", "УЦ", "Другой УЦ"]);

    // The intermediate is missing.
    let judgement = trust(&[&stranger], &[]).judge(&leaf(&middle), now());
    assert_eq!(judgement.objection, no_path(&middle));
}

#[test]
fn forged_certificate_under_the_name_of_a_known_authority_is_refused() {
    let (ca, forger) = (root("CA"), root("CA"));
    let leaf_of_forger = leaf(&forger);
    let judgement = trust(&[&ca], &[]).judge(&leaf_of_forger, now());
    assert_eq!(judgement.objection, Some(broken_at(&leaf_of_forger, PathProblem::WrongSignature)));

    let middle = below(&forger, "УЦ");
    let judgement = trust(&[&ca], &[&middle]).judge(&leaf(&middle), now());
    assert_eq!(judgement.objection, Some(broken(&middle, PathProblem::WrongSignature)));
}

#[test]
fn authority_that_must_not_issue_breaks_the_path() {
    let ca = root("CA");
    let with = |extras: Extras<'_>| ca.issue_with(&cheap("УЦ"), &extras, &entropy()).unwrap();
    let authority = Extras { authority: true, ..Extras::default() };
    let unknown = |oid: &str| PathProblem::UnknownCriticalExtension { oid: oid.to_owned() };
    let constraints = [ExtraExtension { critical: false, ..critical("2.5.29.30")[0] }];
    let table = [
        ("a system issues certificates", with(Extras::default()), PathProblem::NotAnAuthority),
        (
            "a system with keyCertSign issues certificates",
            with(Extras { key_usage: Some(&[0, 5]), ..Extras::default() }),
            PathProblem::NotAnAuthority,
        ),
        ("no keyCertSign", with(Extras { key_usage: Some(&[0, 6]), ..authority }), PathProblem::NoCertSign),
        ("unknown critical", with(Extras { extensions: &critical("1.2.3"), ..authority }), unknown("1.2.3")),
        ("name constraints", with(Extras { extensions: &constraints, ..authority }), unknown("2.5.29.30")),
    ];
    for (what, owner, problem) in table {
        let leaf = leaf(&usurper(&owner));
        let expected = Some(broken_at(owner.certificate(), problem));
        let certificate = vec![owner.certificate().clone()];
        let judgement = trust_in(certificates(&[&ca]), certificate.clone()).judge(&leaf, now());
        assert_eq!(judgement.objection, expected, "{what}");
        // As an anchor it is no better.
        assert_eq!(trust_in(certificate, vec![]).judge(&leaf, now()).objection, expected, "{what}, as anchor");
    }
    let usual = with(Extras { key_usage: Some(&[5]), ..authority });
    let judgement =
        trust_in(certificates(&[&ca]), vec![usual.certificate().clone()]).judge(&leaf(&usurper(&usual)), now());
    assert_eq!(judgement.objection, None);
}

#[test]
fn authority_outside_its_dates_breaks_the_path() {
    let short = |ca: &TestCa| {
        let request = dated("УЦ", "2030-01-01T00:00:00Z", "2030-12-31T23:59:59Z");
        ca.intermediate(&request, None, &entropy()).unwrap()
    };
    let ca = root("CA");
    let middle = short(&ca);
    let leaf = leaf(&middle);
    let not_yet = Some(broken(&middle, PathProblem::NotYetValid { not_before: middle.certificate().not_before() }));
    let expired = Some(broken(&middle, PathProblem::Expired { not_after: middle.certificate().not_after() }));
    let anchored = trust_in(certificates(&[&middle]), vec![]);
    for trust in [trust(&[&ca], &[&middle]), anchored] {
        assert_eq!(trust.judge(&leaf, at("2029-12-31T23:59:59.9Z")).objection, not_yet);
        let judgement = trust.judge(&leaf, now());
        assert_eq!(judgement.objection, None);
        assert_eq!(judgement.holds, at("2030-01-01T00:00:00Z")..=at("2030-12-31T23:59:59.999999999Z"));
        assert_eq!(trust.judge(&leaf, at("2031-01-01T00:00:00Z")).objection, expired);
    }
}

#[test]
fn chain_longer_than_path_len_allows_is_refused() {
    let ca = root("CA");
    let narrow = ca.intermediate(&cheap("УЦ 0"), Some(0), &entropy()).unwrap();
    assert_eq!(trust(&[&ca], &[&narrow]).judge(&leaf(&narrow), now()).objection, None);
    let middle = below(&narrow, "УЦ 1");
    let refused = Some(broken(&narrow, PathProblem::PathLength { allowed: 0 }));
    assert_eq!(trust(&[&ca], &[&narrow, &middle]).judge(&leaf(&middle), now()).objection, refused);
    assert_eq!(trust(&[&narrow], &[&middle]).judge(&leaf(&middle), now()).objection, refused, "of the anchor too");

    // A certificate by which an authority changes its key is signed by itself and does not count.
    let new_key = narrow.intermediate(&cheap("УЦ 0"), None, &entropy()).unwrap();
    assert_eq!(trust(&[&ca], &[&narrow, &new_key]).judge(&leaf(&new_key), now()).objection, None);
}

#[test]
fn overlong_chain_is_refused() {
    let mut chain = vec![root("УЦ 0")];
    for n in 1..=7 {
        chain.push(below(chain.last().unwrap(), &format!("УЦ {n}")));
    }
    let of = |chain: &[TestCa]| {
        let (root, rest) = chain.split_first().unwrap();
        trust(&[root], &rest.iter().collect::<Vec<_>>()).judge(&leaf(chain.last().unwrap()), now())
    };
    assert_eq!(of(&chain[..7]).objection, None);
    assert_eq!(of(&chain[..7]).path.len(), 8);
    assert_eq!(of(&chain).objection, Some(broken(&chain[0], PathProblem::TooLong { limit: 8 })));
}

#[test]
fn loop_of_cross_certificates_ends() {
    let (first, second) = (root("УЦ 1"), root("УЦ 2"));
    let loops = vec![
        cross(&first, &second),
        cross(&second, &first),
        cross(&first, &first),
        first.certificate().clone(),
        second.certificate().clone(),
    ];
    let leaf = leaf(&second);
    let judgement = trust_in(certificates(&[&root("CA")]), loops.clone()).judge(&leaf, now());
    assert!(matches!(judgement.objection, Some(Objection::NoPath { .. })), "{:?}", judgement.objection);

    // A way out of the loop is found.
    let ca = root("CA");
    let out = [loops, vec![cross(&ca, &first)]].concat();
    let judgement = trust_in(certificates(&[&ca]), out).judge(&leaf, now());
    assert_eq!((judgement.objection.as_ref(), names(&judgement)), (None, vec!["SOCZ01641", "УЦ 2", "УЦ 1", "CA"]));
}

#[test]
fn search_through_many_namesakes_is_given_up() {
    let ca = root("CA");
    let namesakes: Vec<_> = (0..110).map(|_| root("УЦ").certificate().clone()).collect();
    let leaf = leaf(&root("УЦ"));
    let judgement = trust_in(certificates(&[&ca]), namesakes.clone()).judge(&leaf, now());
    assert_eq!(judgement.objection, Some(broken_at(&leaf, PathProblem::TooManyChecks { limit: 100 })));

    // The identifier of the key leads straight to the right one.
    let right = root("УЦ");
    let authorities = [namesakes, vec![cross(&ca, &right)]].concat();
    assert_eq!(trust_in(certificates(&[&ca]), authorities).judge(&crate::zoo::leaf(&right), now()).objection, None);
}

#[test]
fn anchors_of_one_name_are_tried_in_turn() {
    let namesakes: Vec<_> = (0..5).map(|_| root("УЦ")).collect();
    for ca in &namesakes {
        let judgement = trust(&namesakes.iter().collect::<Vec<_>>(), &[]).judge(&leaf(ca), now());
        assert_eq!(judgement.objection, None);
        assert_eq!(judgement.path.last(), Some(ca.certificate()));
    }
}

#[test]
fn the_other_certificate_of_a_cross_signed_authority_serves_when_one_has_expired() {
    let (old, new) = (root("Старый ГУЦ"), root("Новый ГУЦ"));
    let request = dated("УЦ", "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    let middle = old.intermediate(&request, None, &entropy()).unwrap();
    let extras = Extras { authority: true, ..Extras::default() };
    let crossed = new.certify_with(&cheap("УЦ"), &extras, middle.certificate().public_key(), &entropy()).unwrap();
    let leaf = leaf(&middle);
    let both = vec![middle.certificate().clone(), crossed];
    let judgement = trust_in(certificates(&[&old, &new]), both).judge(&leaf, now());
    assert_eq!((judgement.objection.as_ref(), names(&judgement)), (None, vec!["SOCZ01641", "УЦ", "Новый ГУЦ"]));
    let expired = PathProblem::Expired { not_after: middle.certificate().not_after() };
    assert_eq!(trust(&[&old, &new], &[&middle]).judge(&leaf, now()).objection, Some(broken(&middle, expired)));
}

#[test]
fn pinned_certificate_needs_no_path_and_vouches_for_itself_only() {
    let ca = root("CA");
    let owner = ca.issue(&cheap("pinned"), &entropy()).unwrap();
    let pinned = trust_in(vec![owner.certificate().clone()], vec![]);
    let judgement = pinned.judge(owner.certificate(), now());
    assert_eq!(
        (judgement.objection, judgement.checked, judgement.path),
        (None, Checked::Path, vec![owner.certificate().clone()])
    );

    let issued = leaf(&usurper(&owner));
    assert_eq!(
        pinned.judge(&issued, now()).objection,
        Some(broken_at(owner.certificate(), PathProblem::NotAnAuthority))
    );
    // Among the intermediates it is not pinned.
    let judgement =
        trust_in(certificates(&[&root("X")]), vec![owner.certificate().clone()]).judge(owner.certificate(), now());
    assert!(matches!(judgement.objection, Some(Objection::NoPath { .. })));
}

#[test]
fn without_anchors_dates_and_usage_count() {
    let leaf = leaf(&root("CA"));
    let judgement = Trust::default().judge(&leaf, now());
    assert_eq!((judgement.objection, judgement.checked), (None, Checked::DatesOnly));
    assert_eq!(judgement.path, [leaf]);
    // Intermediates alone demand no path either.
    assert!(trust(&[], &[&root("CA")]).authorities.is_empty());
}

#[test]
fn authority_certificate_that_cannot_be_read_is_named() {
    let twice = [ExtraExtension { oid: "2.5.29.19", critical: true, value: &[0x30, 0] }];
    let ca = root("CA");
    let odd = ca.issue_with(&cheap("УЦ"), &Extras { extensions: &twice, ..Extras::default() }, &entropy()).unwrap();
    let error = pki::trust::Authorities::new(certificates(&[&ca]), vec![odd.certificate().clone()]).unwrap_err();
    assert!(error.to_string().contains("CN=УЦ") && error.to_string().contains("basicConstraints"), "{error}");
    let found = "basicConstraints cannot be read".to_owned();
    let judgement = trust(&[&ca], &[]).judge(odd.certificate(), now());
    assert_eq!(judgement.objection, Some(Objection::WrongUsage { found }));
}

#[test]
#[expect(clippy::print_stderr, reason = "says that it checks nothing")]
fn certificates_of_real_messages_may_sign_within_their_dates() {
    let Some(samples) = std::env::var_os("RSMEV_SAMPLES") else {
        eprintln!("skipped: RSMEV_SAMPLES is not set");
        return;
    };
    for certificate in corpus::certificates(&samples) {
        let trusting = Trust::default();
        let judgement = trusting.judge(&certificate, certificate.not_before());
        assert_eq!(judgement.objection, None, "{certificate:?}");
        assert_eq!(*judgement.holds.start(), certificate.not_before());
        let judgement = trust(&[&root("CA")], &[]).judge(&certificate, certificate.not_after());
        let label = judgement.objection.map(|objection| objection.label());
        assert!(matches!(label, Some("no_path" | "self_signed")), "{certificate:?}: {label:?}");
    }
}
