//! Which block and which signature: missing, several, for another actor, in look-alike namespaces.

use xmldsig::{Actor, Algorithms, Document, Error, Part, Policy};

use crate::forge::{self, edit, refused, sender, sign, signed, template, verify, verify_with};

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap();
    &text[start..start + text[start..].find(to).unwrap() + to.len()]
}

#[test]
fn signature_exclusion() {
    let message = signed();
    let block = between(&message, "<wsse:Security ", "</wsse:Security>");
    let signature = between(&message, "<ds:Signature>", "</ds:Signature>");
    let emptied = "<wsse:Security soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"/>";
    let header = between(&message, "<soap:Header>", "</soap:Header>");
    for (what, to) in [(block, ""), (block, emptied), (signature, ""), (header, ""), (header, "<soap:Header/>")] {
        refused!(verify(&edit(&message, what, to)), Error::SignatureNotFound { actor: Actor::Sender });
    }
}

#[test]
fn several_security_blocks_for_one_actor() {
    let message = signed();
    let block = between(&message, "<wsse:Security ", "</wsse:Security>");
    let emptied = "<wsse:Security soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"/>";
    for second in [block, emptied] {
        for both in [block.to_owned() + second, second.to_owned() + block] {
            refused!(verify(&edit(&message, block, &both)), Error::SeveralSecurity { actor: Actor::Sender });
        }
    }
}

#[test]
fn several_signatures_in_one_block() {
    let message = signed();
    let signature = between(&message, "<ds:Signature>", "</ds:Signature>");
    for both in
        [signature.to_owned() + "<ds:Signature/>", "<ds:Signature/>".to_owned() + signature, signature.repeat(2)]
    {
        refused!(verify(&edit(&message, signature, &both)), Error::SeveralSignatures);
    }
}

#[test]
fn wrong_or_absent_actor() {
    let message = signed();
    let actor = "soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"";
    for other in [
        "",
        "actor=\"http://smev.gosuslugi.ru/actors/smev\"",
        "wsse:actor=\"http://smev.gosuslugi.ru/actors/smev\"",
        "soap:actor=\"http://smev.gosuslugi.ru/actors/recipient\"",
        "soap:actor=\"http://smev.gosuslugi.ru/actors/smev/\"",
        "soap:Actor=\"http://smev.gosuslugi.ru/actors/smev\"",
    ] {
        refused!(verify(&edit(&message, actor, other)), Error::SignatureNotFound { actor: Actor::Sender }, "{other}");
    }
    let policy = Policy { actor: Actor::Recipient, cover: &[Part::Body], algorithms: Algorithms::Gost };
    refused!(verify_with(&message, &policy, sender()), Error::SignatureNotFound { actor: Actor::Recipient });
}

#[test]
fn look_alike_namespaces() {
    let wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
    let ds = "http://www.w3.org/2000/09/xmldsig#";
    let soap12 = template().replace(forge::SOAP, "http://www.w3.org/2003/05/soap-envelope");
    refused!(verify(&soap12), Error::NotSoap);
    let other_wsse = edit(&signed(), wsse, "http://schemas.xmlsoap.org/ws/2002/07/secext");
    refused!(verify(&other_wsse), Error::SignatureNotFound { .. });
    // The name that the guidelines misprint, without the number sign.
    let other_ds = edit(&signed(), &format!("\"{ds}\""), "\"http://www.w3.org/2000/09/xmldsig\"");
    refused!(verify(&other_ds), Error::SignatureNotFound { .. });
    for element in
        ["SignedInfo", "SignatureValue", "Reference", "DigestValue", "Transforms", "DigestMethod", "SignatureMethod"]
    {
        let close = format!("</ds:{element}>");
        let template = template().replacen(&format!("<ds:{element}"), &format!("<x:{element} xmlns:x=\"urn:x\""), 1);
        let template = template.replacen(&close, &format!("</x:{element}>"), 1);
        let message = if element == "SignedInfo" { template } else { sign(&template, sender()) };
        refused!(
            verify(&message),
            Error::BadSecurity { what } if what != crate::signed_info::TOO_LATE,
            "{element}"
        );
    }
    let smev = edit(&signed(), "http://smev.gosuslugi.ru/rev120315", "http://smev.gosuslugi.ru/rev120316");
    let answer = Document::parse(smev.as_bytes()).unwrap().canonical(&Part::Header);
    assert!(matches!(answer, Err(Error::UnresolvedReference { .. })), "{answer:?}");
}

#[test]
fn security_block_outside_the_header() {
    let message = signed();
    let block = between(&message, "<wsse:Security ", "</wsse:Security>");
    let wrapped = format!("<w:wrap xmlns:w=\"urn:w\">{block}</w:wrap>");
    refused!(verify(&edit(&message, block, &wrapped)), Error::SignatureNotFound { .. });
    let after = edit(&edit(&message, block, ""), "</soap:Envelope>", &format!("{block}</soap:Envelope>"));
    refused!(verify(&after), Error::NotSoap);
}
