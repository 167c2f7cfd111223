//! Revocation lists: each test is an attack, a slip of an authority, or the passing of time.

use std::time::Duration;

use crate::{KINDS, at, authority, request, zoo::*};
use base64ct::Encoding as _;
use pki::{
    Certificate, Error, Fingerprint,
    test_ca::{ExtraExtension, Extras, ListRequest, RevokedEntry, TestCa},
    trust::{CrlNeed, CrlPolicy, Judgement, Objection, PathProblem, RevocationList, RevocationLists, Trust},
};

const THIS: &str = "2030-05-31T00:00:00Z";
const NEXT: &str = "2030-06-07T00:00:00Z";
const ALWAYS: CrlPolicy = policy(CrlNeed::Always);
const PRESENT: CrlPolicy = policy(CrlNeed::WhenPresent);
const DAY: Duration = Duration::from_secs(24 * 3600);

const fn policy(need: CrlNeed) -> CrlPolicy {
    CrlPolicy { need, grace: Duration::ZERO, age_limit: None }
}

fn usual<'a>(entries: &'a [RevokedEntry<'a>]) -> ListRequest<'a> {
    ListRequest {
        entries,
        this_update: at(THIS),
        next_update: Some(at(NEXT)),
        number: Some(7),
        ..ListRequest::default()
    }
}

fn list(ca: &TestCa, request: &ListRequest<'_>) -> RevocationList {
    RevocationList::from_der(&ca.revocation_list_with(request, &entropy()).unwrap()).unwrap()
}

/// A list in which nothing is revoked.
fn clean(ca: &TestCa) -> RevocationList {
    list(ca, &usual(&[]))
}

fn entry<'a>(certificate: &'a Certificate, since: &str, reason: Option<u8>) -> RevokedEntry<'a> {
    RevokedEntry { serial_hex: certificate.serial_hex(), since: at(since), reason, extensions: &[] }
}

fn with(trust: &Trust, policy: CrlPolicy, lists: &[RevocationList]) -> Trust {
    Trust { policy, ..trust.with_lists(RevocationLists::new(lists.to_vec())) }
}

fn label(judgement: &Judgement) -> &'static str {
    judgement.objection.as_ref().map_or("", Objection::label)
}

fn used(judgement: &Judgement) -> Vec<Fingerprint> {
    judgement.lists.iter().map(|list| list.fingerprint).collect()
}

#[test]
fn revoked_certificate_is_refused_under_every_kind_of_key() {
    for (n, kind) in (1..).zip(KINDS) {
        let ca = authority("УЦ", kind, n);
        let issue = |seed| ca.issue(&request("SOCZ01641", kind), &[seed; 64]).unwrap().certificate().clone();
        let (revoked, honest) = (issue(100), issue(101));
        let list = list(&ca, &usual(&[entry(&revoked, "2030-05-01T00:00:00Z", Some(4))]));
        let trust = with(&trust(&[&ca], &[]), ALWAYS, std::slice::from_ref(&list));

        let judgement = trust.judge(&revoked, now());
        let since = at("2030-05-01T00:00:00Z");
        assert_eq!(judgement.objection, Some(Objection::Revoked { since, reason: Some("superseded") }), "{kind:?}");
        assert_eq!(used(&judgement), [*list.fingerprint()]);
        let judgement = trust.judge(&honest, now());
        assert_eq!((judgement.objection.as_ref(), used(&judgement)), (None, vec![*list.fingerprint()]), "{kind:?}");
        assert_eq!(judgement.lists[0].issuer, ca.certificate().subject());
    }
}

#[test]
fn since_when_and_why_a_certificate_is_revoked() {
    let ca = root("CA");
    let (leaf, other) = (leaf(&ca), leaf(&ca));
    let (before, after) = ("2030-06-01T12:00:00Z", "2030-06-01T12:00:01Z");
    let only = |since, reason| vec![entry(&leaf, since, reason)];
    let revoked = |since, reason| Some(Objection::Revoked { since: at(since), reason });
    let table = [
        ("now", only(before, None), revoked(before, None)),
        ("later", only(after, None), None),
        ("later, superseded", only(after, Some(4)), None),
        ("later, but the key was stolen before", only(after, Some(1)), revoked(after, Some("keyCompromise"))),
        ("later, the authority's key was stolen", only(after, Some(2)), revoked(after, Some("cACompromise"))),
        ("on hold", only(before, Some(6)), revoked(before, Some("certificateHold"))),
        ("no longer on hold", only(before, Some(8)), None),
        ("unspecified", only(before, Some(0)), revoked(before, Some("unspecified"))),
        ("another", vec![entry(&other, before, None)], None),
        (
            "twice, the harmless entry first",
            vec![entry(&leaf, before, Some(8)), entry(&leaf, before, Some(9))],
            revoked(before, Some("privilegeWithdrawn")),
        ),
    ];
    for (what, entries, objection) in table {
        let trust = with(&trust(&[&ca], &[]), PRESENT, &[list(&ca, &usual(&entries))]);
        assert_eq!(trust.judge(&leaf, now()).objection, objection, "{what}");
        let never = with(&trust, policy(CrlNeed::Never), &[list(&ca, &usual(&entries))]);
        let judgement = never.judge(&leaf, now());
        assert_eq!((judgement.objection, judgement.lists), (None, vec![]), "{what}");
    }
}

#[test]
fn withheld_list_is_noticed_when_lists_are_demanded() {
    let ca = root("CA");
    let middle = below(&ca, "УЦ");
    let leaf = leaf(&middle);
    let trust = trust(&[&ca], &[&middle]);
    let (upper, lower) = (clean(&ca), clean(&middle));
    let missing = |ca: &TestCa| Some(Objection::ListMissing { issuer: ca.certificate().subject().to_owned() });
    let table = [
        (vec![], missing(&ca)),
        (vec![lower.clone()], missing(&ca)),
        (vec![upper.clone()], missing(&middle)),
        (vec![upper.clone(), lower.clone()], None),
    ];
    for (lists, objection) in table {
        assert_eq!(with(&trust, ALWAYS, &lists).judge(&leaf, now()).objection, objection);
        assert_eq!(with(&trust, PRESENT, &lists).judge(&leaf, now()).objection, None);
    }
    let judgement = with(&trust, ALWAYS, &[upper.clone(), lower.clone()]).judge(&leaf, now());
    assert_eq!(used(&judgement), [*lower.fingerprint(), *upper.fingerprint()]);
}

#[test]
fn stale_list_is_refused_beyond_what_policy_grants() {
    let ca = root("CA");
    let leaf = leaf(&ca);
    let weekly = clean(&ca);
    let open = list(&ca, &ListRequest { next_update: None, ..usual(&[]) });
    let graceful = CrlPolicy { grace: 2 * DAY, ..ALWAYS };
    let aged = CrlPolicy { age_limit: Some(3 * DAY), ..PRESENT };
    let both = CrlPolicy { grace: 2 * DAY, age_limit: Some(8 * DAY), ..ALWAYS };
    let table = [
        ("last second", &weekly, ALWAYS, "2030-06-07T00:00:00.9Z", "", false),
        ("over", &weekly, ALWAYS, "2030-06-07T00:00:01Z", "crl_stale", false),
        ("over, when present", &weekly, PRESENT, "2030-06-07T00:00:01Z", "crl_stale", false),
        ("before grace", &weekly, graceful, "2030-06-07T00:00:00Z", "", false),
        ("in grace", &weekly, graceful, "2030-06-07T00:00:01Z", "", true),
        ("end of grace", &weekly, graceful, "2030-06-09T00:00:00Z", "", true),
        ("grace over", &weekly, graceful, "2030-06-09T00:00:01Z", "crl_stale", false),
        ("young", &weekly, aged, "2030-06-03T00:00:00Z", "", false),
        ("too old", &weekly, aged, "2030-06-03T00:00:01Z", "crl_stale", false),
        ("the stricter counts", &weekly, both, "2030-06-08T00:00:01Z", "crl_stale", false),
        ("no nextUpdate", &open, ALWAYS, "2045-01-01T00:00:00Z", "", false),
        ("no nextUpdate, too old", &open, aged, "2030-06-03T00:00:01Z", "crl_stale", false),
    ];
    for (what, list, policy, moment, expected, in_grace) in table {
        let judgement = with(&trust(&[&ca], &[]), policy, std::slice::from_ref(list)).judge(&leaf, at(moment));
        assert_eq!(label(&judgement), expected, "{what}");
        assert_eq!(judgement.lists[0].in_grace, in_grace, "{what}");
        if expected == "crl_stale" {
            let issuer = ca.certificate().subject().to_owned();
            let stale = Objection::ListStale { issuer, next_update: list.next_update() };
            assert_eq!(judgement.objection, Some(stale), "{what}");
        }
    }

    // What a stale list says of a revocation is still true.
    let list = list(&ca, &usual(&[entry(&leaf, THIS, None)]));
    let judgement = with(&trust(&[&ca], &[]), ALWAYS, &[list]).judge(&leaf, at("2031-01-01T00:00:00Z"));
    assert_eq!(label(&judgement), "revoked");
}

#[test]
fn list_of_the_future_is_not_used() {
    let ca = root("CA");
    let leaf = leaf(&ca);
    let entries = [entry(&leaf, THIS, None)];
    let future = list(&ca, &ListRequest { this_update: at("2030-06-01T12:00:01Z"), ..usual(&entries) });
    let trust = trust(&[&ca], &[]);
    assert_eq!(label(&with(&trust, ALWAYS, std::slice::from_ref(&future)).judge(&leaf, now())), "crl_missing");
    assert_eq!(label(&with(&trust, PRESENT, std::slice::from_ref(&future)).judge(&leaf, now())), "");
    // The older one still is.
    let judgement = with(&trust, ALWAYS, &[future.clone(), clean(&ca)]).judge(&leaf, now());
    assert_eq!((label(&judgement), judgement.holds.end()), ("", &at("2030-06-01T12:00:00.999999999Z")));
    let judgement = with(&trust, ALWAYS, &[future, clean(&ca)]).judge(&leaf, at("2030-06-01T12:00:01Z"));
    assert_eq!(label(&judgement), "revoked");
}

#[test]
fn list_signed_by_somebody_else_is_refused() {
    let (ca, forger) = (root("CA"), root("CA"));
    let leaf = leaf(&ca);
    let trust = trust(&[&ca], &[]);
    let entries = [entry(&leaf, THIS, None)];
    // A forger who knows better names the authority's key, or, in a list of the first version, none.
    let first_version = |ca: &TestCa| list(ca, &ListRequest { first_version: true, ..usual(&[]) });
    let mut tampered = ca.revocation_list_with(&usual(&entries), &entropy()).unwrap();
    let serial = hex::decode(leaf.serial_hex()).unwrap();
    let place = tampered.windows(serial.len()).position(|window| window == serial).unwrap();
    tampered[place + 3] ^= 1;
    let tampered = RevocationList::from_der(&tampered).unwrap();
    for (what, forged) in [("tampered", &tampered), ("first version", &first_version(&forger))] {
        for policy in [ALWAYS, PRESENT] {
            let judgement = with(&trust, policy, std::slice::from_ref(forged)).judge(&leaf, now());
            let bad = Objection::BadList { issuer: ca.certificate().subject().to_owned() };
            assert_eq!(judgement.objection, Some(bad), "{what}");
        }
        // It does not displace the genuine one.
        let both =
            [forged.clone(), list(&ca, &ListRequest { this_update: at("2030-05-01T00:00:00Z"), ..usual(&entries) })];
        assert_eq!(label(&with(&trust, ALWAYS, &both).judge(&leaf, now())), "revoked", "{what}");
    }
    assert_eq!(label(&with(&trust, ALWAYS, &[first_version(&ca)]).judge(&leaf, now())), "", "genuine, first version");

    // One that names another key is about that key: for this authority there is none.
    assert_eq!(label(&with(&trust, ALWAYS, &[clean(&forger)]).judge(&leaf, now())), "crl_missing");
}

#[test]
fn lists_of_an_authority_with_two_keys_are_told_apart() {
    let (old, new) = (root("CA"), root("CA"));
    let trust = trust(&[&old, &new], &[]);
    let (by_old, by_new) = (leaf(&old), leaf(&new));
    for first_version in [false, true] {
        let of = |ca: &TestCa, entries: &[RevokedEntry<'_>]| list(ca, &ListRequest { first_version, ..usual(entries) });
        // Each list names the other's certificate too: it says nothing about it.
        let entries = [entry(&by_new, THIS, None)];
        let lists = [of(&old, &entries), of(&new, &entries)];
        assert_eq!(label(&with(&trust, ALWAYS, &lists).judge(&by_old, now())), "");
        assert_eq!(label(&with(&trust, ALWAYS, &lists).judge(&by_new, now())), "revoked");
        assert_eq!(label(&with(&trust, ALWAYS, &lists[..1]).judge(&by_new, now())), "crl_missing");
        assert_eq!(label(&with(&trust, PRESENT, &lists[..1]).judge(&by_new, now())), "");
    }
}

#[test]
fn list_that_cannot_be_relied_on_is_refused() {
    let ca = root("CA");
    let leaf = leaf(&ca);
    let trust = trust(&[&ca], &[]);
    let point = |value| ExtraExtension { oid: "2.5.29.28", critical: true, value };
    let table: [(&str, &[ExtraExtension<'_>]); 10] = [
        ("delta", &[ExtraExtension { oid: "2.5.29.27", critical: true, value: &[2, 1, 1] }]),
        (
            "delta that is not marked critical",
            &[ExtraExtension { oid: "2.5.29.27", critical: false, value: &[2, 1, 1] }],
        ),
        ("unknown critical extension", &critical("1.2.3.4")),
        ("indirect", &[point(&[0x30, 3, 0x84, 1, 0xff])]),
        ("some reasons only", &[point(&[0x30, 4, 0x83, 2, 6, 0x40])]),
        ("attribute certificates only", &[point(&[0x30, 3, 0x85, 1, 0xff])]),
        ("authorities only", &[point(&[0x30, 3, 0x82, 1, 0xff])]),
        ("of another distribution point", &[point(b"\x30\x0e\xa0\x0c\xa0\x0a\x86\x08http://a")]),
        ("scope that cannot be read", &[point(&[0x30, 1, 0])]),
        ("relative distribution point", &[point(&[0x30, 4, 0xa0, 2, 0xa1, 0])]),
    ];
    for (what, extensions) in table {
        let bad = list(&ca, &ListRequest { extensions, ..usual(&[]) });
        for policy in [ALWAYS, PRESENT] {
            assert_eq!(
                label(&with(&trust, policy, std::slice::from_ref(&bad)).judge(&leaf, now())),
                "crl_invalid",
                "{what}"
            );
        }
        // Beside a complete list it does no harm, though it is newer.
        let older = list(&ca, &ListRequest { this_update: at("2030-05-01T00:00:00Z"), ..usual(&[]) });
        assert_eq!(label(&with(&trust, ALWAYS, &[bad, older]).judge(&leaf, now())), "", "{what}");
    }
    for (what, oid, expected) in [
        ("unknown critical extension of an entry", "1.2.3.4", "crl_invalid"),
        ("entries of several issuers", "2.5.29.29", "crl_invalid"),
        ("invalidityDate", "2.5.29.24", ""),
    ] {
        let extensions = critical(oid);
        let entries = [RevokedEntry { serial_hex: "01", since: at(THIS), reason: None, extensions: &extensions }];
        let list = list(&ca, &usual(&entries));
        assert_eq!(list.problem().is_some(), !expected.is_empty(), "{what}");
        assert_eq!(label(&with(&trust, ALWAYS, &[list]).judge(&leaf, now())), expected, "{what}");
    }
}

#[test]
fn list_is_about_the_certificates_in_its_scope() {
    let ca = root("CA");
    let middle = below(&ca, "УЦ");
    let users_only = [ExtraExtension { oid: "2.5.29.28", critical: true, value: &[0x30, 3, 0x81, 1, 0xff] }];
    let authorities_only = [ExtraExtension { oid: "2.5.29.28", critical: true, value: &[0x30, 3, 0x82, 1, 0xff] }];
    let of = |ca: &TestCa, extensions| list(ca, &ListRequest { extensions, ..usual(&[]) });
    let both = trust(&[&ca], &[&middle]);
    let below_middle = leaf(&middle);
    let table = [(&users_only, &users_only, "crl_invalid"), (&authorities_only, &users_only, "")];
    for (upper, lower, expected) in table {
        let lists = [of(&ca, upper), of(&middle, lower)];
        assert_eq!(label(&with(&both, ALWAYS, &lists).judge(&below_middle, now())), expected);
    }

    // A list in parts: that of the place the certificate names counts.
    let place = |name: char| {
        format!("\x30\x0e\u{a0}\x0c\u{a0}\x0a\u{86}\x08http://{name}").chars().map(|c| c as u8).collect::<Vec<u8>>()
    };
    let (a, b) = (place('a'), place('b'));
    let named = [[0x30, 0x10].as_slice(), &a].concat();
    let points = [ExtraExtension { oid: "2.5.29.31", critical: false, value: &named }];
    let leaf = leaf_with(&ca, &Extras { extensions: &points, ..Extras::default() });
    let revoked = [entry(&leaf, THIS, None)];
    let part = |value: &[u8], entries: &[RevokedEntry<'_>], this_update: &str| {
        let extensions = [ExtraExtension { oid: "2.5.29.28", critical: true, value }];
        list(&ca, &ListRequest { extensions: &extensions, this_update: at(this_update), ..usual(entries) })
    };
    let lists = [part(&a, &revoked, THIS), part(&b, &[], "2030-05-31T00:00:01Z")];
    assert_eq!(label(&with(&both, ALWAYS, &lists).judge(&leaf, now())), "revoked");
    assert_eq!(label(&with(&both, ALWAYS, &lists[1..]).judge(&leaf, now())), "crl_invalid");
    assert_eq!(RevocationLists::new(lists.to_vec()).iter().count(), 2);

    // A place where another than the issuer publishes is none of the issuer's.
    let by_another = [&b"\x30\x15\x30\x13"[..], &a[2..], b"\xa2\x03\x86\x01x"].concat();
    let points = [ExtraExtension { oid: "2.5.29.31", critical: false, value: &by_another }];
    let leaf = leaf_with(&ca, &Extras { extensions: &points, ..Extras::default() });
    assert_eq!(label(&with(&both, ALWAYS, &[part(&a, &[], THIS)]).judge(&leaf, now())), "crl_invalid");
}

#[test]
fn list_of_an_authority_that_may_not_sign_lists_is_refused() {
    let ca = root("CA");
    let owner = ca
        .issue_with(&cheap("УЦ"), &Extras { authority: true, key_usage: Some(&[5]), ..Extras::default() }, &entropy())
        .unwrap();
    let middle = TestCa::from_identity(owner).unwrap();
    let leaf = leaf(&middle);
    let trust = with(&trust(&[&ca], &[&middle]), ALWAYS, &[clean(&ca), clean(&middle)]);
    assert_eq!(
        trust.judge(&leaf, now()).objection,
        Some(Objection::BadList { issuer: middle.certificate().subject().to_owned() })
    );
}

#[test]
fn revoked_authority_breaks_the_path_unless_another_leads_around_it() {
    let (old, new) = (root("Старый ГУЦ"), root("Новый ГУЦ"));
    let middle = root("УЦ");
    let (by_old, by_new) = (cross(&old, &middle), cross(&new, &middle));
    let leaf = leaf(&middle);
    let entries = [entry(&by_old, "2030-05-01T00:00:00Z", Some(5))];
    let lists = [list(&old, &usual(&entries)), clean(&new), clean(&middle)];
    let anchors = certificates(&[&old, &new]);

    let judgement = with(&trust_in(anchors.clone(), vec![by_old.clone()]), ALWAYS, &lists).judge(&leaf, now());
    let problem = PathProblem::Revoked { since: at("2030-05-01T00:00:00Z"), reason: Some("cessationOfOperation") };
    assert_eq!(judgement.objection, Some(Objection::BrokenPath { subject: by_old.subject().to_owned(), problem }));
    assert_eq!(judgement.path.len(), 3);

    let judgement = with(&trust_in(anchors, vec![by_old, by_new]), ALWAYS, &lists).judge(&leaf, now());
    assert_eq!((judgement.objection.as_ref(), names(&judgement)), (None, vec!["SOCZ01641", "УЦ", "Новый ГУЦ"]));
}

#[test]
fn what_is_no_revocation_list() {
    let ca = root("CA");
    let der = ca.revocation_list(&[("0a", at(THIS), Some(1))], at(THIS), Some(at(NEXT)), 0x1234, &entropy()).unwrap();
    let list = RevocationList::from_der(&der).unwrap();
    assert_eq!((list.issuer(), list.len(), list.number_hex()), ("CN=CA,O=CA,C=RU", 1, Some("1234")));
    assert_eq!((list.this_update(), list.next_update()), (at(THIS), Some(at(NEXT))));
    assert_eq!((list.fingerprint(), list.problem()), (&Fingerprint::of(&der), None));

    let pem = format!("-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n", base64ct::Base64::encode_string(&der));
    for file in [pem.as_bytes(), &der] {
        assert_eq!(RevocationList::from_file(file).unwrap().fingerprint(), list.fingerprint());
    }
    assert!(matches!(RevocationList::from_file(ca.certificate().to_pem().as_bytes()), Err(Error::Pem { .. })));
    assert!(matches!(RevocationList::from_file(ca.certificate().der()), Err(Error::Der { .. })));
    assert!(matches!(RevocationList::from_file(b""), Err(Error::Pem { .. })));
    for length in 0..der.len() {
        assert!(RevocationList::from_der(&der[..length]).is_err(), "{length} of {} octets", der.len());
    }
    let trailing = RevocationList::from_der(&[&der[..], b"\0"].concat()).unwrap_err();
    assert_eq!(trailing, Error::TrailingBytes { what: "revocation list", count: 1 });
    // The algorithm beside the signature is not the one that is signed.
    let oid = hex::decode("06082a8648ce3d040302").unwrap();
    let at = der.windows(oid.len()).rposition(|window| window == oid).unwrap() + oid.len() - 1;
    let mut changed = der.clone();
    changed[at] = 3;
    assert_eq!(RevocationList::from_der(&changed).unwrap_err(), Error::SignatureAlgorithmsDiffer);
}

#[test]
fn newest_list_of_each_issuer_counts() {
    let (ca, other) = (root("CA"), root("Другой УЦ"));
    let dated = |ca, this_update| list(ca, &ListRequest { this_update: at(this_update), ..usual(&[]) });
    let (old, new) = (dated(&ca, "2030-05-01T00:00:00Z"), dated(&ca, THIS));
    let lists = RevocationLists::new(vec![old.clone(), clean(&other), new.clone(), new.clone()]);
    let mut shown: Vec<_> = lists.iter().map(|list| (list.issuer().to_owned(), list.this_update())).collect();
    shown.sort();
    let of = |ca: &TestCa| ca.certificate().subject().to_owned();
    assert_eq!(shown, [(of(&ca), at(THIS)), (of(&other), at(THIS))]);
    let judgement = with(&trust(&[&ca], &[]), ALWAYS, &[old, new.clone()]).judge(&leaf(&ca), now());
    assert_eq!(used(&judgement), [*new.fingerprint()]);
}

#[test]
fn list_of_the_size_of_a_national_authority_is_read() {
    const COUNT: u64 = 200_000;
    let serial = |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1) | (1 << 62);
    let mut entries = Vec::new();
    for n in 0..COUNT {
        entries.extend(b"\x30\x19\x02\x08");
        entries.extend(serial(n).to_be_bytes());
        entries.extend(b"\x17\x0d260101000000Z");
    }
    let sequence = |content: Vec<u8>| match content.len() {
        0x1_0000..0x100_0000 => {
            let length = u32::try_from(content.len()).unwrap().to_be_bytes();
            [&[0x30, 0x83][..], &length[1..], &content].concat()
        }
        _ => panic!("{} octets", content.len()),
    };
    let issuer = b"\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02CA";
    let algorithm = b"\x30\x0a\x06\x08\x2a\x85\x03\x07\x01\x01\x03\x02";
    let tbs = [&b"\x02\x01\x01"[..], algorithm, issuer, b"\x17\x0d300101000000Z", &sequence(entries)].concat();
    let der = sequence([&sequence(tbs), &algorithm[..], &[3, 65, 0], &[1; 64]].concat());
    let list = RevocationList::from_der(&der).unwrap();
    assert_eq!(list.len(), usize::try_from(COUNT).unwrap());
}
