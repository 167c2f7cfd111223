//! Signatures as a clumsy signer makes them: he takes other octets than he should, or writes down what he got in another way.

use base64ct::{Base64, Encoding as _};
use pki::Identity;
use xmldsig::{Document, Part, digest};

use crate::forge::{edit, sender, template};

const SIGNED_INFO: &str = "{http://www.w3.org/2000/09/xmldsig#}SignedInfo";

/// A signer with his ways.
pub(crate) struct Signer<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) template: String,
    /// From the canonical text of Body to DigestValue.
    pub(crate) digest: Box<dyn Fn(&str) -> String + 'a>,
    /// From the canonical text of SignedInfo to SignatureValue.
    pub(crate) value: Box<dyn Fn(&str) -> String + 'a>,
}

impl Default for Signer<'static> {
    fn default() -> Self {
        Self::of(sender())
    }
}

impl<'a> Signer<'a> {
    /// One who does it right.
    pub(crate) fn of(identity: &'a Identity) -> Self {
        Self {
            identity,
            template: template(),
            digest: Box::new(|body| base64(&digest_of(identity, body))),
            value: Box::new(|signed_info| base64(&signature_of(identity, signed_info))),
        }
    }

    /// What he sends.
    pub(crate) fn message(&self) -> String {
        // The names of methods and the token are filled in by one who does it right; digest and value are then done anew.
        let filled = crate::forge::sign(&self.template, self.identity);
        let body = canonical(&filled, &Part::Body);
        let digested = with_text(&filled, "DigestValue", &(self.digest)(&body));
        let signed_info = canonical(&digested, &Part::Other(SIGNED_INFO.to_owned()));
        with_text(&digested, "SignatureValue", &(self.value)(&signed_info))
    }
}

/// The value made anew over SignedInfo as it stands now.
pub(crate) fn signed_again(message: &str) -> String {
    let signed_info = canonical(message, &Part::Other(SIGNED_INFO.to_owned()));
    with_text(message, "SignatureValue", &base64(&signature_of(sender(), &signed_info)))
}

pub(crate) fn base64(octets: &[u8]) -> String {
    Base64::encode_string(octets)
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}

pub(crate) fn digest_of(identity: &Identity, text: &str) -> Vec<u8> {
    digest(identity.key().algorithm(), text.as_bytes())
}

pub(crate) fn signature_of(identity: &Identity, text: &str) -> Vec<u8> {
    identity.key().sign(text.as_bytes(), &[9; 32]).unwrap()
}

fn canonical(message: &str, part: &Part) -> String {
    String::from_utf8(Document::parse(message.as_bytes()).unwrap().canonical(part).unwrap()).unwrap()
}

/// With another text in the only ds: element of that name.
fn with_text(message: &str, name: &str, text: &str) -> String {
    let (start, end) = (format!("<ds:{name}>"), format!("</ds:{name}>"));
    let from = message.find(&start).unwrap() + start.len();
    let to = message.find(&end).unwrap();
    edit(message, &message[from..to], text)
}
