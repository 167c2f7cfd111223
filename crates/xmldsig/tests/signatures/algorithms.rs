//! Which algorithms are accepted, and that they fit the key.

use pki::Algorithm;
use xmldsig::{Actor, Algorithms, Document, Error, Part, Policy};

use crate::forge::{self, edit, identity, refused, sender, sign, template, verify, verify_with};

const PRODUCTION: Policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };
const TEST: Policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::GostAndTest };

#[test]
fn unknown_signature_methods() {
    for uri in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#gostr3411",
        "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256",
        "",
    ] {
        let message = sign(&edit(&template(), "@method@", uri), sender());
        refused!(verify_with(&message, &TEST, sender()), Error::UnknownAlgorithm { uri: named } if named == uri, "{uri}");
    }
}

#[test]
fn unknown_digest_methods() {
    for uri in [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256",
        "",
    ] {
        let message = sign(&edit(&template(), "@digest-method@", uri), sender());
        refused!(verify_with(&message, &TEST, sender()), Error::UnknownAlgorithm { uri: named } if named == uri, "{uri}");
    }
}

/// HMACOutputLength and its like (CVE-2009-0217).
#[test]
fn methods_with_parameters() {
    for method in ["ds:SignatureMethod Algorithm=\"@method@\"", "ds:DigestMethod Algorithm=\"@digest-method@\""] {
        let name = method.split(' ').next().unwrap();
        let with = format!("<{method}><ds:HMACOutputLength>0</ds:HMACOutputLength></{name}>");
        let message = sign(&edit(&template(), &format!("<{method}/>"), &with), sender());
        refused!(verify(&message), Error::BadSecurity { .. }, "{name}");
    }
}

#[test]
fn algorithm_confusion_method_of_another_key() {
    let methods = [
        "http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411",
        "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102001-gostr3411",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    ];
    for uri in methods {
        let message = sign(&edit(&template(), "@method@", uri), sender());
        refused!(verify_with(&message, &TEST, sender()), Error::AlgorithmDoesNotFitKey, "{uri}");
    }
}

#[test]
fn test_algorithms_in_a_production_contour() {
    let ecdsa = identity(Algorithm::EcdsaP256Sha256, 3);
    let message = sign(&template(), &ecdsa);
    assert_eq!(verify_with(&message, &TEST, &ecdsa).unwrap().algorithm, Algorithm::EcdsaP256Sha256);
    refused!(verify_with(&message, &PRODUCTION, &ecdsa), Error::UnknownAlgorithm { .. });
}

#[test]
fn every_gost_algorithm_under_every_name() {
    let names: [(Algorithm, &[(&str, &str)]); 3] = [
        (
            Algorithm::Gost2001,
            &[
                (
                    "http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411",
                    "http://www.w3.org/2001/04/xmldsig-more#gostr3411",
                ),
                (
                    "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102001-gostr3411",
                    "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411",
                ),
                (
                    "http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411",
                    "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411",
                ),
            ],
        ),
        (
            Algorithm::Gost2012_256,
            &[(
                "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256",
                "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256",
            )],
        ),
        (
            Algorithm::Gost2012_512,
            &[(
                "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512",
                "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512",
            )],
        ),
    ];
    for (algorithm, names) in names {
        let identity = identity(algorithm, 4);
        for (method, digest_method) in names {
            let template = template().replace("@method@", method).replace("@digest-method@", digest_method);
            let verified = verify_with(&sign(&template, &identity), &PRODUCTION, &identity).unwrap();
            assert_eq!(verified.algorithm, algorithm, "{method}");
        }
    }
}

/// Signed by the command line tool of libxmlsec1 with OpenSSL, and the key thrown away.
#[test]
fn rsa_message_of_another_producer() {
    let message = include_str!("../data/rsa-sha256-by-xmlsec1.xml");
    let document = Document::parse(message.as_bytes()).unwrap();
    let trust = |der: &[u8]| Ok(pki::Certificate::from_der(der).unwrap());
    let verified = document.verify(&TEST, &trust).unwrap();
    assert_eq!(verified.algorithm, Algorithm::RsaSha256);
    assert_eq!(verified.covered[0].octets, document.canonical(&Part::Body).unwrap());
    refused!(document.verify(&PRODUCTION, &trust), Error::UnknownAlgorithm { .. });
    let changed = Document::parse(edit(message, "7701234567", "7701234568").as_bytes()).unwrap();
    refused!(changed.verify(&TEST, &trust), Error::WrongDigest { .. });
}
