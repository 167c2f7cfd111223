//! Whose key: tokens, foreign keys, trust, and signature values that are malformed.

use base64ct::{Base64, Encoding as _};
use pki::trust::Objection;
use xmldsig::{Actor, Algorithms, Distrust, Document, Error, Part, Policy};

use crate::forge::{self, edit, refused, sender, sign, signed, stranger, template, verify};

const POLICY: Policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };

#[test]
fn foreign_certificate_in_the_token() {
    refused!(verify(&sign(&template(), stranger())), Error::Distrusted(Distrust::Unknown));
}

#[test]
fn foreign_key_behind_a_registered_certificate() {
    let token = Base64::encode_string(sender().certificate().der());
    let attack = sign(&edit(&template(), "@token@", &token), stranger());
    refused!(verify(&attack), Error::WrongSignature);
}

/// Whatever key KeyInfo brings along: only the registered certificate counts, and the profile knows tokens only.
#[test]
fn key_injection_by_key_info() {
    let reference = "<wsse:SecurityTokenReference><wsse:Reference URI=\"#token\"/></wsse:SecurityTokenReference>";
    let certificate = Base64::encode_string(sender().certificate().der());
    let x509 = format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>");
    for hint in [
        x509.clone(),
        format!("{reference}{x509}"),
        format!("{reference}<ds:KeyValue/>"),
        "<ds:KeyValue/>".to_owned(),
        "<ds:RetrievalMethod URI=\"#token\"/>".to_owned(),
        "<ds:KeyName>token</ds:KeyName>".to_owned(),
        String::new(),
        edit(reference, "#token", "#body"),
        edit(reference, "#token", "#nothing"),
    ] {
        refused!(verify(&edit(&signed(), reference, &hint)), Error::TokenNotFound, "{hint}");
    }
    let no_key_info = edit(&signed(), &format!("<ds:KeyInfo>{reference}</ds:KeyInfo>"), "");
    refused!(verify(&no_key_info), Error::TokenNotFound);
}

#[test]
fn several_tokens_in_one_block() {
    let message = signed();
    let second = "<wsse:BinarySecurityToken wsu:Id=\"second\">AAAA</wsse:BinarySecurityToken><ds:Signature>";
    refused!(verify(&edit(&message, "<ds:Signature>", second)), Error::SeveralCertificates);
}

#[test]
fn token_of_another_type_or_encoding() {
    let message = signed();
    let value_type = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
    for other in
        ["", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#PKCS7", "wsse:X509v3"]
    {
        refused!(
            verify(&edit(&message, value_type, other)),
            Error::TokenType { value_type: named } if named == other,
            "{other}"
        );
        let reference = format!("<wsse:Reference ValueType=\"{other}\" URI");
        let in_reference = edit(&message, "<wsse:Reference URI", &reference);
        refused!(verify(&in_reference), Error::TokenType { .. }, "{other}");
    }
    refused!(verify(&edit(&message, "#Base64Binary", "#HexBinary")), Error::BadSecurity { .. });
}

#[test]
fn reason_of_distrust_is_carried_on() {
    let document = Document::parse(signed().as_bytes()).unwrap();
    let not_after = sender().certificate().not_after();
    let expired = document.verify(&POLICY, &|_| Err(Distrust::Objection(Objection::Expired { not_after })));
    refused!(
        expired,
        Error::Distrusted(Distrust::Objection(Objection::Expired { not_after: then })) if then == not_after
    );
    let unknown = document.verify(&POLICY, &|_| Err(Distrust::Unknown));
    refused!(unknown, Error::Distrusted(Distrust::Unknown));
    let unreadable = document.verify(&POLICY, &|der| match pki::Certificate::from_der(&der[1..]) {
        Ok(certificate) => Ok(certificate),
        Err(error) => Err(Distrust::BadCertificate(error)),
    });
    refused!(unreadable, Error::Distrusted(Distrust::BadCertificate(_)));
}

/// Trust is asked with the octets of the token, and asked before any signature arithmetic of an unknown sender is done.
#[test]
fn trust_is_asked_with_the_token() {
    let message = signed();
    let document = Document::parse(message.as_bytes()).unwrap();
    let asked = std::cell::RefCell::new(Vec::new());
    let answer = document.verify(&POLICY, &|der| {
        asked.borrow_mut().push(der.to_vec());
        Ok(sender().certificate().clone())
    });
    assert_eq!(answer.unwrap().certificate.der(), sender().certificate().der());
    assert_eq!(asked.into_inner(), [sender().certificate().der().to_vec()]);
    assert_eq!(document.token(Actor::Sender).unwrap(), sender().certificate().der());
    assert!(matches!(document.token(Actor::Recipient), Err(Error::SignatureNotFound { .. })));
}

#[test]
fn signature_value_of_a_wrong_length() {
    for length in [0, 1, 32, 63, 65, 96, 128, 4096] {
        let value = Base64::encode_string(&vec![1; length]);
        refused!(
            verify(&edit(&template_filled(), "@value@", &value)),
            Error::BadSecurity { what: "SignatureValue has a wrong length" },
            "{length} octets"
        );
    }
}

#[test]
fn signature_value_malformed_or_out_of_range() {
    for value in [[0; 64], [0xff; 64]] {
        refused!(verify(&edit(&template_filled(), "@value@", &Base64::encode_string(&value))), Error::WrongSignature);
    }
    for value in ["not base64", "AAAA=AAAA", "A"] {
        refused!(verify(&edit(&template_filled(), "@value@", value)), Error::BadSecurity { .. }, "{value}");
    }
}

/// s‖r is the order of the profile (RFC 4491): the other order, and octets reversed, are another signature.
#[test]
fn signature_value_in_another_order() {
    let message = signed();
    let start = message.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let text = &message[start..message.find("</ds:SignatureValue>").unwrap()];
    let value = Base64::decode_vec(text).unwrap();
    let (s, r) = value.split_at(32);
    let swapped = [r, s].concat();
    let reversed: Vec<u8> = value.iter().rev().copied().collect();
    for other in [swapped, reversed] {
        refused!(verify(&edit(&message, text, &Base64::encode_string(&other))), Error::WrongSignature);
    }
}

/// The message of `sender`, all filled in but the signature value.
fn template_filled() -> String {
    let message = signed();
    let start = message.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let end = message.find("</ds:SignatureValue>").unwrap();
    message.replace(&message[start..end], "@value@")
}
