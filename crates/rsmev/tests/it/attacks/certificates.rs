//! Certificates that no longer, not yet or never vouched for anybody, each registered for its system: registration alone is not
//! enough where authorities are named.

use jiff::{SignedDuration, Timestamp};
use pki::test_ca::{CertificateRequest, ExtraExtension, Extras, TestCa, self_signed};
use pki::{Algorithm, Identity};

use super::algorithms::{authority, register, request};
use super::bus::{Bus, SENDER};
use super::forge::{Forge, edit};
use crate::region::Region;

const KEY: Algorithm = Algorithm::Gost2012_256;

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// About now: the stand's certificates begin a day before it was made.
fn now(region: &Region) -> Timestamp {
    request(region, "", KEY).not_before + hours(24)
}

/// Writes a revocation list of the stand's authority and has the bus demand it.
fn with_list(region: &Region, list: Option<&[u8]>, more: &str) {
    std::fs::create_dir(region.path().join("crl")).unwrap();
    if let Some(list) = list {
        std::fs::write(region.path().join("crl/ca.crl"), list).unwrap();
    }
    let keys = format!("[trust]\ncrl_directory = \"crl\"\ncrl = \"always\"\n{more}");
    region.edit("routes.toml", "[trust]", &keys);
}

fn good_list(region: &Region, revoked: &[(&str, Timestamp, Option<u8>)]) -> Vec<u8> {
    let now = now(region);
    authority(region).revocation_list(revoked, now - hours(1), Some(now + hours(24)), 7, &[3; 64]).unwrap()
}

/// What is wrong with a certificate, and what it is refused with.
struct Animal {
    what: &'static str,
    code: &'static str,
    identity: Identity,
}

fn zoo(region: &Region) -> Vec<Animal> {
    let ca = authority(region);
    let usual = request(region, "зверь", KEY);
    let now = now(region);
    let entropy = |number: u8| [number; 64];
    let with = |extras: &Extras<'_>, number: u8| ca.issue_with(&usual, extras, &entropy(number)).unwrap();
    let dated = |from: Timestamp, to: Timestamp, number: u8| {
        ca.issue(&CertificateRequest { not_before: from, not_after: to, ..usual }, &entropy(number)).unwrap()
    };
    let named = |name: &'static str| CertificateRequest { common_name: name, ..usual };
    let foreign = TestCa::create("Чужой УЦ", KEY, None, usual.not_before, usual.not_after, &entropy(50)).unwrap();
    let same_name = ca.certificate().common_name().unwrap().to_owned();
    let double = TestCa::create(&same_name, KEY, None, usual.not_before, usual.not_after, &entropy(51)).unwrap();
    let short = ca.intermediate(&named("Короткий УЦ"), Some(0), &entropy(52)).unwrap();
    let below = short.intermediate(&named("УЦ под коротким"), None, &entropy(53)).unwrap();
    let ended = CertificateRequest { not_after: now - hours(1), ..named("Истёкший УЦ") };
    let ended = ca.intermediate(&ended, None, &entropy(54)).unwrap();
    // Two authorities that vouch for each other and for nobody else.
    let one = TestCa::create("Кольцо 1", KEY, None, usual.not_before, usual.not_after, &entropy(55)).unwrap();
    let two = TestCa::create("Кольцо 2", KEY, None, usual.not_before, usual.not_after, &entropy(56)).unwrap();
    let cross = |by: &TestCa, of: &TestCa, name: &'static str, number: u8| {
        let request = CertificateRequest { organization: name, ..named(name) };
        let extras = Extras { authority: true, ..Extras::default() };
        by.certify_with(&request, &extras, of.certificate().public_key(), &entropy(number)).unwrap()
    };
    let mut between = vec![short.certificate().clone(), below.certificate().clone(), ended.certificate().clone()];
    between.push(cross(&two, &one, "Кольцо 1", 57));
    between.push(cross(&one, &two, "Кольцо 2", 58));
    let mut files = Vec::new();
    for (number, certificate) in between.iter().enumerate() {
        let file = format!("certs/ca/between-{number}.pem");
        std::fs::write(region.path().join(&file), certificate.to_pem()).unwrap();
        files.push(format!("\"{file}\""));
    }
    region.edit("routes.toml", "[trust]", &format!("[trust]\nintermediates = [{}]", files.join(", ")));
    let critical = ExtraExtension { oid: "1.2.643.100.999", critical: true, value: &[5, 0] };
    let animal = |what, code, identity| Animal { what, code, identity };
    vec![
        animal("expired", "SMEV-100005", dated(now - hours(48), now - hours(1), 60)),
        animal("not yet valid", "SMEV-100005", dated(now + hours(24), now + hours(48), 61)),
        animal("of another use", "SMEV-100013", with(&Extras { key_usage: Some(&[5, 6]), ..Extras::default() }, 62)),
        animal(
            "for encryption only",
            "SMEV-100013",
            with(&Extras { key_usage: Some(&[2, 3]), ..Extras::default() }, 63),
        ),
        animal(
            "with a critical extension nobody knows",
            "SMEV-100013",
            with(&Extras { extensions: &[critical], ..Extras::default() }, 64),
        ),
        animal("self-signed", "SMEV-100011", self_signed(&usual, &Extras::default(), &entropy(65)).unwrap()),
        animal("of a foreign authority", "SMEV-100011", foreign.issue(&usual, &entropy(66)).unwrap()),
        animal("of a foreign authority with the same name", "SMEV-100011", double.issue(&usual, &entropy(67)).unwrap()),
        animal("below a path that is too long", "SMEV-100011", below.issue(&usual, &entropy(69)).unwrap()),
        animal("below an authority that has ended", "SMEV-100011", ended.issue(&usual, &entropy(70)).unwrap()),
        animal("in a ring of authorities", "SMEV-100011", one.issue(&usual, &entropy(71)).unwrap()),
    ]
}

/// Revoked, expired, not yet valid, of another use, foreign, self-signed, in a ring: each registered, each refused in its way.
#[test]
fn certificate_zoo() {
    let mut animals = Vec::new();
    let mut revoked = None;
    let mut good = None;
    let mut bus = Bus::prepared(|region| {
        let ca = authority(region);
        let issue = |name: &'static str, number: u8| {
            let identity = ca.issue(&request(region, name, KEY), &[number; 64]).unwrap();
            register(region, name, identity.certificate());
            identity
        };
        let (bad, fine) = (issue("REVO01641", 80), issue("FINE01641", 81));
        let serial = bad.certificate().serial_hex().to_owned();
        let list = good_list(region, &[(&serial, now(region) - hours(2), Some(1))]);
        with_list(region, Some(&list), "");
        animals = zoo(region);
        for (number, animal) in animals.iter().enumerate() {
            register(region, &format!("Z{number:03}01641"), animal.identity.certificate());
        }
        (revoked, good) = (Some(bad), Some(fine));
    });
    let message = Forge::with(&bus.region, "FINE01641", good.unwrap()).signed();
    bus.reaches("a certificate in good order", message);
    let attack = Forge::with(&bus.region, "REVO01641", revoked.unwrap()).signed();
    bus.refuses("revoked", &["SMEV-100007"], attack);
    for (number, animal) in animals.into_iter().enumerate() {
        let attack = Forge::with(&bus.region, &format!("Z{number:03}01641"), animal.identity).signed();
        bus.refuses(animal.what, &[animal.code], attack);
    }
    let stranger = Forge::of(&bus.region, "STRN01641").signed();
    bus.refuses("in perfect order, but of nobody", &["SMEV-100011"], stranger);
    bus.account();
}

/// A revocation list that says nothing of today: whoever could be on it is refused, and told that it is not his fault.
#[test]
fn revocation_lists_stale_missing_or_forged() {
    type Make = fn(&Region) -> (Option<Vec<u8>>, &'static str);
    let made: [(&str, Make); 6] = [
        ("tampered with", |region| {
            let mut list = good_list(region, &[]);
            *list.last_mut().unwrap() ^= 1;
            (Some(list), "")
        }),
        ("missing", |_| (None, "")),
        ("stale", |region| {
            let now = now(region);
            let list = authority(region).revocation_list(&[], now - hours(48), Some(now - hours(1)), 7, &[3; 64]);
            (Some(list.unwrap()), "")
        }),
        ("past its grace", |region| {
            let now = now(region);
            let list = authority(region).revocation_list(&[], now - hours(48), Some(now - hours(3)), 7, &[3; 64]);
            (Some(list.unwrap()), "crl_grace = \"2 h\"\n")
        }),
        ("older than agreed", |region| {
            let now = now(region);
            let list = authority(region).revocation_list(&[], now - hours(48), Some(now + hours(48)), 7, &[3; 64]);
            (Some(list.unwrap()), "crl_age_limit = \"24 h\"\n")
        }),
        ("signed by another", |region| {
            let ca = authority(region);
            let usual = request(region, "", KEY);
            let name = ca.certificate().common_name().unwrap();
            let double = TestCa::create(name, KEY, None, usual.not_before, usual.not_after, &[51; 64]).unwrap();
            let now = now(region);
            let list = double.revocation_list(&[], now - hours(1), Some(now + hours(24)), 7, &[3; 64]);
            (Some(list.unwrap()), "")
        }),
    ];
    for (what, make) in made {
        let mut bus = Bus::prepared(|region| {
            let (list, more) = make(region);
            with_list(region, list.as_deref(), more);
        });
        let message = bus.forge.signed();
        bus.refuses(format!("a list that is {what}"), &["SMEV-100020"], message);
        bus.tell(0);
    }
}

/// Grace is what the operator has written down, and no more.
#[test]
fn stale_list_within_its_grace() {
    let mut bus = Bus::prepared(|region| {
        let now = now(region);
        let list = authority(region).revocation_list(&[], now - hours(48), Some(now - hours(1)), 7, &[3; 64]).unwrap();
        with_list(region, Some(&list), "crl_grace = \"2 h\"\n");
    });
    bus.serves_honest();
    bus.account();
}

/// A certificate that is only being tried out vouches for test messages and for nothing else.
#[test]
fn certificate_on_trial() {
    let mut tried = None;
    let mut bus = Bus::prepared(|region| {
        let identity = authority(region).issue(&request(region, SENDER, KEY), &[90; 64]).unwrap();
        std::fs::write(region.path().join("certs/is/trial.pem"), identity.certificate().to_pem()).unwrap();
        let system = format!("mnemonic = \"{SENDER}\"\n");
        let trial = format!("{system}trial_certificates = [\"../certs/is/trial.pem\"]\n");
        region.edit("routes.d/participants.toml", &system, &trial);
        tried = Some(identity);
    });
    let forge = Forge::with(&bus.region, SENDER, tried.unwrap());
    let message = forge.signed();
    bus.reaches("a test message", message);
    for (name, mark) in [
        ("no TestMsg", ""),
        ("TestMsg elsewhere", "<x><smev:TestMsg>T</smev:TestMsg></x>"),
        ("TestMsg that says no", "<smev:TestMsg>FALSE</smev:TestMsg>"),
        ("empty TestMsg", "<smev:TestMsg/>"),
    ] {
        let attack = forge.sign(&edit(&forge.template(), "<smev:TestMsg>T</smev:TestMsg>", mark));
        bus.refuses(name, &["SMEV-100011"], attack);
    }
    // A comment is not signed: what is a test message may not depend on it.
    let template = edit(&forge.template(), "<smev:TestMsg>T</smev:TestMsg>", "<!--@-->");
    let attack = edit(&forge.sign(&template), "<!--@-->", "<smev:TestMsg>T</smev:TestMsg>");
    bus.refuses("TestMsg put in after signing", &["SMEV-100003"], attack);
    bus.account();
}
