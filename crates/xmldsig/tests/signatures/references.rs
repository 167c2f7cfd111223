//! What a reference may say: URIs, transforms, digests.

use base64ct::{Base64, Encoding as _};
use xmldsig::{Algorithms, Error, Part, Policy};

use crate::forge::{
    self, EXCLUSIVE, TRANSFORM, edit, identity, reference, refused, sender, sign, signed, template, verify, verify_with,
};

#[test]
fn reference_uri_other_than_an_id() {
    for uri in [
        "",
        "#",
        "body",
        "http://example.org/body.xml",
        "http://example.org/#body",
        "file:///etc/passwd",
        "#xpointer(/)",
        "#xpointer(id('body'))",
        "#xmlns(a=b)",
        "#body'",
        "#bo dy",
        "#тело",
    ] {
        let message = sign(&edit(&template(), "URI=\"#body\"", &format!("URI=\"{uri}\"")), sender());
        refused!(verify(&message), Error::BadSecurity { .. }, "{uri}");
    }
    refused!(verify(&sign(&edit(&template(), " URI=\"#body\"", ""), sender())), Error::BadSecurity { .. });
}

#[test]
fn unknown_transforms() {
    for uri in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform",
        "urn://smev-gov-ru/xmldsig/transform",
        "",
    ] {
        let unknown = format!("<ds:Transform Algorithm=\"{uri}\"/>");
        for transforms in [unknown.clone(), format!("{unknown}{TRANSFORM}"), format!("{TRANSFORM}{unknown}")] {
            let message = sign(&edit(&template(), TRANSFORM, &transforms), sender());
            refused!(verify(&message), Error::UnknownTransform { uri: named } if named == uri, "{transforms}");
        }
    }
}

/// Without transforms the part would be digested in inclusive canonical form, which reaches for namespaces outside of it.
#[test]
fn transforms_absent_many_or_misordered() {
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    for transforms in [
        String::new(),
        enveloped.to_owned(),
        TRANSFORM.repeat(2),
        format!("{TRANSFORM}{enveloped}"),
        format!("{enveloped}{enveloped}{TRANSFORM}"),
        TRANSFORM.repeat(10_000),
    ] {
        let message = sign(&edit(&template(), TRANSFORM, &transforms), sender());
        refused!(verify(&message), Error::BadSecurity { .. }, "{} octets of transforms", transforms.len());
    }
    let none = edit(&template(), &format!("<ds:Transforms>{TRANSFORM}</ds:Transforms>"), "");
    refused!(verify(&sign(&none, sender())), Error::BadSecurity { .. });
}

/// Written by a client template in use; it changes nothing, because the Body does not hold the signature.
#[test]
fn enveloped_transform_before_canonicalization_is_accepted() {
    let both =
        format!("<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>{TRANSFORM}");
    let verified = verify(&sign(&edit(&template(), TRANSFORM, &both), sender())).unwrap();
    assert!(verified.covered[0].plain);
    assert!(String::from_utf8_lossy(&verified.covered[0].octets).contains("7701234567"));
}

#[test]
fn prefix_list_is_accepted_and_marks_the_octets_as_not_plain() {
    let list = "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"soap ds\"/>";
    let with_list = format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\">{list}</ds:Transform>");
    let mut message = edit(&template(), TRANSFORM, &with_list);
    // The digest of the Body with the namespace `ds`, which only the list brings into it.
    let octets = xmldsig::Document::parse(message.as_bytes()).unwrap().canonical(&Part::Body).unwrap();
    let octets = String::from_utf8(octets).unwrap();
    let octets = edit(&octets, "<soap:Body ", "<soap:Body xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ");
    let digest = xmldsig::digest(pki::Algorithm::Gost2012_256, octets.as_bytes());
    message = edit(&message, "@digest:Body@", &Base64::encode_string(&digest));
    let verified = verify(&sign(&message, sender())).unwrap();
    assert_eq!(String::from_utf8_lossy(&verified.covered[0].octets), octets);
    assert!(!verified.covered[0].plain);
}

#[test]
fn prefix_list_of_many_prefixes() {
    let many = (0..10_000).map(|number| format!("p{number}")).collect::<Vec<_>>().join(" ");
    let list = format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{many}\"/>");
    let message =
        edit(&template(), TRANSFORM, &format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\">{list}</ds:Transform>"));
    refused!(verify(&sign(&message, sender())), Error::BadSecurity { .. });
}

#[test]
fn many_references() {
    let one = reference("body", "Body");
    for count in [4, 10_000] {
        let message = sign(&edit(&template(), &one, &one.repeat(count)), sender());
        refused!(verify(&message), Error::BadSecurity { what: "too many references" }, "{count}");
    }
}

#[test]
fn two_references_to_one_element() {
    let one = reference("body", "Body");
    refused!(verify(&sign(&edit(&template(), &one, &one.repeat(2)), sender())), Error::BadSecurity { .. });
}

#[test]
fn empty_digest_or_digest_of_another_length() {
    for digest in ["", "AA==", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "====", "!!!!"] {
        let message = sign(&edit(&template(), "@digest:Body@", digest), sender());
        refused!(verify(&message), Error::BadSecurity { .. }, "{digest:?}");
    }
}

/// Canonicalization of a part that has no canonical form must not end in a digest of nothing (CVE-2025-66568).
#[test]
fn void_canonicalization_by_a_relative_namespace() {
    let digest = Base64::encode_string(&xmldsig::digest(pki::Algorithm::Gost2012_256, b""));
    let message = sign(&edit(&template(), "@digest:Body@", &digest), sender());
    let attack = edit(&message, "<op:inn>", "<op:inn xmlns:r=\"relative\">");
    refused!(verify(&attack), Error::BadSecurity { .. });
    refused!(verify(&edit(&signed(), "<smev:NodeId>", "<smev:NodeId xmlns=\"relative\">")), Error::BadSecurity { .. });
}

#[test]
fn body_changed_after_signing() {
    refused!(verify(&edit(&signed(), "7701234567", "7701234568")), Error::WrongDigest { part: Part::Body });
    refused!(verify(&edit(&signed(), "<op:inn>", " <op:inn>")), Error::WrongDigest { part: Part::Body });
}

#[test]
fn xml_changed_without_change_of_meaning_still_verifies() {
    let message = signed();
    let declared = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- sent -->{message}");
    let longer = edit(&message, "<soap:Header>", "<soap:Header><x:extra xmlns:x=\"urn:x\"/>");
    let commented = edit(&message, "<op:inn>", "<op:inn><!-- a comment is not signed -->");
    for same in [declared, longer, commented] {
        assert!(verify(&same).is_ok(), "{same}");
    }
}

/// A third reference, as XAdES has it, is checked like the others.
#[test]
fn every_reference_is_checked() {
    let three = reference("body", "Body") + &reference("header", "Header");
    let message = sign(&edit(&template(), &reference("body", "Body"), &three), sender());
    assert_eq!(verify(&message).unwrap().covered.len(), 2);
    refused!(verify(&edit(&message, ">64<", ">65<")), Error::WrongDigest { part: Part::Header });
}

#[test]
fn digest_older_than_the_signature() {
    let gost94 = "http://www.w3.org/2001/04/xmldsig-more#gostr3411";
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    for uri in [gost94, sha256] {
        let message = sign(&edit(&template(), "@digest-method@", uri), sender());
        refused!(verify(&message), Error::AlgorithmDoesNotFitKey, "{uri}");
    }
    let ecdsa = identity(pki::Algorithm::EcdsaP256Sha256, 5);
    let message = sign(&edit(&template(), "@digest-method@", gost94), &ecdsa);
    let policy = Policy { actor: xmldsig::Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::GostAndTest };
    refused!(verify_with(&message, &policy, &ecdsa), Error::AlgorithmDoesNotFitKey);
}
