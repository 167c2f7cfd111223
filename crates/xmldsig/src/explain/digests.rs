//! Trials of one reference: under which change of octets, algorithm or spelling would its digest hold?

use base64ct::{Base64, Encoding as _};
use gost94::Digest as _;

use super::budget::Purse;
use super::reading::{self, Reference};
use super::{Cause, base64_lines, edits, source};
use crate::DigestAlgorithm;
use crate::algorithm::digest_with;
use crate::canonical::{Method, Subtree, by};
use crate::soap::DS;
use crate::tree::{Element, Tree, WSU};

/// Prefixes that stacks give to the SOAP, SMEV and WSU namespaces.
const SOAP_PREFIXES: [&str; 8] = ["soapenv", "soap", "S", "s", "SOAP-ENV", "env", "e", ""];
const SMEV_PREFIXES: [&str; 9] = ["smev", "rev", "rev120315", "sm", "ns1", "ns2", "ns3", "ns4", ""];
const OTHER_PREFIXES: [&str; 5] = ["ns1", "ns2", "ns", "tns", ""];
/// Prefixes that generators give to any namespace.
const GENERATED_PREFIXES: [&str; 20] = [
    "ns1", "ns2", "ns3", "ns4", "ns5", "ns0", "ns6", "ns7", "ns8", "ns9", "tns", "ns", "q", "q1", "m", "p", "a", "b",
    "o", "",
];
/// Namespaces of a part, and prefixes of a message, that are tried with each other.
const MAX_NAMESPACES: usize = 6;
const MAX_PREFIXES: usize = 12;
/// Texts of a part that are tried with white space around them, and the white space.
const MAX_TEXTS: usize = 24;
const PADDINGS: [(&str, &str); 5] = [("", " "), (" ", ""), (" ", " "), ("", "\n"), ("\n", "\n")];
const WSU_PREFIXES: [&str; 2] = ["wsu", "u"];
/// Prefixes that are lost most often, with what they usually stand for.
const WELL_KNOWN: [(&str, &str); 10] = [
    ("xs", "http://www.w3.org/2001/XMLSchema"),
    ("xsd", "http://www.w3.org/2001/XMLSchema"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ("wsu", WSU),
    ("smev", "http://smev.gosuslugi.ru/rev120315"),
    ("smev", "http://smev.gosuslugi.ru/rev111111"),
    ("rev", "http://smev.gosuslugi.ru/rev120315"),
    ("rev", "http://smev.gosuslugi.ru/rev111111"),
    ("xop", "http://www.w3.org/2004/08/xop/include"),
    ("soapenc", "http://schemas.xmlsoap.org/soap/encoding/"),
];
/// Ancestors that are tried as stand-alone documents.
const MAX_ANCESTORS: usize = 6;

/// A suspect that makes the digest hold.
pub(super) struct Caught {
    pub(super) cause: Cause,
    /// What is strange in the spelling of the digest besides.
    pub(super) spelling: Option<Cause>,
    /// The octets with which it holds.
    pub(super) octets: Vec<u8>,
}

/// DigestValue in the spellings it may have.
pub(super) struct Expected {
    spellings: Vec<(Spelling, Vec<u8>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Right,
    Reversed,
    Hex,
}

impl Expected {
    pub(super) fn read(text: &str) -> Self {
        let mut spellings = Vec::new();
        if let Ok(octets) = Base64::decode_vec(text) {
            let hex = std::str::from_utf8(&octets).ok().and_then(reading::hexadecimal);
            spellings.extend(hex.map(|octets| (Spelling::Hex, octets)));
            spellings.push((Spelling::Reversed, octets.iter().rev().copied().collect()));
            spellings.insert(0, (Spelling::Right, octets));
        }
        spellings.extend(reading::hexadecimal(text).map(|octets| (Spelling::Hex, octets)));
        Self { spellings }
    }

    /// Whether DigestValue is this digest, written as it must be.
    pub(super) fn is(&self, digest: &[u8]) -> bool {
        self.spelling(digest) == Some(Spelling::Right)
    }

    fn spelling(&self, digest: &[u8]) -> Option<Spelling> {
        self.spellings.iter().find(|(_, octets)| octets == digest).map(|(spelling, _)| *spelling)
    }
}

/// What is tried on one reference.
pub(super) struct Trials<'a, 'd> {
    pub(super) tree: &'d Tree,
    pub(super) message: &'a str,
    pub(super) signature: Element<'d>,
    pub(super) reference: &'a Reference<'d>,
    pub(super) apex: Element<'d>,
    /// Canonical octets of the apex as the reference has them made.
    pub(super) octets: &'a [u8],
    pub(super) expected: &'a Expected,
    pub(super) algorithm: DigestAlgorithm,
    pub(super) purse: &'a mut Purse,
}

type Tried = Option<Caught>;

impl<'d> Trials<'_, 'd> {
    /// The first suspect that makes the digest hold.
    pub(super) fn run(&mut self) -> Tried {
        let text = std::str::from_utf8(self.octets).unwrap_or_default();
        self.spelled_otherwise()
            .or_else(|| self.white_space(text))
            .or_else(|| self.prefixes(text))
            .or_else(|| self.other_canonicalization())
            .or_else(|| self.other_extent(text))
            .or_else(|| self.other_algorithm())
            .or_else(|| self.lost_declarations(text))
            .or_else(|| self.source(text))
            .or_else(|| self.two_at_once(text))
            .or_else(|| self.unusual_prefixes(text))
            .or_else(|| self.trimmed_off(text))
            .or_else(|| self.other_elements())
    }

    /// Whether the digest of `octets` is the expected one, in whatever spelling.
    fn attempt(&mut self, octets: Vec<u8>, cause: impl FnOnce() -> Cause) -> Tried {
        if !self.purse.octets(octets.len()) {
            return None;
        }
        let spelling = self.expected.spelling(&digest_with(self.algorithm, &octets))?;
        Some(Caught { cause: cause(), spelling: spelling.cause(), octets })
    }

    fn edited(&mut self, edit: impl FnOnce() -> Option<String>, cause: impl FnOnce() -> Cause) -> Tried {
        if self.purse.is_empty() {
            return None;
        }
        self.attempt(edit()?.into_bytes(), cause)
    }

    fn spelled_otherwise(&mut self) -> Tried {
        let digest = digest_with(self.algorithm, self.octets);
        let cause = self.expected.spelling(&digest)?.cause()?;
        Some(Caught { cause, spelling: None, octets: self.octets.to_vec() })
    }

    fn white_space(&mut self, text: &str) -> Tried {
        self.edited(|| edits::without_blanks(text), || Cause::PartReformatted)
            .or_else(|| self.edited(|| edits::without_indentation(text), || Cause::PartReformatted))
            .or_else(|| self.edited(|| edits::with_carriage_returns(text, "&#xD;"), || Cause::LineEnds))
            .or_else(|| self.edited(|| edits::with_carriage_returns(text, "\r"), || Cause::LineEnds))
            .or_else(|| self.edited(|| edits::without_carriage_returns(text), || Cause::CarriageReturns))
            .or_else(|| self.indentation(text))
            .or_else(|| self.edited(|| edits::trimmed(text), || Cause::TextReformatted))
            .or_else(|| self.edited(|| edits::joined(text), || Cause::TextReformatted))
            .or_else(|| self.base64(text))
    }

    /// Lines of base64 as they may have been, whatever the white space elsewhere.
    fn base64(&mut self, text: &str) -> Tried {
        base64_lines::Layout::all()
            .find_map(|layout| self.edited(|| base64_lines::rewrapped(text, layout), || Cause::TextReformatted))
    }

    /// White space that was there when it was signed: at the depth of the part, or of a part written by itself.
    fn indentation(&mut self, text: &str) -> Tried {
        let depth = self.apex.ancestors().count() - 1;
        let depths = [depth, 0];
        let depths = if depth == 0 { depths.get(..1) } else { depths.get(..) }.unwrap_or_default();
        edits::INDENTATIONS.iter().find_map(|indentation| {
            depths
                .iter()
                .find_map(|depth| self.edited(|| edits::indented(text, indentation, *depth), || Cause::PartReformatted))
                .or_else(|| {
                    [false, true].into_iter().find_map(|apart| {
                        let edit = || edits::indented_content(text, indentation, apart);
                        self.edited(edit, || Cause::PartReformatted)
                    })
                })
        })
    }

    fn prefixes(&mut self, text: &str) -> Tried {
        let (prefix, namespace) = (self.apex.prefix(), self.apex.namespace());
        let usual: &[&str] = match namespace {
            crate::soap::SOAP => &SOAP_PREFIXES,
            namespace if crate::soap::SMEV.contains(&namespace) => &SMEV_PREFIXES,
            _ => &OTHER_PREFIXES,
        };
        let caught = self.renamed(text, namespace, prefix, usual);
        if caught.is_some() {
            return caught;
        }
        let inside: Vec<_> =
            self.apex.with_descendants().map(|element| (element.prefix(), element.namespace())).collect();
        for namespace in crate::soap::SMEV {
            if let Some((prefix, _)) = inside.iter().find(|(_, found)| *found == namespace)
                && namespace != self.apex.namespace()
                && let Some(caught) = self.renamed(text, namespace, prefix, &SMEV_PREFIXES)
            {
                return Some(caught);
            }
        }
        let wsu = self.apex.attributes().find(|attribute| attribute.namespace() == WSU)?;
        self.renamed(text, WSU, wsu.prefix(), &WSU_PREFIXES)
    }

    /// Any namespace of the part under any prefix of the message, or one that generators make: after what is usual.
    fn unusual_prefixes(&mut self, text: &str) -> Tried {
        let mut inside: Vec<(&'d str, &'d str)> = Vec::new();
        for element in self.apex.with_descendants() {
            let bound = (element.prefix(), element.namespace());
            if !bound.1.is_empty() && inside.len() < MAX_NAMESPACES && !inside.contains(&bound) {
                inside.push(bound);
            }
        }
        let mut guesses: Vec<&str> = Vec::new();
        for guess in self.tree.elements().map(Element::prefix) {
            if guesses.len() < MAX_PREFIXES && !guesses.contains(&guess) {
                guesses.push(guess);
            }
        }
        guesses.extend(GENERATED_PREFIXES);
        self.purse.spares(inside.len() * guesses.len() * text.len()).then_some(())?;
        inside.into_iter().find_map(|(prefix, namespace)| self.renamed(text, namespace, prefix, &guesses))
    }

    /// One text that had white space around it.
    fn trimmed_off(&mut self, text: &str) -> Tried {
        let texts = edits::texts(text).min(MAX_TEXTS);
        self.purse.spares(texts * PADDINGS.len() * text.len()).then_some(())?;
        (0..texts).find_map(|number| {
            PADDINGS.iter().find_map(|(before, after)| {
                self.edited(|| edits::padded(text, number, before, after), || Cause::TextReformatted)
            })
        })
    }

    fn renamed(&mut self, text: &str, namespace: &str, from: &str, usual: &[&str]) -> Tried {
        usual.iter().find_map(|to| {
            let cause = || Cause::PrefixChanged { signed: (*to).to_owned(), found: from.to_owned() };
            self.edited(|| edits::with_prefix(text, namespace, from, to), cause)
        })
    }

    fn canonical(
        &mut self,
        apex: Element<'d>,
        without: Option<Element<'d>>,
        method: Method,
        comments: bool,
        prefixes: &[&str],
    ) -> Option<Vec<u8>> {
        // Canonicalization costs at least as much as the octets it gives.
        self.purse.octets(self.octets.len()).then_some(())?;
        by(self.tree, &Subtree { apex, without }, method, comments, prefixes).ok()
    }

    fn other_canonicalization(&mut self) -> Tried {
        let (apex, prefixes) = (self.apex, self.reference.prefixes.clone());
        let without = self.reference.enveloped().then_some(self.signature);
        let ways: [(Method, bool, &[&str], Cause); 5] = [
            (Method::Inclusive, false, &[], Cause::InclusiveCanonicalization),
            (Method::Exclusive, true, &prefixes, Cause::CommentsKept),
            (Method::Inclusive, true, &[], Cause::InclusiveCanonicalization),
            (Method::Inclusive11, false, &[], Cause::InclusiveCanonicalization),
            (Method::Exclusive, false, &[], Cause::PrefixListIgnored),
        ];
        for (method, comments, prefixes, cause) in ways {
            let octets = self.canonical(apex, without, method, comments, prefixes);
            if let Some(octets) = octets.filter(|octets| octets != self.octets)
                && let Some(caught) = self.attempt(octets, || cause)
            {
                return Some(caught);
            }
        }
        None
    }

    /// More or less than the part.
    fn other_extent(&mut self, text: &str) -> Tried {
        let id = self.reference.uri.trim_start_matches('#');
        let caught = self
            .edited(|| edits::without_id(text, id), || Cause::IdAddedLater)
            .or_else(|| self.edited(|| edits::content(text), || Cause::ContentDigested));
        if caught.is_some() {
            return caught;
        }
        if !self.reference.enveloped() && self.signature.ancestors().any(|ancestor| ancestor == self.apex) {
            let octets = self.canonical(self.apex, Some(self.signature), Method::Exclusive, false, &[])?;
            if let Some(caught) = self.attempt(octets, || Cause::EnvelopedForgotten) {
                return Some(caught);
            }
        }
        self.edited(|| edits::without_elements(text, DS, "Signature"), || Cause::InnerSignature)
    }

    fn other_algorithm(&mut self) -> Tried {
        use DigestAlgorithm::{Gost94, Sha256, Streebog256, Streebog512};
        for algorithm in [Gost94, Streebog256, Streebog512, Sha256] {
            if algorithm != self.algorithm && self.purse.octets(self.octets.len()) {
                let digest = digest_with(algorithm, self.octets);
                if let Some(spelling) = self.expected.spelling(&digest) {
                    return Some(self.as_it_stands(Cause::OtherDigestAlgorithm { found: algorithm }, spelling));
                }
            }
        }
        self.purse.octets(self.octets.len()).then_some(())?;
        if let Some(spelling) = self.expected.spelling(&gost94::Gost94Test::digest(self.octets)) {
            return Some(self.as_it_stands(Cause::TestSBox, spelling));
        }
        let base64 = Base64::encode_string(self.octets).into_bytes();
        self.attempt(base64, || Cause::DigestOfBase64).map(|caught| Caught { octets: self.octets.to_vec(), ..caught })
    }

    fn as_it_stands(&self, cause: Cause, spelling: Spelling) -> Caught {
        Caught { cause, spelling: spelling.cause(), octets: self.octets.to_vec() }
    }

    /// Declarations that the signer had and the message has not.
    fn lost_declarations(&mut self, text: &str) -> Tried {
        for prefix in lost_prefixes(self.apex, &self.reference.prefixes, text) {
            let cause = |namespace| Cause::NamespaceLost { prefix: prefix.to_owned(), namespace: Some(namespace) };
            for (_, namespace) in WELL_KNOWN.iter().filter(|(known, _)| *known == prefix) {
                let caught = self
                    .edited(|| edits::with_declarations_where_used(text, prefix, namespace), || cause(namespace))
                    .or_else(|| self.edited(|| edits::with_declaration(text, prefix, namespace), || cause(namespace)));
                if caught.is_some() {
                    return caught;
                }
            }
        }
        None
    }

    /// The text of the message itself, and what stands before a document.
    fn source(&mut self, text: &str) -> Tried {
        let number = self.tree.elements().position(|element| element == self.apex)?;
        self.purse.octets(self.message.len()).then_some(())?;
        let raw = source::element(self.message, number).and_then(|span| self.message.get(span)).map(str::to_owned);
        let caught = self
            .edited(|| raw.clone(), || Cause::NotCanonicalized)
            .or_else(|| self.edited(|| raw.as_ref().map(|raw| raw.replace("\r\n", "\n")), || Cause::NotCanonicalized))
            .or_else(|| self.edited(|| Some(format!("\u{feff}{text}")), || Cause::ByteOrderMarkDigested));
        if caught.is_some() {
            return caught;
        }
        let own = source::declaration(self.message);
        let usual = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
            "<?xml version=\"1.0\"?>",
        ];
        let mut before: Vec<&str> = own.into_iter().chain(usual).collect();
        before.dedup();
        before.iter().find_map(|declaration| {
            ["", "\n", "\r\n"].iter().find_map(|end| {
                self.edited(|| Some(format!("{declaration}{end}{text}")), || Cause::DeclarationDigested)
            })
        })
    }

    /// Pairs that come together: an editor or a program that writes XML anew changes white space and prefixes in one go.
    fn two_at_once(&mut self, text: &str) -> Tried {
        let flat = edits::without_blanks(text)?;
        let reformatted = |caught: Caught| Caught { cause: Cause::PartReformatted, ..caught };
        let caught = self.prefixes(&flat).map(reformatted).or_else(|| {
            self.edited(
                || edits::without_id(&flat, self.reference.uri.trim_start_matches('#')),
                || Cause::PartReformatted,
            )
        });
        let caught = caught.or_else(|| {
            let trimmed = edits::trimmed(&flat).unwrap_or_else(|| flat.clone());
            self.edited(|| edits::joined(&trimmed), || Cause::PartReformatted)
        });
        caught.or_else(|| {
            let octets = self.canonical(self.apex, None, Method::Inclusive, false, &[])?;
            self.edited(|| edits::without_blanks(std::str::from_utf8(&octets).ok()?), || Cause::PartReformatted)
        })
    }

    /// The digest of an element above or below, with or without the signature.
    fn other_elements(&mut self) -> Tried {
        let above = self.signature.ancestors().skip(1).take(MAX_ANCESTORS).filter(|element| *element != self.apex);
        let below =
            self.apex.children().take(2).flat_map(|child| std::iter::once(child).chain(child.children().take(3)));
        let elements: Vec<_> = above.chain(below).collect();
        for element in elements {
            for without in [Some(self.signature), None] {
                let octets = self.canonical(element, without, Method::Exclusive, false, &[]);
                let cause = || Cause::OtherElementDigested { element: element.expanded_name() };
                if let Some(caught) = octets.and_then(|octets| self.attempt(octets, cause)) {
                    return Some(caught);
                }
            }
        }
        None
    }
}

impl Spelling {
    fn cause(self) -> Option<Cause> {
        match self {
            Self::Right => None,
            Self::Reversed => Some(Cause::DigestReversed),
            Self::Hex => Some(Cause::DigestInHex),
        }
    }
}

/// Prefixes that the part uses, or the reference names, and nothing declares.
pub(super) fn lost_prefixes<'d>(apex: Element<'d>, listed: &[&'d str], text: &str) -> Vec<&'d str> {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    // libxml2 keeps the prefix in the name where it knows no namespace for it.
    let prefix = |name: &'d str| name.split_once(':').map(|(prefix, _)| prefix);
    let mut lost: Vec<&str> = Vec::new();
    let mut note = |prefix: Option<&'d str>| {
        lost.extend(prefix.filter(|prefix| !lost.contains(prefix) && lost.len() < 4).into_iter().collect::<Vec<_>>());
    };
    for element in apex.with_descendants() {
        note(prefix(element.local()));
        element.attributes().for_each(|attribute| note(prefix(attribute.local())));
        let type_name = element.attribute(XSI, "type").and_then(prefix);
        note(type_name.filter(|prefix| !element.has_prefix(prefix)));
    }
    for prefix in listed {
        note(Some(*prefix).filter(|prefix| {
            *prefix != "#default" && !apex.has_prefix(prefix) && !text.contains(&format!("xmlns:{prefix}="))
        }));
    }
    lost
}
