//! Every method × every kind of key: what is not on the lists is unknown, what is on them must fit the key.

use std::fs;
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use pki::test_ca::{CertificateRequest, TestCa};
use pki::{Algorithm, Certificate, Identity, PrivateKey};
use sha2::{Digest as _, Sha256};

use super::bus::Bus;
use super::forge::{DS, Forge, canonical, edit, methods};
use crate::region::Region;

const KINDS: [(&str, Algorithm); 4] = [
    ("GOST01641", Algorithm::Gost2001),
    ("GSTA01641", Algorithm::Gost2012_256),
    ("GSTB01641", Algorithm::Gost2012_512),
    ("ECDS01641", Algorithm::EcdsaP256Sha256),
];

/// Signature methods the world knows; the listed ones with the key they are for and the length of their value.
const METHODS: [(&str, Option<Algorithm>, usize); 26] = [
    ("http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411", Some(Algorithm::Gost2001), 64),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102001-gostr3411", Some(Algorithm::Gost2001), 64),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256", Some(Algorithm::Gost2012_256), 64),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512", Some(Algorithm::Gost2012_512), 128),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", Some(Algorithm::EcdsaP256Sha256), 64),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Some(Algorithm::RsaSha256), 256),
    ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", None, 20),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-md5", None, 16),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", None, 32),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha512", None, 64),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-ripemd160", None, 20),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:hmac-gostr3411", None, 32),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:hmac-gostr34112012-256", None, 32),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", None, 256),
    ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", None, 256),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", None, 256),
    ("http://www.w3.org/2007/05/xmldsig-more#rsa-pss", None, 256),
    ("http://www.w3.org/2000/09/xmldsig#dsa-sha1", None, 40),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", None, 64),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", None, 64),
    ("http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", None, 64),
    // The names of digests in the place of a signature, the name of a key, another spelling, nothing.
    ("http://www.w3.org/2001/04/xmldsig-more#gostr3411", None, 64),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256", None, 64),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-256", None, 64),
    ("URN:IETF:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256", None, 64),
    ("", None, 64),
];

/// The authority of the stand, which signs whatever certificate a test needs.
pub(crate) fn authority(region: &Region) -> TestCa {
    let of = |file: &str| Path::new("certs/ca").join(file);
    let identity = super::forge::identity(region, &of("test-ca.pem"), &of("test-ca.key.pem"));
    TestCa::from_identity(identity).unwrap()
}

/// Dates of the stand's own certificates.
pub(crate) fn request<'a>(region: &Region, name: &'a str, algorithm: Algorithm) -> CertificateRequest<'a> {
    let usual = Forge::of(region, super::bus::SENDER);
    let usual = usual.identity().certificate();
    CertificateRequest {
        common_name: name,
        organization: "Испытания",
        algorithm,
        parameter_set: None,
        not_before: usual.not_before(),
        not_after: usual.not_after(),
    }
}

/// A system that may ask the service of the attacks, with this certificate.
pub(crate) fn register(region: &Region, mnemonic: &str, certificate: &Certificate) {
    let file = format!("certs/is/{mnemonic}.pem");
    fs::write(region.path().join(&file), certificate.to_pem()).unwrap();
    let code: String = mnemonic.chars().take(4).collect();
    region.append(
        "routes.d/participants.toml",
        &format!(
            "\n[[participant]]\ncode = \"{code}\"\nname = \"Испытания\"\nkind = \"regional\"\n\n[[system]]\n\
             mnemonic = \"{mnemonic}\"\nparticipant = \"{code}\"\ncertificates = [\"../{file}\"]\nsignature = \"own\"\n"
        ),
    );
    region.append(
        "routes.d/access.toml",
        &format!(
            "\n[[access]]\nconsumer = \"{mnemonic}\"\nservice = \"SID0064001\"\nfrom = 2020-01-01\nuntil = 2099-01-01\n\
             ground = \"испытание\"\n"
        ),
    );
}

/// An identity of every kind of key, each registered.
fn of_every_kind(region: &Region) -> Vec<(&'static str, Identity)> {
    region.edit("routes.toml", "algorithms = \"gost\" ", "algorithms = \"gost-and-test\" ");
    let authority = authority(region);
    let made = KINDS.iter().enumerate().map(|(number, (mnemonic, algorithm))| {
        let entropy = [u8::try_from(number).unwrap() + 1; 64];
        let identity = authority.issue(&request(region, mnemonic, *algorithm), &entropy).unwrap();
        register(region, mnemonic, identity.certificate());
        (*mnemonic, identity)
    });
    made.collect()
}

/// HMAC (RFC 2104) with SHA-256.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |octet: u8| block.map(|one| one ^ octet);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

#[test]
fn every_method_with_every_kind_of_key() {
    let mut identities = Vec::new();
    let mut bus = Bus::prepared(|region| identities = of_every_kind(region));
    for (mnemonic, identity) in &identities {
        let forge = Forge::with(&bus.region, mnemonic, identity.clone());
        let kind = identity.key().algorithm();
        for (method, of, length) in METHODS {
            let template = forge.template().replace("@method@", method);
            if of == Some(kind) {
                let message = forge.sign(&template);
                bus.reaches(format!("{method} with a key of {kind:?}"), message);
                continue;
            }
            let text = edit(&template, "@value@", "@later@");
            let text = forge.sign(&text);
            let signed_info = canonical(&text, &xmldsig::Part::Other(format!("{{{DS}}}SignedInfo")));
            let spki = identity.certificate().public_key().spki_der();
            for mut value in [
                identity.key().sign(&signed_info, &[7; 32]).unwrap(),
                hmac(spki, &signed_info),
                hmac(identity.certificate().der(), &signed_info),
            ] {
                value.resize(length, 0);
                let attack = edit(&text, "@later@", &Base64::encode_string(&value));
                bus.refuses(format!("{method} with a key of {kind:?}"), &["SMEV-100015"], attack);
            }
        }
    }
    bus.account();
}

/// RSA keys cannot be made here, so one made elsewhere is certified: no method but its own may be tried on it.
#[test]
fn every_method_with_an_rsa_key() {
    let mut bus = Bus::prepared(|region| {
        region.edit("routes.toml", "algorithms = \"gost\" ", "algorithms = \"gost-and-test\" ");
        register(region, "RSAK01641", &rsa(region));
    });
    let forge = Forge::of(&bus.region, super::bus::SENDER);
    let token = Base64::encode_string(rsa(&bus.region).der());
    for (method, of, length) in METHODS {
        let template = forge.template().replace("@method@", method).replace("@token@", &token);
        let attack = edit(&template, "@value@", &Base64::encode_string(&vec![1; length]));
        let attack = forge.sign(&attack);
        let code = if of == Some(Algorithm::RsaSha256) { "SMEV-100003" } else { "SMEV-100015" };
        bus.refuses(format!("{method} with an RSA key"), &[code], attack);
    }
    bus.account();
}

fn rsa(region: &Region) -> Certificate {
    let elsewhere = include_bytes!("../../../../pki/tests/pki/rsa-self-signed.pem");
    let key = Certificate::from_pem(elsewhere).unwrap();
    authority(region).certify(&request(region, "RSAK01641", Algorithm::RsaSha256), key.public_key(), &[77; 64]).unwrap()
}

#[test]
fn every_digest_method() {
    let mut bus = Bus::running();
    for method in [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmlenc#sha512",
        "http://www.w3.org/2001/04/xmlenc#ripemd160",
        // Older than the signature it serves.
        "http://www.w3.org/2001/04/xmldsig-more#gostr3411",
        "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411",
        // A signature method in the place of a digest.
        "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256",
        "",
    ] {
        let attack = bus.forge.sign(&edit(&bus.forge.template(), "@digest-method@", method));
        bus.refuses(format!("digest {method:?}"), &["SMEV-100015"], attack);
    }
    // A stronger digest than usual is none of the attacks.
    let longer = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512";
    let template = edit(&bus.forge.template(), "@digest-method@", longer);
    let octets = canonical(&template, &xmldsig::Part::Body);
    let digest = Base64::encode_string(&xmldsig::digest(Algorithm::Gost2012_512, &octets));
    let message = bus.forge.sign(&edit(&template, "@digest:Body@", &digest));
    bus.serves("a digest of 512 bits", message);
    let short = bus.forge.sign(&edit(&bus.forge.template(), "@digest-method@", longer));
    bus.refuses("a digest of 256 bits named 512", &["SMEV-100016"], short);
    bus.account();
}

/// HMACOutputLength (CVE-2009-0217) and its like: methods have no parameters.
#[test]
fn truncated_methods() {
    let mut bus = Bus::running();
    let signature = "<ds:SignatureMethod Algorithm=\"@method@\"/>";
    let digest = "<ds:DigestMethod Algorithm=\"@digest-method@\"/>";
    for (from, name) in [(signature, "ds:SignatureMethod"), (digest, "ds:DigestMethod")] {
        for parameter in [
            "<ds:HMACOutputLength>0</ds:HMACOutputLength>",
            "<ds:HMACOutputLength>1</ds:HMACOutputLength>",
            "<ds:HMACOutputLength>8</ds:HMACOutputLength>",
            "<x:RSAPSSParams xmlns:x=\"http://www.w3.org/2007/05/xmldsig-more#\"/>",
            "0",
        ] {
            let to = from.replace("/>", &format!(">{parameter}</{name}>"));
            let attack = bus.forge.sign(&edit(&bus.forge.template(), from, &to));
            bus.refuses(format!("{parameter} in {name}"), &["SMEV-100016"], attack);
            let hmac = to.replace("@method@", "http://www.w3.org/2000/09/xmldsig#hmac-sha1");
            let attack = bus.forge.sign(&edit(&bus.forge.template(), from, &hmac));
            bus.refuses(format!("{parameter} in {hmac}"), &["SMEV-100015", "SMEV-100016"], attack);
        }
    }
    bus.account();
}

/// What a test contour takes, a GOST contour does not even look at.
#[test]
fn test_algorithms_in_a_gost_contour() {
    let mut bus = Bus::running();
    let ecdsa =
        authority(&bus.region).issue(&request(&bus.region, "ECDS01641", Algorithm::EcdsaP256Sha256), &[5; 64]).unwrap();
    let forge = Forge::with(&bus.region, "ECDS01641", ecdsa);
    let attack = forge.signed();
    bus.refuses("ECDSA by a stranger", &["SMEV-100015"], attack);
    let (method, _) = methods(Algorithm::RsaSha256);
    let attack = bus.forge.sign(&edit(&bus.forge.template(), "@method@", method));
    bus.refuses("RSA-SHA256 named over a GOST key", &["SMEV-100015"], attack);
    let key = PrivateKey::from_pkcs8_pem(&fs::read(bus.region.path().join("certs/is/SOCZ01641.key.pem")).unwrap());
    assert!(key.is_ok());
    bus.account();
}
