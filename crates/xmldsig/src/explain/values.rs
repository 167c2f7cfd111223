//! Trials of a signature value: over which octets, in which order of its own octets, under which key would it hold?

use base64ct::{Base64, Encoding as _};
use gost94::Digest as _;
use pki::{Algorithm, Certificate};

use super::budget::Purse;
use super::reading::{self, Signature};
use super::{Cause, edits, source};
use crate::algorithm::digest_with;
use crate::canonical::{Method, Subtree, by};
use crate::soap::DS;
use crate::tree::{Element, Tree};
use crate::{DigestAlgorithm, Part};

/// Prefixes that stacks give to the namespace of XMLDSig.
const DS_PREFIXES: [&str; 5] = ["ds", "dsig", "dsig1", "sig", ""];

/// A suspect that makes the value hold, and the octets it signs when they are not SignedInfo as it stands.
pub(super) struct Caught {
    pub(super) cause: Cause,
    pub(super) octets: Option<Vec<u8>>,
    /// What is strange in the order of the octets besides.
    pub(super) order: Option<Cause>,
}

/// SignatureValue in the spellings it may have: the right one first.
pub(super) struct Values {
    values: Vec<(Vec<u8>, Order)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Right,
    Swapped,
    Reversed,
    HalvesReversed,
    Asn1,
    Hex,
}

impl Values {
    pub(super) fn read(text: &str, key: Algorithm) -> Self {
        let length = match key {
            Algorithm::Gost2001 | Algorithm::Gost2012_256 | Algorithm::EcdsaP256Sha256 => Some(64),
            Algorithm::Gost2012_512 => Some(128),
            Algorithm::RsaSha256 => None,
        };
        let decoded = Base64::decode_vec(text).ok();
        let mut values = Vec::new();
        if let Some(hex) = reading::hexadecimal(text).filter(|hex| length.is_none_or(|length| hex.len() == length)) {
            values.push((hex, Order::Hex));
        }
        let Some(value) = decoded else { return Self { values } };
        match length {
            Some(length) if value.len() != length => {
                if let Some((r, s)) = integers(&value, length / 2) {
                    values.push(([s.as_slice(), &r].concat(), Order::Asn1));
                    values.push(([r.as_slice(), &s].concat(), Order::Asn1));
                }
            }
            Some(length) => {
                let (first, second) = value.split_at(length / 2);
                let turned = |half: &[u8]| half.iter().rev().copied().collect::<Vec<u8>>();
                values.insert(0, (value.clone(), Order::Right));
                values.push(([second, first].concat(), Order::Swapped));
                values.push((turned(&value), Order::Reversed));
                values.push(([turned(first), turned(second)].concat(), Order::HalvesReversed));
            }
            None => {
                let turned = value.iter().rev().copied().collect();
                values.insert(0, (value, Order::Right));
                values.push((turned, Order::Reversed));
            }
        }
        Self { values }
    }

    /// The value as it must be written.
    pub(super) fn right(&self) -> Option<&[u8]> {
        self.values.first().filter(|(_, order)| *order == Order::Right).map(|(value, _)| value.as_slice())
    }
}

impl Order {
    fn cause(self) -> Option<Cause> {
        match self {
            Self::Right => None,
            Self::Swapped => Some(Cause::HalvesSwapped),
            Self::Reversed => Some(Cause::ValueReversed),
            Self::HalvesReversed => Some(Cause::HalvesReversed),
            Self::Asn1 => Some(Cause::ValueInAsn1),
            Self::Hex => Some(Cause::ValueInHex),
        }
    }
}

/// SEQUENCE { INTEGER, INTEGER } of X.690, each brought to `half` octets.
fn integers(der: &[u8], half: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let (header, rest) = der.split_first_chunk::<2>()?;
    let rest = match header {
        [0x30, length] if usize::from(*length) == rest.len() => rest,
        [0x30, 0x81] => rest.split_first().filter(|(length, rest)| usize::from(**length) == rest.len())?.1,
        _ => return None,
    };
    let (first, rest) = integer(rest, half)?;
    let (second, rest) = integer(rest, half)?;
    rest.is_empty().then_some((first, second))
}

fn integer(der: &[u8], half: usize) -> Option<(Vec<u8>, &[u8])> {
    let ([0x02, length], rest) = der.split_first_chunk::<2>()? else { return None };
    let (octets, rest) = rest.split_at_checked(usize::from(*length))?;
    let octets = octets.strip_prefix(&[0]).unwrap_or(octets);
    let missing = half.checked_sub(octets.len())?;
    Some(([vec![0; missing].as_slice(), octets].concat(), rest))
}

/// What is tried on one signature value.
pub(super) struct Trials<'a, 'd> {
    pub(super) tree: &'d Tree,
    pub(super) message: &'a str,
    pub(super) signature: &'a Signature<'d>,
    /// Canonical octets of SignedInfo.
    pub(super) octets: &'a [u8],
    pub(super) certificate: &'a Certificate,
    /// Referenced parts and their canonical octets.
    pub(super) parts: Vec<(Part, &'a [u8])>,
    pub(super) purse: &'a mut Purse,
}

type Tried = Option<Caught>;

impl<'d> Trials<'_, 'd> {
    /// The first suspect that makes the value hold.
    pub(super) fn run(&mut self) -> Tried {
        let values = Values::read(&self.signature.value, self.certificate.public_key().algorithm());
        self.in_other_order(&values)
            .or_else(|| self.over_other_octets(&values))
            .or_else(|| self.over_other_digest(&values))
            .or_else(|| self.over_part(&values))
            .or_else(|| self.other_certificate(&values))
    }

    fn holds(&mut self, octets: &[u8], value: &[u8]) -> bool {
        self.purse.value(octets.len()) && self.certificate.public_key().verify(octets, value).is_ok()
    }

    fn in_other_order(&mut self, values: &Values) -> Tried {
        values.values.iter().find_map(|(value, order)| {
            let cause = order.cause()?;
            self.holds(self.octets, value).then_some(Caught { cause, octets: None, order: None })
        })
    }

    /// SignedInfo as it may have been when it was signed.
    fn over_other_octets(&mut self, values: &Values) -> Tried {
        for (octets, cause) in self.candidates() {
            for (value, order) in &values.values {
                if self.holds(&octets, value) {
                    return Some(Caught { cause, octets: Some(octets), order: order.cause() });
                }
            }
        }
        None
    }

    fn candidates(&mut self) -> Vec<(Vec<u8>, Cause)> {
        let text = std::str::from_utf8(self.octets).unwrap_or_default();
        let found = self.signature.signed_info.prefix();
        let mut edited = vec![
            (edits::without_indentation(text), Cause::SignedInfoReformatted),
            (edits::without_blanks(text), Cause::SignedInfoReformatted),
            (edits::with_carriage_returns(text, "&#xD;"), Cause::LineEnds),
            (edits::with_carriage_returns(text, "\r"), Cause::LineEnds),
            (edits::without_carriage_returns(text), Cause::CarriageReturns),
        ];
        let depth = self.signature.signed_info.ancestors().count() - 1;
        for indentation in edits::INDENTATIONS {
            for depth in [depth, 0] {
                edited.push((edits::indented(text, indentation, depth), Cause::SignedInfoReformatted));
            }
        }
        let flat = edits::without_blanks(text);
        for to in DS_PREFIXES {
            let cause = Cause::PrefixChanged { signed: to.to_owned(), found: found.to_owned() };
            edited.push((edits::with_prefix(text, DS, found, to), cause));
            let flat = flat.as_deref().and_then(|flat| edits::with_prefix(flat, DS, found, to));
            edited.push((flat, Cause::SignedInfoReformatted));
        }
        edited.push((self.raw(), Cause::NotCanonicalized));
        let edited = edited.into_iter().filter_map(|(text, cause)| Some((text?.into_bytes(), cause)));
        edited.chain(self.other_canonicalization()).collect()
    }

    fn other_canonicalization(&self) -> Vec<(Vec<u8>, Cause)> {
        let subtree = Subtree { apex: self.signature.signed_info, without: None };
        let made = |method, comments, prefixes: &[&str]| by(self.tree, &subtree, method, comments, prefixes).ok();
        [
            (made(Method::Inclusive, false, &[]), Cause::InclusiveCanonicalization),
            (made(Method::Inclusive11, false, &[]), Cause::InclusiveCanonicalization),
            (made(Method::Exclusive, true, &self.signature.prefixes), Cause::CommentsKept),
            (made(Method::Exclusive, false, &[]), Cause::PrefixListIgnored),
        ]
        .into_iter()
        .filter_map(|(octets, cause)| Some((octets.filter(|octets| octets != self.octets)?, cause)))
        .collect()
    }

    /// SignedInfo as it stands in the text of the message.
    fn raw(&mut self) -> Option<String> {
        let element: Element<'d> = self.signature.signed_info;
        self.purse.octets(self.message.len()).then_some(())?;
        let number = self.tree.elements().position(|other| other == element)?;
        self.message.get(source::element(self.message, number)?).map(str::to_owned)
    }

    /// SignedInfo digested in another way. GOST keys only: others digest inside.
    fn over_other_digest(&mut self, values: &Values) -> Tried {
        use DigestAlgorithm::{Gost94, Sha256, Streebog256, Streebog512};
        let key = gost::PreparedKey::from_spki_der(self.certificate.public_key().spki_der()).ok()?;
        let own = DigestAlgorithm::of(self.certificate.public_key().algorithm());
        let turned = digest_with(own, self.octets).into_iter().rev().collect();
        let mut digests: Vec<(Vec<u8>, Cause)> = vec![
            (turned, Cause::SignedDigestReversed),
            (gost94::Gost94Test::digest(self.octets).to_vec(), Cause::TestSBox),
        ];
        for found in [Gost94, Streebog256, Streebog512, Sha256] {
            if found != own {
                digests.push((digest_with(found, self.octets), Cause::SignedOtherDigest { found }));
            }
        }
        for (digest, cause) in digests.into_iter().filter(|(digest, _)| digest.len() == own.bytes()) {
            for (value, order) in &values.values {
                if !self.purse.value(self.octets.len()) {
                    return None;
                }
                if key.verify_digest(&digest, value).is_ok() {
                    return Some(Caught { cause, octets: None, order: order.cause() });
                }
            }
        }
        None
    }

    /// A part signed directly.
    fn over_part(&mut self, values: &Values) -> Tried {
        let parts = std::mem::take(&mut self.parts);
        parts.into_iter().find_map(|(part, octets)| {
            let (value, order) = values.values.first()?;
            let caught = Caught { cause: Cause::ValueOverPart { part }, octets: None, order: order.cause() };
            self.holds(octets, value).then_some(caught)
        })
    }

    /// The key of another certificate in the message.
    fn other_certificate(&mut self, values: &Values) -> Tried {
        let others = reading::other_certificates(self.tree, Some(self.certificate));
        others.into_iter().find_map(|other| {
            let (value, _) = values.values.first()?;
            self.purse.value(self.octets.len()).then_some(())?;
            other.public_key().verify(self.octets, value).ok()?;
            Some(Caught {
                cause: Cause::OtherCertificate { subject: other.subject().to_owned() },
                octets: None,
                order: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_asn1_are_brought_to_their_length() {
        let der = [0x30, 0x07, 0x02, 0x02, 0x00, 0xff, 0x02, 0x01, 0x05];
        assert_eq!(integers(&der, 2).unwrap(), (vec![0, 0xff], vec![0, 5]));
        for bad in [&der[..8], &[0x30, 0x00], &[0x31, 0x07], &[]] {
            assert!(integers(bad, 2).is_none());
        }
        assert!(integers(&der, 0).is_none(), "longer than half a signature");
    }
}
