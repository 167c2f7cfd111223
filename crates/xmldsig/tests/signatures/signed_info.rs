//! The structure of Signature and SignedInfo: order, repetition, strange children, comments inside values.

use xmldsig::Error;

use crate::forge::{self, edit, reference, refused, sender, sign, signed, template, verify};

/// Parts of the template by which the attacks are written.
const METHOD: &str = "<ds:SignatureMethod Algorithm=\"@method@\"/>";
const VALUE: &str = "<ds:SignatureValue>@value@</ds:SignatureValue>";

/// What a refusal by libxmlsec1 itself would be called: the profile must be there first.
pub(crate) const TOO_LATE: &str = "a signed part has no canonical form";

#[test]
fn children_repeated_missing_or_misordered() {
    let one = reference("body", "Body");
    let c14n = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    let digest_value = "<ds:DigestValue>@digest:Body@</ds:DigestValue>";
    let digest_method = "<ds:DigestMethod Algorithm=\"@digest-method@\"/>";
    let edits: [(&str, String); 15] = [
        (c14n, String::new()),
        (c14n, c14n.repeat(2)),
        (METHOD, String::new()),
        (METHOD, METHOD.repeat(2)),
        (METHOD, format!("{METHOD}<ds:SignatureMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#hmac-sha1\"/>")),
        (&one, String::new()),
        (&one, format!("{one}<ds:Object/>")),
        (digest_value, String::new()),
        (digest_value, digest_value.repeat(2)),
        (digest_value, format!("<ds:DigestValue/>{digest_value}")),
        (digest_value, format!("{digest_value}<ds:DigestValue/>")),
        (digest_method, digest_method.repeat(2)),
        (digest_value, format!("{digest_value}text")),
        (VALUE, VALUE.repeat(2)),
        ("</ds:KeyInfo>", "</ds:KeyInfo><ds:KeyInfo/>".to_owned()),
    ];
    for (from, to) in edits {
        refused!(
            verify(&sign(&edit(&template(), from, &to), sender())),
            Error::BadSecurity { what } if what != TOO_LATE,
            "{from} -> {to}"
        );
    }
}

#[test]
fn two_signed_infos() {
    let message = signed();
    let start = message.find("<ds:SignedInfo>").unwrap();
    let end = message.find("<ds:SignatureValue>").unwrap();
    let original = &message[start..end];
    let forged = original.replace("#body", "#other");
    for both in [forged.clone() + original, original.to_owned() + &forged] {
        refused!(verify(&edit(&message, original, &both)), Error::BadSecurity { what } if what != TOO_LATE);
    }
}

#[test]
fn comments_inside_values() {
    for (from, to) in [
        ("@digest:Body@</ds:DigestValue>", "@digest:Body@<!-- x --></ds:DigestValue>"),
        ("<ds:DigestValue>", "<ds:DigestValue><!-- x -->"),
        ("<ds:SignatureValue>", "<ds:SignatureValue><!-- x -->"),
        ("@value@", "@value@<!-- x -->"),
        ("@value@", "@value@<x/>"),
        ("@value@", "<![CDATA[@value@]]>"),
        ("@token@", "@token@<!-- x -->"),
        ("@token@", "<!-- x -->@token@"),
        ("<ds:Reference ", "<!-- x --><ds:Reference "),
        ("<ds:Reference ", "<?x y?><ds:Reference "),
    ] {
        refused!(verify(&sign(&edit(&template(), from, to), sender())), Error::BadSecurity { .. }, "{to}");
    }
}

/// libxmlsec1 looks attributes up by local name: of `x:URI` and `URI` it may take either.
#[test]
fn attribute_pollution_in_signed_info() {
    for (from, to) in [
        ("<ds:Reference URI", "<ds:Reference xmlns:x=\"urn:x\" x:URI=\"#other\" URI"),
        ("<ds:Reference URI=\"#body\"", "<ds:Reference xmlns:x=\"urn:x\" URI=\"#body\" x:URI=\"#other\""),
        ("<ds:Reference URI", "<ds:Reference wsu:Id=\"r\" URI"),
        ("<ds:SignatureMethod ", "<ds:SignatureMethod xmlns:x=\"urn:x\" x:Algorithm=\"urn:other\" "),
        ("<ds:DigestMethod ", "<ds:DigestMethod xmlns:x=\"urn:x\" x:Algorithm=\"urn:other\" "),
        ("<ds:Transform ", "<ds:Transform xmlns:x=\"urn:x\" x:Algorithm=\"urn:other\" "),
        ("<ds:CanonicalizationMethod ", "<ds:CanonicalizationMethod xmlns:x=\"urn:x\" x:Algorithm=\"urn:other\" "),
    ] {
        refused!(verify(&sign(&edit(&template(), from, to), sender())), Error::BadSecurity { .. }, "{to}");
    }
}

#[test]
fn canonicalization_with_comments_or_inclusive() {
    for uri in [
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        "",
    ] {
        let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
        let other = format!("<ds:CanonicalizationMethod Algorithm=\"{uri}\"/>");
        let message = sign(&edit(&template(), method, &other), sender());
        refused!(verify(&message), Error::UnknownAlgorithm { uri: named } if named == uri, "{uri}");
    }
}

/// White space in SignedInfo is signed: the federal node writes line breaks there, and an editor that indents them breaks the signature.
#[test]
fn white_space_in_signed_info_counts() {
    let spaced = edit(&template(), METHOD, &format!("\n{METHOD}\n"));
    let message = sign(&spaced, sender());
    assert!(verify(&message).is_ok());
    refused!(verify(&message.replace("\n<ds:SignatureMethod", "\n  <ds:SignatureMethod")), Error::WrongSignature);
}

#[test]
fn values_may_be_broken_into_lines() {
    let message = signed();
    for element in ["ds:DigestValue", "ds:SignatureValue", "wsse:BinarySecurityToken"] {
        let close = format!("</{element}>");
        let broken = match element {
            // DigestValue is signed, line breaks and all.
            "ds:DigestValue" => sign(&edit(&template(), &close, &format!("\r\n{close}")), sender()),
            _ => edit(&message, &close, &format!("&#13;\n\n {close}")),
        };
        assert!(verify(&broken).is_ok(), "{element}");
    }
}
