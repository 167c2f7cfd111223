//! Signatures: what `verify` lets through is what the one trusted sender signed, and what the message holds.
//!
//! The first octet says what the rest is: a document as it stands; edits of the sender's own message, made by somebody without his key;
//! edits of a draft that the sender signs as it has become.

use std::sync::LazyLock;

use domain::Limits;
use envelope::{Fields, Need};
use xmldsig::{Actor, Algorithms, Budget, Document, Part, Policy, Question, Verified};

use crate::identities::{SENDER, sender_only};
use crate::{Seed, forge, way};

const POLICY: Policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };
/// Longest message that edits may make, in octets: copying doubles.
const EDITED_MAX: usize = 64 << 10;

/// How many times the octets of a message its canonical form may have, when that is more than a megabyte: six for a quotation mark, the
/// rest for namespaces declared again.
const CANONICAL_TIMES: usize = 16;
const CANONICAL_MIN: usize = 1 << 20;

/// What the sender signed, once and for all.
struct Honest {
    text: String,
    /// The canonical octets of his Body.
    body: Vec<u8>,
    fields: Fields,
}

static HONEST: LazyLock<Honest> = LazyLock::new(|| {
    let text = forge::signed();
    let body = Document::parse(text.as_bytes()).unwrap().canonical(&Part::Body).unwrap();
    let read = way::read(text.as_bytes(), "text/xml", &Limits::default()).unwrap();
    Honest { body, fields: read.fields().clone(), text }
});

/// What is put in by edits: everything an attack needs to say.
const WORDS: [&str; 32] = [
    "body",
    "token",
    "data",
    "other",
    "#body",
    "#",
    "soap:Body",
    "soap:Header",
    "wsse:Security",
    "ds:Signature",
    "ds:Object",
    "ds:Reference",
    "ds:Transform",
    " wsu:Id=\"body\"",
    " Id=\"body\"",
    " ID=\"body\"",
    " id='body'",
    " xml:id=\"body\"",
    " soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"",
    " soap:mustUnderstand=\"1\"",
    " xmlns=\"\"",
    " xmlns:soap=\"urn:x\"",
    " xmlns:wsu=\"urn:x\"",
    "<!-- -->",
    "<![CDATA[x]]>",
    "&#98;",
    " ",
    "<wrapper>",
    "</wrapper>",
    "<soap:Body wsu:Id=\"body\"/>",
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"soap #default\"/>",
];

/// An octet that says what follows, then a document or edits.
pub fn check(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    match kind % 3 {
        0 => {
            look(rest);
            judge(rest, false);
        }
        1 => judge(&edit(HONEST.text.as_bytes(), rest), false),
        _ => {
            let draft = edit(forge::template().as_bytes(), rest);
            if let Ok(draft) = String::from_utf8(draft)
                && let Some(signed) = forge::sign(&draft, &SENDER, &[7; 32])
            {
                judge(signed.as_bytes(), true);
            }
        }
    }
}

fn judge(message: &[u8], signed_as_it_is: bool) {
    let document = match Document::parse(message) {
        Ok(document) => document,
        Err(error) => return refused(&error),
    };
    if let Ok(body) = document.canonical(&Part::Body) {
        check_canonical(&body);
        assert!(
            body.len() <= CANONICAL_MIN.max(CANONICAL_TIMES * message.len()),
            "{} octets of {}",
            body.len(),
            message.len()
        );
    }
    match document.verify(&POLICY, &sender_only) {
        Ok(verified) => accepted(&document, &verified, message, signed_as_it_is),
        Err(error) => refused(&error),
    }
    through_the_envelope(message, signed_as_it_is);
}

/// What is only said, not decided. Not of edits: every certificate is prepared anew, which takes longer than all the rest.
fn look(message: &[u8]) {
    let Ok(document) = Document::parse(message) else {
        return;
    };
    let found = document.inspect();
    assert!(found.len() <= message.len() / 20, "more signatures than there is room for");
    for one in &found {
        one.problem.iter().for_each(refused);
        assert!(one.covers.len() <= 3);
    }
    let _ = document.token(Actor::Recipient);
    let budget = Budget { signatures: 3, octets: 256 << 10, values: 8 };
    let question = Question { message, trust: &|_, _| None, algorithms: Algorithms::Gost, budget };
    let explained = document.explain(&question);
    assert!(explained.signatures.len() <= found.len().max(budget.signatures));
    assert!(document.officials().len() <= way::FINDINGS_MAX);
}

fn check_canonical(octets: &[u8]) {
    let text = std::str::from_utf8(octets).expect("canonical octets are UTF-8");
    assert!(text.starts_with('<') && text.ends_with('>') && !text.contains("<!") && !text.contains('\r'), "{text}");
    assert!(!text.contains("/>"), "canonical form has no empty-element tags, or > is escaped: {text}");
}

fn accepted(document: &Document, verified: &Verified, message: &[u8], signed_as_it_is: bool) {
    assert_eq!(verified.certificate, *SENDER.certificate());
    let bodies: Vec<_> = verified.covered.iter().filter(|one| one.part == Part::Body).collect();
    assert_eq!(bodies.len(), 1, "the Body is covered, once");
    for covered in &verified.covered {
        check_canonical(&covered.octets);
        assert!(holds(message, covered.id.as_bytes()) || message.contains(&b'&'), "an id that is not in the message");
        if covered.plain {
            assert_eq!(
                covered.octets,
                document.canonical(&covered.part).unwrap(),
                "covered octets are those of the part"
            );
        }
        let algorithm = verified.algorithm;
        assert_eq!(covered.digest, xmldsig::digest(algorithm, &covered.octets), "the digest is of these octets");
    }
    assert!(signed_as_it_is || bodies[0].octets == HONEST.body, "the sender signed another Body");
}

/// The same through the whole envelope: fields are those of the signed octets.
fn through_the_envelope(message: &[u8], signed_as_it_is: bool) {
    let limits = Limits::default();
    let Some(read) = way::read(message, "text/xml", &limits) else {
        return;
    };
    match read.verify(&Need { algorithms: Algorithms::Gost, trust: &sender_only, node: None }) {
        Ok(verified) => {
            check_canonical(verified.body_octets());
            let fields = verified.fields();
            let body_alone =
                |fields: &Fields| Fields { node_header: None, security_actors: Vec::new(), ..fields.clone() };
            assert!(signed_as_it_is || body_alone(fields) == body_alone(&HONEST.fields), "{fields:?}");
        }
        Err(error) => way::refused(&error),
    }
}

fn refused(error: &xmldsig::Error) {
    assert!(!matches!(error, xmldsig::Error::Internal { .. }), "an input causes an internal error: {error}");
}

fn holds(message: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || message.windows(wanted.len()).any(|window| window == wanted)
}

/// Applies edits, six octets each: what, where from, where to, an argument. Places are mostly borders of markup.
fn edit(message: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    for step in edits.chunks_exact(6).take(16) {
        let &[what, from_high, from_low, to_high, to_low, argument] = step else { break };
        let borders: Vec<usize> = (0..message.len()).filter(|at| b"<>\"# ".contains(&message[*at])).collect();
        let place = |high: u8, low: u8| {
            let number = usize::from(u16::from_be_bytes([high, low]));
            if what & 0x80 == 0 && !borders.is_empty() {
                borders[number % borders.len()]
            } else {
                number % (message.len() + 1)
            }
        };
        let (one, other) = (place(from_high, from_low), place(to_high, to_low));
        let (start, end) = (one.min(other), one.max(other));
        let word = WORDS[usize::from(argument) % WORDS.len()].as_bytes().to_vec();
        match what & 7 {
            0 => drop(message.drain(start..end)),
            1 => drop(message.splice(start..start, word)),
            2 => drop(message.splice(start..end, word)),
            3 if start < message.len() => message[start] = argument,
            // Copies the stretch to its own front, its own end, or the end of Header or Envelope.
            4 => copy(&mut message, start..end, argument),
            5 => {
                let stretch: Vec<u8> = message.drain(start..end).collect();
                let to = usize::from(argument) * message.len() / 255;
                message.splice(to..to, stretch);
            }
            6 => drop(message.splice(end..end, word)),
            _ => {}
        }
        message.truncate(EDITED_MAX);
    }
    message
}

fn copy(message: &mut Vec<u8>, stretch: std::ops::Range<usize>, argument: u8) {
    let copied = message[stretch.clone()].to_vec();
    let find = |wanted: &str| message.windows(wanted.len()).position(|window| window == wanted.as_bytes());
    let to = match argument % 5 {
        0 => Some(stretch.start),
        1 => find("</soap:Header>"),
        2 => find("</soap:Envelope>"),
        3 => find("</ds:Signature>"),
        _ => Some(stretch.end),
    };
    if let Some(to) = to
        && message.len() + copied.len() <= EDITED_MAX
    {
        message.splice(to..to, copied);
    }
}

/// Edits of the honest message, written down one after the other.
struct Attack {
    message: Vec<u8>,
    edits: Vec<u8>,
}

impl Attack {
    fn begin() -> Self {
        Self { message: HONEST.text.clone().into_bytes(), edits: b"1".to_vec() }
    }

    /// One edit of the stretch, its places as they are.
    fn step(mut self, what: u8, stretch: std::ops::Range<usize>, argument: u8) -> Self {
        let [start, end] = [stretch.start, stretch.end].map(|at| u16::try_from(at).unwrap().to_be_bytes());
        let step = [what | 0x80, start[0], start[1], end[0], end[1], argument];
        self.message = edit(&self.message, &step);
        self.edits.extend(step);
        self
    }

    /// Where the last of these words stands.
    fn last(&self, words: &str) -> std::ops::Range<usize> {
        let at = self.message.windows(words.len()).rposition(|window| window == words.as_bytes()).unwrap();
        at..at + words.len()
    }

    /// The Body that stands last.
    fn body(&self) -> std::ops::Range<usize> {
        self.last("<soap:Body ").start..self.last("</soap:Body>").end
    }

    /// The signed Body copied to a place that `copy` knows, another content where it was.
    fn wrapped(place: u8) -> Self {
        let attack = Self::begin();
        let body = attack.body();
        let attack = attack.step(4, body, place);
        let digit = attack.last("6449013711").start;
        attack.step(3, digit..digit, b'7')
    }

    /// The Body that stands last gets another id.
    fn renamed(self) -> Self {
        let id = self.last("\"body\"");
        let other = WORDS.iter().position(|word| *word == "other").unwrap();
        self.step(2, id.start + 1..id.end - 1, u8::try_from(other).unwrap())
    }
}

/// Documents as they stand, and wrappings of the signed Body: beside it, in the Header, behind all, inside the signature.
pub fn seeds() -> Vec<Seed> {
    let document = |text: String| [b"0", text.as_bytes()].concat();
    // '0' is 48 and says document; '1' says edits of the signed message; '2' edits of the draft.
    vec![
        ("signed", document(forge::signed())),
        ("unsigned", document(forge::unsigned())),
        ("edits-none", b"1".to_vec()),
        ("same-id-beside", Attack::wrapped(0).edits),
        ("same-id-in-header", Attack::wrapped(1).edits),
        ("same-id-behind", Attack::wrapped(2).edits),
        ("same-id-in-signature", Attack::wrapped(3).edits),
        ("other-id-beside", Attack::wrapped(0).renamed().edits),
        ("other-id-in-header", Attack::wrapped(1).renamed().edits),
        ("other-id-behind", Attack::wrapped(2).renamed().edits),
        ("other-id-in-signature", Attack::wrapped(3).renamed().edits),
        ("draft-as-it-is", b"2".to_vec()),
        ("draft-word", b"2\x01\x00\x70\x00\x00\x19".to_vec()),
    ]
}
