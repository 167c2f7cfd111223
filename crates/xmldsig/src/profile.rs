//! The strict reading of one ds:Signature: structure, closed lists, exact lengths. What it lets through is all that libxmlsec1 gets to see.
//!
//! It judges form only. Whether ids resolve to the right element is `verify`'s, whether digests and value hold is libxmlsec1's.

use base64ct::{Base64, Encoding as _};
use pki::Algorithm;

use crate::algorithm::{DIGEST_METHODS, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N, SIGNATURE_METHODS};
use crate::soap::{DS, WSSE, only};
use crate::tree::Element;
use crate::{DigestAlgorithm, Error};

/// Most references a signature may have: Body, smev:Header and one more.
const MAX_REFERENCES: usize = 3;
/// Most prefixes in a PrefixList: canonicalization looks each of them up at each element.
const MAX_PREFIXES: usize = 32;
/// Longest id in octets.
const MAX_ID: usize = 256;
/// Longest signature value of an algorithm without a fixed length, in octets: RSA of 8192 bits.
const MAX_VALUE: usize = 1024;
/// The token type of the profile (WSS X.509 certificate token profile 1.0 §3.1.2).
pub(crate) const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
/// The encoding of tokens (WSS 1.0 §6.3).
pub(crate) const BASE64_BINARY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// A Signature whose children stand where XMLDSig §4 puts them.
pub(crate) struct Signature<'d> {
    pub(crate) element: Element<'d>,
    pub(crate) signed_info: Element<'d>,
    canonicalization: Element<'d>,
    method: Element<'d>,
    pub(crate) references: Vec<Element<'d>>,
    value: Element<'d>,
    key_info: Option<Element<'d>>,
}

/// What one ds:Reference says.
pub(crate) struct Reference<'d> {
    pub(crate) id: &'d str,
    /// Whether the signature itself is cut out of the part.
    pub(crate) enveloped: bool,
    /// PrefixList of InclusiveNamespaces.
    pub(crate) prefixes: Vec<&'d str>,
    pub(crate) digest_algorithm: DigestAlgorithm,
    pub(crate) digest: Vec<u8>,
}

/// Where KeyInfo sends for the certificate.
pub(crate) enum KeyHint<'d> {
    /// To the BinarySecurityToken with this id.
    Token(&'d str),
    /// Nowhere: this is its DER.
    Certificate(Vec<u8>),
}

/// A token that holds a certificate.
pub(crate) struct Token<'d>(pub(crate) Element<'d>);

impl<'d> Signature<'d> {
    /// Reads the frame: exact children in exact order.
    pub(crate) fn read(element: Element<'d>) -> Result<Self, Error> {
        let mut children = content(element)?.into_iter();
        let signed_info = expect(&mut children, "SignedInfo")?;
        let value = expect(&mut children, "SignatureValue")?;
        let mut next = children.next();
        let key_info = next.filter(|child| child.is(DS, "KeyInfo"));
        if key_info.is_some() {
            next = children.next();
        }
        if !next.into_iter().chain(children).all(|child| child.is(DS, "Object")) {
            return Err(Error::BadSecurity { what: "Signature has children it must not have" });
        }
        let mut children = content(signed_info)?.into_iter();
        let canonicalization = expect(&mut children, "CanonicalizationMethod")?;
        let method = expect(&mut children, "SignatureMethod")?;
        let references: Vec<_> = children.collect();
        if references.is_empty() || !references.iter().all(|child| child.is(DS, "Reference")) {
            return Err(Error::BadSecurity { what: "SignedInfo must end with references and nothing else" });
        }
        if references.len() > MAX_REFERENCES {
            return Err(Error::BadSecurity { what: "too many references" });
        }
        only_attributes(signed_info, &["Id"])?;
        only_attributes(value, &["Id"])?;
        Ok(Self { element, signed_info, canonicalization, method, references, value, key_info })
    }

    /// The PrefixList of the canonicalization of SignedInfo, which must be the exclusive one.
    pub(crate) fn prefixes(&self) -> Result<Vec<&'d str>, Error> {
        let uri = algorithm_of(self.canonicalization)?;
        if uri != EXCLUSIVE_C14N {
            return Err(Error::UnknownAlgorithm { uri: uri.to_owned() });
        }
        inclusive_prefixes(self.canonicalization)
    }

    /// SignatureMethod as written.
    pub(crate) fn method_uri(&self) -> Result<&'d str, Error> {
        algorithm_of(self.method)
    }

    /// The signature algorithm.
    pub(crate) fn method(&self) -> Result<Algorithm, Error> {
        let uri = self.method_uri()?;
        empty(self.method)?;
        find(SIGNATURE_METHODS, uri).ok_or_else(|| Error::UnknownAlgorithm { uri: uri.to_owned() })
    }

    /// SignatureValue, of exactly the length that `algorithm` has.
    pub(crate) fn value(&self, algorithm: Algorithm) -> Result<Vec<u8>, Error> {
        let value = base64(self.value)?;
        let fits = match algorithm {
            Algorithm::Gost2001 | Algorithm::Gost2012_256 | Algorithm::EcdsaP256Sha256 => value.len() == 64,
            Algorithm::Gost2012_512 => value.len() == 128,
            Algorithm::RsaSha256 => !value.is_empty() && value.len() <= MAX_VALUE,
        };
        if fits { Ok(value) } else { Err(Error::BadSecurity { what: "SignatureValue has a wrong length" }) }
    }

    /// Where the certificate is.
    pub(crate) fn key(&self) -> Result<KeyHint<'d>, Error> {
        let key_info = content(self.key_info.ok_or(Error::TokenNotFound)?)?;
        let [hint] = key_info.as_slice() else {
            return Err(Error::TokenNotFound);
        };
        if hint.is(WSSE, "SecurityTokenReference") {
            let inside = content(*hint)?;
            let [reference] = inside.as_slice() else {
                return Err(Error::TokenNotFound);
            };
            if !reference.is(WSSE, "Reference") {
                return Err(Error::TokenNotFound);
            }
            check_value_type(reference.attribute("", "ValueType").unwrap_or(X509_V3))?;
            let uri = reference.attribute("", "URI").ok_or(Error::TokenNotFound)?;
            return Ok(KeyHint::Token(id_of(uri)?));
        }
        if !hint.is(DS, "X509Data") {
            return Err(Error::TokenNotFound);
        }
        let mut certificates = content(*hint)?.into_iter().filter(|child| child.is(DS, "X509Certificate"));
        match (certificates.next(), certificates.next()) {
            (None, _) => Err(Error::TokenNotFound),
            (Some(certificate), None) => Ok(KeyHint::Certificate(base64(certificate)?)),
            (Some(_), Some(_)) => Err(Error::SeveralCertificates),
        }
    }
}

impl<'d> Reference<'d> {
    /// URI as written; empty when absent.
    pub(crate) fn uri(element: Element<'d>) -> &'d str {
        element.attribute("", "URI").unwrap_or_default()
    }

    /// Reads a ds:Reference.
    pub(crate) fn read(element: Element<'d>) -> Result<Self, Error> {
        only_attributes(element, &["Id", "URI", "Type"])?;
        let id = id_of(Self::uri(element))?;
        let mut children = content(element)?.into_iter();
        let transforms = expect(&mut children, "Transforms")?;
        let method = expect(&mut children, "DigestMethod")?;
        let value = expect(&mut children, "DigestValue")?;
        if children.next().is_some() {
            return Err(Error::BadSecurity { what: "Reference has children it must not have" });
        }
        let (enveloped, prefixes) = read_transforms(transforms)?;
        let uri = algorithm_of(method)?;
        empty(method)?;
        let digest_algorithm =
            find(DIGEST_METHODS, uri).ok_or_else(|| Error::UnknownAlgorithm { uri: uri.to_owned() })?;
        only_attributes(value, &[])?;
        let digest = base64(value)?;
        if digest.len() != digest_algorithm.bytes() {
            return Err(Error::BadSecurity { what: "DigestValue has a wrong length" });
        }
        Ok(Self { id, enveloped, prefixes, digest_algorithm, digest })
    }
}

impl<'d> Token<'d> {
    /// Takes a BinarySecurityToken.
    pub(crate) fn of(element: Element<'d>) -> Option<Self> {
        element.is(WSSE, "BinarySecurityToken").then_some(Self(element))
    }

    /// DER of the certificate.
    pub(crate) fn certificate(&self) -> Result<Vec<u8>, Error> {
        check_value_type(self.0.attribute("", "ValueType").unwrap_or_default())?;
        if self.0.attribute("", "EncodingType").unwrap_or(BASE64_BINARY) != BASE64_BINARY {
            return Err(Error::BadSecurity { what: "the token is not in base64" });
        }
        base64(self.0)
    }
}

fn check_value_type(value_type: &str) -> Result<(), Error> {
    if value_type == X509_V3 { Ok(()) } else { Err(Error::TokenType { value_type: value_type.to_owned() }) }
}

/// exc-c14n, alone or after enveloped-signature; nothing else makes octets of a part.
fn read_transforms(transforms: Element<'_>) -> Result<(bool, Vec<&str>), Error> {
    only_attributes(transforms, &[])?;
    let steps = content(transforms)?;
    for transform in &steps {
        let uri = algorithm_of(*transform)?;
        if !transform.is(DS, "Transform") {
            return Err(Error::BadSecurity { what: "Transforms has children it must not have" });
        }
        if uri != EXCLUSIVE_C14N && uri != ENVELOPED_SIGNATURE {
            return Err(Error::UnknownTransform { uri: uri.to_owned() });
        }
    }
    let (enveloped, last) = match steps.as_slice() {
        [last] => (None, last),
        [first, last] => (Some(first), last),
        _ => {
            return Err(Error::BadSecurity { what: "one or two transforms are allowed" });
        }
    };
    let ordered = algorithm_of(*last)? == EXCLUSIVE_C14N
        && enveloped.map_or(Ok(true), |first| algorithm_of(*first).map(|uri| uri == ENVELOPED_SIGNATURE))?;
    if !ordered {
        return Err(Error::BadSecurity { what: "the last transform must be exclusive canonicalization" });
    }
    if let Some(first) = enveloped {
        empty(*first)?;
    }
    Ok((enveloped.is_some(), inclusive_prefixes(*last)?))
}

/// The PrefixList of a canonicalization: empty without InclusiveNamespaces.
fn inclusive_prefixes(method: Element<'_>) -> Result<Vec<&str>, Error> {
    let children = content(method)?;
    let parameters = match children.as_slice() {
        [] => return Ok(Vec::new()),
        [parameters] if parameters.is(EXCLUSIVE_C14N, "InclusiveNamespaces") => parameters,
        _ => {
            return Err(Error::BadSecurity { what: "a canonicalization has unknown parameters" });
        }
    };
    only_attributes(*parameters, &["PrefixList"])?;
    empty(*parameters)?;
    let list = parameters.attribute("", "PrefixList");
    let list = list.ok_or(Error::BadSecurity { what: "InclusiveNamespaces has no PrefixList" })?;
    let list: Vec<_> = list.split_ascii_whitespace().collect();
    if list.len() > MAX_PREFIXES {
        return Err(Error::BadSecurity { what: "a PrefixList is too long" });
    }
    Ok(list)
}

/// The id of `#id`. Its characters mean nothing to XPointer.
fn id_of(uri: &str) -> Result<&str, Error> {
    let id = uri.strip_prefix('#').ok_or(Error::BadSecurity { what: "a reference is not of the form #id" })?;
    if is_id(id) { Ok(id) } else { Err(Error::BadSecurity { what: "an id has characters it must not have" }) }
}

/// Whether `id` is made of the characters that ids in messages may have.
pub(crate) fn is_id(id: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'.' | b':' | b'-');
    !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(allowed)
}

/// The attribute Algorithm, which must be the only attribute.
fn algorithm_of(element: Element<'_>) -> Result<&str, Error> {
    only_attributes(element, &["Algorithm"])?;
    element.attribute("", "Algorithm").ok_or(Error::BadSecurity { what: "a method has no Algorithm" })
}

/// The elements inside, between which nothing but white space may stand.
fn content(element: Element<'_>) -> Result<Vec<Element<'_>>, Error> {
    use crate::tree::Node;
    let mut elements = Vec::new();
    for node in element.nodes() {
        match node {
            Node::Element(child) => elements.push(child),
            Node::Text(text) if text.bytes().all(|octet| octet.is_ascii_whitespace()) => {}
            Node::Text(_) | Node::Other => {
                return Err(Error::BadSecurity { what: "text or a comment where only elements may stand" });
            }
        }
    }
    Ok(elements)
}

fn expect<'d>(children: &mut impl Iterator<Item = Element<'d>>, local: &str) -> Result<Element<'d>, Error> {
    let what = match local {
        "SignedInfo" => "SignedInfo is missing or misplaced",
        "SignatureValue" => "SignatureValue is missing or misplaced",
        "CanonicalizationMethod" => "CanonicalizationMethod is missing or misplaced",
        "SignatureMethod" => "SignatureMethod is missing or misplaced",
        "Transforms" => "Transforms is missing or misplaced",
        "DigestMethod" => "DigestMethod is missing or misplaced",
        _ => "DigestValue is missing or misplaced",
    };
    children.next().filter(|child| child.is(DS, local)).ok_or(Error::BadSecurity { what })
}

/// No children, no text: parameters such as HMACOutputLength are not for us.
fn empty(element: Element<'_>) -> Result<(), Error> {
    if content(element)?.is_empty() { Ok(()) } else { Err(Error::BadSecurity { what: "a method has parameters" }) }
}

/// Attributes without namespace, of these names. libxmlsec1 reads attributes by local name and would take one of another namespace.
fn only_attributes(element: Element<'_>, names: &[&str]) -> Result<(), Error> {
    let known = element.attributes().all(|attribute| {
        attribute.namespace().is_empty() && names.contains(&attribute.local()) && attribute.value().is_some()
    });
    if known { Ok(()) } else { Err(Error::BadSecurity { what: "SignedInfo has attributes it must not have" }) }
}

/// Base64 with white space anywhere, without comments or anything else inside.
fn base64(element: Element<'_>) -> Result<Vec<u8>, Error> {
    const FAILED: Error = Error::BadSecurity { what: "a value is not base64" };
    let text: Vec<u8> =
        element.only_text().ok_or(FAILED)?.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    Base64::decode_vec(std::str::from_utf8(&text).map_err(|_| FAILED)?).map_err(|_| FAILED)
}

fn find<T: Copy>(table: &[(&str, T)], uri: &str) -> Option<T> {
    only(table.iter().filter(|(name, _)| *name == uri)).map(|(_, value)| *value)
}
