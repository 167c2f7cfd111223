//! Signature wrapping: the signed part is moved to where nobody looks, a forged one takes its place.

use xmldsig::{Actor, Algorithms, Error, Part, Policy};

use crate::forge::{self, CONTENT, edit, reference, refused, sender, sign, signed, template, verify, verify_with};

const FORGED: &str = "<op:ask xmlns:op=\"urn:test:service\"><op:inn>0000000000</op:inn></op:ask>";

fn body(attributes: &str, content: &str) -> String {
    format!("<soap:Body{attributes}>{content}</soap:Body>")
}

/// Every place for the signed Body, every id on the forged one (On Breaking SAML, XSW 1 to 8).
#[test]
fn xsw_signed_body_moved_and_forged_body_in_its_place() {
    let message = signed();
    assert!(verify(&message).is_ok());
    let original = body(" wsu:Id=\"body\"", CONTENT);
    let moved = format!("<w:wrap xmlns:w=\"urn:w\">{original}</w:wrap>");
    let object = format!("</ds:KeyInfo><ds:Object>{original}</ds:Object>");
    let places: [(&str, &str, &str); 9] = [
        ("before the Security block", "<soap:Header>", "<soap:Header>@"),
        ("last in the Header", "</soap:Header>", "@</soap:Header>"),
        ("in the Security block", "<ds:Signature>", "@<ds:Signature>"),
        ("after the Signature", "</ds:Signature>", "</ds:Signature>@"),
        ("in Signature/Object", "</ds:KeyInfo>", &object),
        ("in smev:Header", "<smev:NodeId>64</smev:NodeId>", "@"),
        ("before the Header", "<soap:Header>", "@<soap:Header>"),
        ("after the Body", "</soap:Envelope>", "@</soap:Envelope>"),
        ("in the forged Body", FORGED, concat!("@", "<op:ask xmlns:op=\"urn:test:service\"/>")),
    ];
    let ids = [
        "",
        " wsu:Id=\"body\"",
        " Id=\"body\"",
        " xml:id=\"body\"",
        " wsu:Id=\"other\"",
        " xmlns:x=\"urn:x\" x:id=\"body\"",
    ];
    for (place, from, to) in places {
        for id in ids {
            for inner in [&moved, &original] {
                let forged = edit(&message, &original, &body(id, FORGED));
                let attack = edit(&forged, from, &to.replace('@', inner));
                refused!(
                    verify(&attack),
                    Error::BodyNotSigned | Error::DuplicateId { .. } | Error::NotSoap | Error::BadSecurity { .. },
                    "signed Body {place}, forged Body with {id:?}"
                );
            }
        }
    }
}

/// The reference resolves, the digest holds, the signature holds: only the place is wrong.
#[test]
fn xsw_signed_body_is_not_the_body_of_the_envelope() {
    let original = body(" wsu:Id=\"body\"", CONTENT);
    let attack = edit(&signed(), &original, &body("", FORGED));
    let attack = edit(&attack, "</soap:Header>", &format!("{original}</soap:Header>"));
    refused!(verify(&attack), Error::BodyNotSigned);
}

#[test]
fn xsw_forged_body_beside_the_signed_one() {
    let original = body(" wsu:Id=\"body\"", CONTENT);
    for (first, second) in [(FORGED, CONTENT), (CONTENT, FORGED)] {
        let id = |content| if content == CONTENT { " wsu:Id=\"body\"" } else { "" };
        let both = body(id(first), first) + &body(id(second), second);
        refused!(verify(&edit(&signed(), &original, &both)), Error::NotSoap, "{first}");
    }
}

#[test]
fn xsw_smev_header_moved_and_forged_in_its_place() {
    const COVER: &[Part] = &[Part::Body, Part::Header];
    let policy = Policy { actor: Actor::Recipient, cover: COVER, algorithms: Algorithms::Gost };
    let by_node = edit(&template(), "actors/smev", "actors/recipient");
    let both = edit(&by_node, "</ds:SignedInfo>", &(reference("header", "Header") + "</ds:SignedInfo>"));
    let message = sign(&both, sender());
    let verified = verify_with(&message, &policy, sender()).unwrap();
    assert_eq!(verified.covered.iter().map(|covered| covered.part.clone()).collect::<Vec<_>>(), COVER);

    let header = &message[message.find("<smev:Header").unwrap()..message.find("</soap:Header>").unwrap()];
    let forged = edit(&header.replace("wsu:Id=\"header\"", ""), ">64<", ">77<");
    let wrapped = format!("<w:wrap xmlns:w=\"urn:w\">{header}</w:wrap>");
    for attack in [forged.clone() + &wrapped, wrapped + &forged, forged.clone() + header, header.to_owned() + &forged] {
        let attack = edit(&message, header, &attack);
        refused!(verify_with(&attack, &policy, sender()), Error::PartNotSigned { part: Part::Header });
    }
}

#[test]
fn xsw_token_outside_its_security_block() {
    let message = signed();
    let token = &message[message.find("<wsse:BinarySecurityToken").unwrap()..message.find("<ds:Signature>").unwrap()];
    for (from, to) in [
        ("<soap:Header>", "<soap:Header>@"),
        ("<smev:NodeId>", "@<smev:NodeId>"),
        ("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object>@</ds:Object>"),
    ] {
        let attack = edit(&edit(&message, token, ""), from, &to.replace('@', token));
        refused!(verify(&attack), Error::TokenNotFound, "{to}");
    }
}

/// A signature that covers something, but not what the policy demands (class of CVE-2012-2379).
#[test]
fn partial_coverage_header_signed_and_body_not() {
    let only_header = edit(&template(), &reference("body", "Body"), &reference("header", "Header"));
    refused!(verify(&sign(&only_header, sender())), Error::BodyNotSigned);
}

#[test]
fn partial_coverage_content_of_body_signed_and_body_not() {
    let inner = edit(&template(), "<op:ask xmlns", "<op:ask wsu:Id=\"inner\" xmlns");
    let inner = edit(&inner, &reference("body", "Body"), &reference("inner", "{urn:test:service}ask"));
    refused!(verify(&sign(&inner, sender())), Error::BodyNotSigned);
}
