//! Verdicts on chains and revocation lists against those of `openssl verify` with its GOST engine, where installed.

use std::path::Path;

use pki::{
    Certificate,
    test_ca::{ExtraExtension, Extras, ListRequest, RevokedEntry, TestCa, self_signed},
    trust::{Authorities, CrlNeed, CrlPolicy, Objection, RevocationList, RevocationLists, Trust},
};

use crate::{
    KINDS, at, authority,
    openssl::{installed, openssl},
    request,
    zoo::*,
};

struct Case {
    what: String,
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    leaf: Certificate,
    lists: Vec<Vec<u8>>,
    /// [`pki::trust::Objection::label`] and the number openssl gives the same thing; none: accepted.
    refused: Option<(&'static str, u32)>,
}

/// A chain of three of one kind of key, with fresh lists.
struct Chain {
    root: TestCa,
    middle: TestCa,
    leaf: Certificate,
}

impl Chain {
    fn new((n, kind): (u8, (pki::Algorithm, Option<gost::ParameterSet>)), extras: &Extras<'_>) -> Self {
        let root = authority("Головной УЦ", kind, n);
        let middle = root.intermediate(&request("УЦ", kind), None, &[n + 50; 64]).unwrap();
        let leaf = middle.issue_with(&request("SOCZ01641", kind), extras, &entropy()).unwrap().certificate().clone();
        Self { root, middle, leaf }
    }

    fn case(&self, what: &str, refused: Option<(&'static str, u32)>) -> Case {
        Case {
            what: what.to_owned(),
            anchors: certificates(&[&self.root]),
            intermediates: certificates(&[&self.middle]),
            leaf: self.leaf.clone(),
            lists: vec![list(&self.root, &[], NEXT), list(&self.middle, &[], NEXT)],
            refused,
        }
    }
}

const NEXT: &str = "2030-06-07T00:00:00Z";

fn list(ca: &TestCa, revoked: &[&Certificate], next_update: &str) -> Vec<u8> {
    let entries: Vec<_> =
        revoked.iter().map(|certificate| (certificate.serial_hex(), at("2030-05-01T00:00:00Z"), Some(4))).collect();
    ca.revocation_list(&entries, at("2030-05-31T00:00:00Z"), Some(at(next_update)), 1, &entropy()).unwrap()
}

fn odd_list(ca: &TestCa, request: &ListRequest<'_>) -> Vec<u8> {
    let request = ListRequest { this_update: at("2030-05-31T00:00:00Z"), next_update: Some(at(NEXT)), ..*request };
    ca.revocation_list_with(&request, &entropy()).unwrap()
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for numbered in (1..).zip(KINDS) {
        let chain = Chain::new(numbered, &Extras::default());
        let (root, middle) = (&chain.root, &chain.middle);
        let clean = [list(root, &[], NEXT), list(middle, &[], NEXT)];
        cases.push(chain.case("honest", None));
        cases.push(Case {
            lists: vec![clean[0].clone(), list(middle, &[&chain.leaf], NEXT)],
            ..chain.case("revoked", Some(("revoked", 23)))
        });
        cases.push(Case {
            lists: vec![list(root, &[middle.certificate()], NEXT), clean[1].clone()],
            ..chain.case("revoked authority", Some(("broken_path", 23)))
        });
        let forger = Chain::new((numbered.0 + 100, numbered.1), &Extras::default());
        cases.push(Case { leaf: forger.leaf, ..chain.case("forged", Some(("broken_path", 20))) });
    }
    cases.extend(odd_certificates());
    cases.extend(odd_lists());
    cases
}

fn odd_certificates() -> Vec<Case> {
    let cheap_kind = (1, KINDS[5]);
    let with = |extras: Extras<'_>| Chain::new(cheap_kind, &extras);
    let chain = with(Extras::default());
    let narrow = chain.root.intermediate(&cheap("УЦ 0"), Some(0), &entropy()).unwrap();
    let below_narrow = below(&narrow, "УЦ 1");
    let owner = chain.middle.issue(&cheap("a system"), &entropy()).unwrap();
    let dated_leaf = |from, to, what: &str, refused| Case {
        leaf: chain.middle.issue(&dated("SOCZ01641", from, to), &entropy()).unwrap().certificate().clone(),
        ..chain.case(what, refused)
    };
    let constrained = [ExtraExtension { oid: "2.5.29.36", critical: true, value: &[0x30, 3, 0x80, 1, 0] }];
    vec![
        dated_leaf("2026-01-01T00:00:00Z", "2030-06-01T11:59:59Z", "expired", Some(("expired", 10))),
        dated_leaf("2030-06-01T12:00:01Z", "2046-01-01T00:00:00Z", "not yet valid", Some(("not_yet_valid", 9))),
        dated_leaf("2030-06-01T12:00:00Z", "2030-06-01T12:00:01Z", "valid for a second", None),
        with(Extras { key_usage: Some(&[4]), ..Extras::default() }).case("wrong usage", Some(("wrong_usage", 26))),
        with(Extras { key_usage: Some(&[]), ..Extras::default() }).case("no usage", None),
        with(Extras { extensions: &critical("1.2.3.4"), ..Extras::default() })
            .case("unknown critical extension", Some(("unknown_critical_extension", 34))),
        with(Extras { extensions: &constrained, ..Extras::default() })
            .case("policyConstraints", Some(("unknown_critical_extension", 0))),
        Case { intermediates: vec![], ..chain.case("no intermediate", Some(("no_path", 20))) },
        Case {
            leaf: self_signed(&cheap("x"), &Extras::default(), &entropy()).unwrap().certificate().clone(),
            ..chain.case("self-signed", Some(("self_signed", 18)))
        },
        Case {
            intermediates: certificates(&[&narrow, &below_narrow]),
            leaf: leaf(&below_narrow),
            lists: [&chain.root, &narrow, &below_narrow].map(|ca| list(ca, &[], NEXT)).to_vec(),
            ..chain.case("pathLenConstraint", Some(("broken_path", 25)))
        },
        Case {
            intermediates: vec![chain.middle.certificate().clone(), owner.certificate().clone()],
            leaf: leaf(&usurper(&owner)),
            ..chain.case("a system issues certificates", Some(("broken_path", 79)))
        },
    ]
}

fn odd_lists() -> Vec<Case> {
    let chain = Chain::new((1, KINDS[5]), &Extras::default());
    let forger = Chain::new((1, KINDS[5]), &Extras::default());
    let root = list(&chain.root, &[], NEXT);
    let with =
        |lower: Vec<u8>, what: &str, refused| Case { lists: vec![root.clone(), lower], ..chain.case(what, refused) };
    let odd = |request: ListRequest<'_>| odd_list(&chain.middle, &request);
    let point = |value| [ExtraExtension { oid: "2.5.29.28", critical: true, value }];
    let none = ListRequest::default();
    let unknown = critical("1.2.3.4");
    let entries =
        [RevokedEntry { serial_hex: "01", since: at("2030-05-01T00:00:00Z"), reason: None, extensions: &unknown }];
    vec![
        Case { lists: vec![root.clone()], ..chain.case("no list", Some(("crl_missing", 3))) },
        with(list(&chain.middle, &[], "2030-06-01T00:00:00Z"), "stale list", Some(("crl_stale", 12))),
        with(odd(ListRequest { first_version: true, ..none }), "list of the first version", None),
        with(
            odd_list(&forger.middle, &ListRequest { first_version: true, ..none }),
            "forged list",
            Some(("crl_invalid", 8)),
        ),
        with(
            odd(ListRequest { extensions: &unknown, ..none }),
            "critical extension of a list",
            Some(("crl_invalid", 36)),
        ),
        with(
            odd(ListRequest { entries: &entries, ..none }),
            "critical extension of an entry",
            Some(("crl_invalid", 36)),
        ),
        with(
            odd(ListRequest { extensions: &point(&[0x30, 3, 0x82, 1, 0xff]), ..none }),
            "authorities only",
            Some(("crl_invalid", 44)),
        ),
        with(odd(ListRequest { extensions: &point(&[0x30, 3, 0x81, 1, 0xff]), ..none }), "systems only", None),
        with(
            odd(ListRequest { extensions: &point(&[0x30, 3, 0x84, 1, 0xff]), ..none }),
            "indirect",
            Some(("crl_invalid", 0)),
        ),
    ]
}

fn pem(label: &str, ders: &[&[u8]]) -> String {
    use base64ct::Encoding as _;
    ders.iter().fold(String::new(), |text, der| {
        let body = base64ct::Base64::encode_string(der);
        let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        text + &format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    })
}

/// The error number openssl stops at; none when it accepts.
fn by_openssl(directory: &Path, case: &Case) -> Option<u32> {
    let write = |name: &str, label, ders: &[&[u8]]| std::fs::write(directory.join(name), pem(label, ders)).unwrap();
    let of = |certificates: &[Certificate], name: &str| {
        write(name, "CERTIFICATE", &certificates.iter().map(Certificate::der).collect::<Vec<_>>());
    };
    of(&case.anchors, "anchors.pem");
    of(&case.intermediates, "intermediates.pem");
    of(std::slice::from_ref(&case.leaf), "leaf.pem");
    write("lists.pem", "X509 CRL", &case.lists.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let untrusted = if case.intermediates.is_empty() { "" } else { " -untrusted intermediates.pem" };
    let command = format!(
        "verify -engine gost -attime {} -purpose smimesign -crl_check_all -extended_crl -CAfile anchors.pem{untrusted} \
         -CRLfile lists.pem leaf.pem",
        now().as_second()
    );
    match openssl(directory, &command) {
        Ok(_) => None,
        Err(said) => {
            let number = said.lines().find_map(|line| line.strip_prefix("error ")?.split(' ').next()?.parse().ok());
            assert!(number.is_some(), "{}: {said}", case.what);
            number
        }
    }
}

#[test]
fn verdicts_are_those_of_openssl() {
    if !installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let cases = cases();
    assert!(cases.len() > 40);
    let mut differences = Vec::new();
    for case in cases {
        let trust = Trust {
            authorities: Authorities::new(case.anchors.clone(), case.intermediates.clone()).unwrap(),
            lists: RevocationLists::new(case.lists.iter().map(|der| RevocationList::from_der(der).unwrap()).collect()),
            policy: CrlPolicy { need: CrlNeed::Always, ..CrlPolicy::default() },
        };
        let ours = trust.judge(&case.leaf, now()).objection;
        let label = ours.as_ref().map(Objection::label);
        let theirs = by_openssl(directory.path(), &case);
        // 0: it processes what is refused here.
        let expected = case.refused.map(|(_, number)| number).filter(|number| *number != 0);
        if (label, theirs) != (case.refused.map(|(label, _)| label), expected) {
            differences.push(format!("{}: {ours:?}, openssl {theirs:?}", case.what));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn revocation_lists_made_by_openssl_are_used() {
    if !installed() {
        return;
    }
    let table = [
        ("gost2001 -pkeyopt paramset:XA", "md_gost94"),
        ("gost2012_256 -pkeyopt paramset:A", "md_gost12_256"),
        ("gost2012_256 -pkeyopt paramset:TCA", "md_gost12_256"),
        ("gost2012_512 -pkeyopt paramset:A", "md_gost12_512"),
        ("RSA -pkeyopt rsa_keygen_bits:2048", "sha256"),
        ("EC -pkeyopt ec_paramgen_curve:P-256", "sha256"),
    ];
    for (options, digest) in table {
        for extensions in ["", " -crlexts crl"] {
            made_by_openssl(options, digest, extensions);
        }
    }
}

fn made_by_openssl(options: &str, digest: &str, extensions: &str) {
    let directory = tempfile::tempdir().unwrap();
    let run = |command: &str| openssl(directory.path(), command).unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("index.txt", "");
    write("crlnumber", "1a\n");
    write(
        "ca.cnf",
        "[ca]\ndefault_ca = it\n[it]\ndatabase = index.txt\ncrlnumber = crlnumber\ndefault_crl_days = 30\n\
         [crl]\nauthorityKeyIdentifier = keyid:always\n",
    );
    run(&format!("genpkey -engine gost -algorithm {options} -out ca.key"));
    run(&format!("req -engine gost -x509 -new -key ca.key -{digest} -days 30 -subj /C=RU/O=x/CN=ca -out ca.pem"));
    for name in ["revoked", "honest"] {
        run(&format!("genpkey -engine gost -algorithm {options} -out {name}.key"));
        run(&format!("req -engine gost -new -key {name}.key -{digest} -subj /CN={name} -out {name}.csr"));
        run(&format!(
            "x509 -engine gost -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -{digest} -days 10 -out {name}.pem"
        ));
    }
    let ca = format!("ca -config ca.cnf -engine gost -keyfile ca.key -cert ca.pem -md {digest}");
    run(&format!("{ca} -revoke revoked.pem -crl_reason cessationOfOperation"));
    run(&format!("{ca} -gencrl{extensions} -out crl.pem"));

    let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
    let certificate = |name: &str| Certificate::from_pem(&read(name)).unwrap();
    let list = RevocationList::from_file(&read("crl.pem")).unwrap();
    let now = list.this_update();
    let trust = Trust {
        lists: RevocationLists::new(vec![list]),
        policy: CrlPolicy { need: CrlNeed::Always, ..CrlPolicy::default() },
        ..trust_in(vec![certificate("ca.pem")], vec![])
    };
    let objection = trust.judge(&certificate("revoked.pem"), now).objection;
    let expected = Objection::Revoked { since: now, reason: Some("cessationOfOperation") };
    let reason = |objection: Objection| match objection {
        Objection::Revoked { since, reason } => (since <= now, reason),
        other => (false, Some(other.label())),
    };
    assert_eq!(objection.map(reason), Some(reason(expected)), "{options}{extensions}");
    assert_eq!(trust.judge(&certificate("honest.pem"), now).objection, None, "{options}{extensions}");
}
