//! A lenient reading of ds:Signature: what stands there, also where the profile would refuse it. Nothing here decides.

use base64ct::{Base64, Encoding as _};
use pki::{Algorithm, Certificate};

use crate::DigestAlgorithm;
use crate::algorithm::{DIGEST_METHODS, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N, SIGNATURE_METHODS};
use crate::profile::Token;
use crate::soap::{DS, WSSE, only};
use crate::tree::{Element, Node, Tree};

/// References that are looked at.
const MAX_REFERENCES: usize = 3;
/// Transforms of a reference that are looked at.
const MAX_TRANSFORMS: usize = 8;
/// Prefixes of a PrefixList that are looked at.
const MAX_PREFIXES: usize = 32;
/// Certificates of a message that are looked at.
const MAX_CERTIFICATES: usize = 4;

/// A ds:Signature.
pub(super) struct Signature<'d> {
    pub(super) element: Element<'d>,
    pub(super) signed_info: Element<'d>,
    /// PrefixList of the canonicalization of SignedInfo.
    pub(super) prefixes: Vec<&'d str>,
    pub(super) method_uri: &'d str,
    /// SignatureValue without white space.
    pub(super) value: String,
    pub(super) references: Vec<Reference<'d>>,
}

/// A ds:Reference.
pub(super) struct Reference<'d> {
    pub(super) uri: &'d str,
    pub(super) transforms: Vec<&'d str>,
    pub(super) prefixes: Vec<&'d str>,
    pub(super) digest_uri: &'d str,
    /// DigestValue without white space.
    pub(super) digest: String,
}

impl<'d> Signature<'d> {
    /// `None` without a SignedInfo.
    pub(super) fn read(element: Element<'d>) -> Option<Self> {
        let signed_info = child(element, "SignedInfo")?;
        let references = signed_info.children().filter(|child| child.is(DS, "Reference"));
        Some(Self {
            element,
            signed_info,
            prefixes: child(signed_info, "CanonicalizationMethod").map(prefix_list).unwrap_or_default(),
            method_uri: child(signed_info, "SignatureMethod").map(algorithm).unwrap_or_default(),
            value: child(element, "SignatureValue").map(text).unwrap_or_default(),
            references: references.take(MAX_REFERENCES).map(Reference::read).collect(),
        })
    }

    pub(super) fn method(&self) -> Option<Algorithm> {
        SIGNATURE_METHODS.iter().find(|(uri, _)| *uri == self.method_uri).map(|(_, algorithm)| *algorithm)
    }
}

impl<'d> Reference<'d> {
    fn read(element: Element<'d>) -> Self {
        let transforms: Vec<_> = child(element, "Transforms")
            .into_iter()
            .flat_map(Element::children)
            .filter(|child| child.is(DS, "Transform"))
            .take(MAX_TRANSFORMS)
            .collect();
        Self {
            uri: element.attribute("", "URI").unwrap_or_default(),
            transforms: transforms.iter().map(|transform| algorithm(*transform)).collect(),
            prefixes: transforms.iter().flat_map(|transform| prefix_list(*transform)).take(MAX_PREFIXES).collect(),
            digest_uri: child(element, "DigestMethod").map(algorithm).unwrap_or_default(),
            digest: child(element, "DigestValue").map(text).unwrap_or_default(),
        }
    }

    pub(super) fn digest_algorithm(&self) -> Option<DigestAlgorithm> {
        DIGEST_METHODS.iter().find(|(uri, _)| *uri == self.digest_uri).map(|(_, algorithm)| *algorithm)
    }

    pub(super) fn enveloped(&self) -> bool {
        self.transforms.contains(&ENVELOPED_SIGNATURE)
    }
}

/// The certificate that KeyInfo leads to, or the only one of the Security block around the signature.
pub(super) fn certificate(tree: &Tree, signature: Element<'_>) -> Option<Certificate> {
    let key_info = child(signature, "KeyInfo");
    let inside = || key_info.into_iter().flat_map(Element::with_descendants);
    let reference = inside().find(|element| element.is(WSSE, "Reference"));
    let token = reference
        .and_then(|reference| reference.attribute("", "URI")?.strip_prefix('#'))
        .and_then(|id| tree.bearers(id).find(|bearer| Token::of(*bearer).is_some()));
    let beside =
        || signature.parent().and_then(|block| only(block.children().filter(|child| Token::of(*child).is_some())));
    let bearer = token.or_else(|| inside().find(|element| element.is(DS, "X509Certificate"))).or_else(beside)?;
    Certificate::from_der(&Base64::decode_vec(&text(bearer)).ok()?).ok()
}

/// Certificates that stand in the message, apart from `known`, as far as they can be read.
pub(super) fn other_certificates(tree: &Tree, known: Option<&Certificate>) -> Vec<Certificate> {
    tree.elements()
        .filter(|element| Token::of(*element).is_some() || element.is(DS, "X509Certificate"))
        .take(2 * MAX_CERTIFICATES)
        .filter_map(|element| Certificate::from_der(&Base64::decode_vec(&text(element)).ok()?).ok())
        .filter(|certificate| known.is_none_or(|known| known.der() != certificate.der()))
        .take(MAX_CERTIFICATES)
        .collect()
}

/// Whether a Security block stands around the signature, in whatever place.
pub(super) fn security_around(element: Element<'_>) -> bool {
    element.parent().is_some_and(|parent| parent.is(WSSE, "Security"))
}

fn child<'d>(element: Element<'d>, local: &str) -> Option<Element<'d>> {
    element.children().find(|child| child.is(DS, local))
}

fn algorithm(element: Element<'_>) -> &str {
    element.attribute("", "Algorithm").unwrap_or_default()
}

fn prefix_list(method: Element<'_>) -> Vec<&str> {
    let list = method.children().find(|child| child.is(EXCLUSIVE_C14N, "InclusiveNamespaces"));
    let list = list.and_then(|list| list.attribute("", "PrefixList")).unwrap_or_default();
    list.split_ascii_whitespace().take(MAX_PREFIXES).collect()
}

/// The text directly inside, without white space.
pub(super) fn text(element: Element<'_>) -> String {
    let texts = element.nodes().filter_map(|node| if let Node::Text(text) = node { Some(text) } else { None });
    texts.flat_map(str::chars).filter(|character| !character.is_ascii_whitespace()).collect()
}

/// Octets written as hexadecimal digits.
pub(super) fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |octet: &u8| char::from(*octet).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| u8::try_from(digit(high)? * 16 + digit(low)?).ok()).collect()
}
