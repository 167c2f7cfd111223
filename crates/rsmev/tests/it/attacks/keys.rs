//! Whose key: tokens, foreign keys, hints, the name a message gives its sender, and malformed values.

use base64ct::{Base64, Encoding as _};

use super::bus::Bus;
use super::forge::{Forge, between, edit};

const REFERENCE: &str = "<wsse:SecurityTokenReference><wsse:Reference URI=\"#token\"/></wsse:SecurityTokenReference>";

/// Whatever key KeyInfo brings along: only the registered certificate counts, and the profile knows tokens only.
#[test]
fn keys_that_the_message_brings_along() {
    let mut bus = Bus::running();
    let stranger = Forge::of(&bus.region, "STRN01641");
    let certificate = Base64::encode_string(stranger.identity().certificate().der());
    let x509 = format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>");
    let rsa = "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>";
    for hint in [
        x509.clone(),
        format!("{REFERENCE}{x509}"),
        format!("{x509}{REFERENCE}"),
        format!("{REFERENCE}{rsa}"),
        rsa.to_owned(),
        "<ds:KeyValue/>".to_owned(),
        "<ds:RetrievalMethod URI=\"#token\"/>".to_owned(),
        "<ds:RetrievalMethod URI=\"http://127.0.0.1:1/cert\"/>".to_owned(),
        "<ds:RetrievalMethod URI=\"file:///etc/passwd\"><ds:Transforms><ds:Transform \
         Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></ds:Transforms></ds:RetrievalMethod>"
            .to_owned(),
        "<ds:KeyName>SOCZ01641</ds:KeyName>".to_owned(),
        "<ds:MgmtData>x</ds:MgmtData>".to_owned(),
        "<wsse:SecurityTokenReference><wsse:KeyIdentifier>AAAA</wsse:KeyIdentifier></wsse:SecurityTokenReference>"
            .to_owned(),
        "<wsse:SecurityTokenReference><ds:X509Data><ds:X509IssuerSerial/></ds:X509Data></wsse:SecurityTokenReference>"
            .to_owned(),
        "<wsse:SecurityTokenReference><wsse:Embedded/></wsse:SecurityTokenReference>".to_owned(),
        "<wsse:SecurityTokenReference/>".to_owned(),
        String::new(),
        edit(REFERENCE, "#token", "#body"),
        edit(REFERENCE, "#token", "#nothing"),
        edit(REFERENCE, " URI=\"#token\"", ""),
    ] {
        for message in
            [bus.forge.sign(&edit(&bus.forge.template(), REFERENCE, &hint)), edit(&stranger.signed(), REFERENCE, &hint)]
        {
            bus.refuses(format!("KeyInfo {hint}"), &["SMEV-100004"], message);
        }
    }
    for (name, uri) in [("http", "http://127.0.0.1:1/t"), ("file", "file:///t"), ("empty", ""), ("bare", "token")] {
        let attack = edit(&bus.forge.signed(), "URI=\"#token\"", &format!("URI=\"{uri}\""));
        bus.refuses(format!("token by {name}"), &["SMEV-100016"], attack);
    }
    let none = edit(&bus.forge.signed(), &format!("<ds:KeyInfo>{REFERENCE}</ds:KeyInfo>"), "");
    bus.refuses("no KeyInfo", &["SMEV-100004"], none);
    bus.account();
}

#[test]
fn foreign_keys_and_foreign_names() {
    let mut bus = Bus::running();
    let (stranger, other) = (Forge::of(&bus.region, "STRN01641"), Forge::of(&bus.region, "MFCS01641"));
    bus.refuses("a certificate nobody registered", &["SMEV-100011"], stranger.signed());
    bus.refuses("an expired certificate", &["SMEV-100005"], Forge::of(&bus.region, "OLDS01641").signed());
    let token = Base64::encode_string(bus.forge.identity().certificate().der());
    let attack = stranger.sign(&edit(&stranger.template(), "@token@", &token));
    bus.refuses("a stranger's key behind a registered certificate", &["SMEV-100003"], attack);

    // A registered system speaks in another's name.
    for claimed in ["MFCS01641", "ZAGS01641", "PFRF01001", "RSMV01641", "SOCZ01641x"] {
        let sender = format!("<smev:Sender><smev:Code>{claimed}</smev:Code>");
        let template = edit(&bus.forge.template(), "<smev:Sender><smev:Code>SOCZ01641</smev:Code>", &sender);
        let attack = bus.forge.sign(&template);
        bus.refuses(format!("Sender/Code {claimed:?} under the key of SOCZ01641"), &["SMEV-100012"], attack);
    }
    let template = edit(&other.template(), "<smev:Sender><smev:Code>MFCS01641", "<smev:Sender><smev:Code>SOCZ01641");
    let attack = other.sign(&template);
    bus.refuses("a system with rights in the name of another with rights", &["SMEV-100012"], attack);
    // The node's own certificate, and the federal one, are no senders'.
    let node = &bus.region.described.node.certificate;
    let key = node.with_file_name("node.key.pem");
    let node = super::forge::identity(&bus.region, node, &key);
    let attack = Forge::with(&bus.region, "SOCZ01641", node).signed();
    bus.refuses("signed as sender by the node itself", &["SMEV-100011"], attack);
    let federal = &bus.region.described.federal;
    let federal = super::forge::identity(&bus.region, &federal.certificate, &federal.key);
    let attack = Forge::with(&bus.region, "PFRF01001", federal).signed();
    bus.refuses("signed as sender by the federal node", &["SMEV-100011"], attack);
    bus.refuses("a federal system around its node", &["SMEV-100012"], Forge::of(&bus.region, "PFRF01001").signed());
    bus.account();
}

#[test]
fn tokens_of_other_kinds_and_broken_ones() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let profile = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0";
    let value_type = format!("{profile}#X509v3");
    for other in
        [String::new(), format!("{profile}#X509PKIPathv1"), format!("{profile}#PKCS7"), "wsse:X509v3".to_owned()]
    {
        bus.refuses(format!("ValueType {other:?}"), &["SMEV-100014"], edit(&message, &value_type, &other));
        let on_reference = edit(&message, "<wsse:Reference URI", &format!("<wsse:Reference ValueType=\"{other}\" URI"));
        bus.refuses(format!("ValueType {other:?} on the Reference"), &["SMEV-100014"], on_reference);
    }
    bus.refuses("EncodingType", &["SMEV-100016"], edit(&message, "#Base64Binary", "#HexBinary"));
    let token = Base64::encode_string(bus.forge.identity().certificate().der());
    let der = bus.forge.identity().certificate().der();
    let longer = Base64::encode_string(&[der, &[0]].concat());
    for (name, other, codes) in [
        ("empty", "", &["SMEV-100013", "SMEV-100011"][..]),
        ("cut short", &token[..token.len() / 8 * 4], &["SMEV-100013"]),
        ("with an octet more", &longer, &["SMEV-100013", "SMEV-100011"]),
        ("not base64", "!!!!", &["SMEV-100016"]),
        ("base64url", &token.replace('/', "_"), &["SMEV-100016"]),
        ("garbage", "TUlJQg==", &["SMEV-100013"]),
        ("padding in the middle", "AAAA=AAA", &["SMEV-100016"]),
    ] {
        bus.refuses(format!("token {name}"), codes, edit(&message, &token, other));
    }
    bus.account();
}

/// s‖r of the profile in every wrong form: out of range, of another length, in another order, not base64.
#[test]
fn malformed_signature_values() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let start = message.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let text = &message[start..message.find("</ds:SignatureValue>").unwrap()];
    let value = Base64::decode_vec(text).unwrap();
    let (s, r) = value.split_at(32);
    // Order of the group of id-GostR3410-2001-CryptoPro-A-ParamSet (RFC 4357, 11.4).
    let q = hex::decode("ffffffffffffffffffffffffffffffff6c611070995ad10045841b09b761b893").unwrap();
    let (zero, ones, one) = (vec![0; 32], vec![0xff; 32], [vec![0; 31], vec![1]].concat());
    let reversed = |octets: &[u8]| octets.iter().rev().copied().collect::<Vec<_>>();
    let plus = |octets: &[u8]| [octets, &[1]].concat();
    for (name, other, code) in [
        ("all zero", [zero.as_slice(), &zero].concat(), "SMEV-100003"),
        ("s = 0", [zero.as_slice(), r].concat(), "SMEV-100003"),
        ("r = 0", [s, &zero].concat(), "SMEV-100003"),
        ("s = 1", [one.as_slice(), r].concat(), "SMEV-100003"),
        ("s = q", [q.as_slice(), r].concat(), "SMEV-100003"),
        ("r = q", [s, &q].concat(), "SMEV-100003"),
        ("all ones", [ones.as_slice(), &ones].concat(), "SMEV-100003"),
        ("r‖s", [r, s].concat(), "SMEV-100003"),
        ("octets reversed", reversed(&value), "SMEV-100003"),
        ("each half reversed", [reversed(s), reversed(r)].concat(), "SMEV-100003"),
        ("one bit", [&value[..63], &[value[63] ^ 1]].concat(), "SMEV-100003"),
        ("empty", Vec::new(), "SMEV-100016"),
        ("half", s.to_vec(), "SMEV-100016"),
        ("an octet short", value[..63].to_vec(), "SMEV-100016"),
        ("an octet more", plus(&value), "SMEV-100016"),
        ("twice", [value.clone(), value.clone()].concat(), "SMEV-100016"),
        ("a kilobyte", vec![1; 1024], "SMEV-100016"),
        ("in DER", [&[0x30, 0x44, 2, 32][..], s, &[2, 32], r].concat(), "SMEV-100016"),
    ] {
        bus.refuses(format!("value {name}"), &[code], edit(&message, text, &Base64::encode_string(&other)));
    }
    for other in ["not base64", "AAAA=AAAA", "A", &text.replace('=', ""), &format!("{text}AAAA"), &hex::encode(&value)]
    {
        bus.refuses(format!("value {other:?}"), &["SMEV-100016"], edit(&message, text, other));
    }
    let stranger = Forge::of(&bus.region, "STRN01641").signed();
    let foreign = between(&stranger, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let own = between(&message, "<ds:SignatureValue>", "</ds:SignatureValue>");
    bus.refuses("the value of another message", &["SMEV-100003"], edit(&message, own, foreign));
    bus.account();
}
