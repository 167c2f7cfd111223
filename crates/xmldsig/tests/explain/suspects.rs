//! Every suspect in turn: a good message damaged in one known way, or a signer with one known slip, and exactly that cause.

use gost94::Digest as _;
use pki::{Algorithm, Identity};
use xmldsig::{Actor, Algorithms, Budget, Cause, Distrust, Document, Part, Place, Policy, Question};

use crate::craft::{Signer, base64, digest_of, hex, signature_of, signed_again};
use crate::forge::{
    CONTENT, EXCLUSIVE, SOAP, TRANSFORM, WSU, edit, identity, official, reference, sender, sign, signed, stranger,
    template, trust_in,
};
use crate::{explain, explain_with, names};

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The verdict must be no, and the causes exactly these.
fn caught(message: &str, identity: &Identity, causes: &[&str]) {
    let explanation = explain(message);
    assert_eq!(names(&explanation), causes, "{explanation:#?}");
    assert!(!explanation.holds());
    let policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::GostAndTest };
    let verdict = Document::parse(message.as_bytes()).unwrap().verify(&policy, &trust_in(identity));
    assert!(verdict.is_err(), "a trial changes no verdict: {causes:?}");
}

#[test]
fn a_good_signature_has_nothing_to_explain() {
    let explanation = explain(&signed());
    assert!(explanation.holds() && explanation.signatures[0].holds, "{explanation:#?}");
    assert_eq!(explanation.signatures[0].references[0].part, Some(Part::Body));
}

/// What is done to a message on its way.
#[test]
fn damage_after_signing() {
    let lines = edit(&template(), CONTENT, "<op:ask xmlns:op=\"urn:o\">a\nb</op:ask>");
    let lines = sign(&lines, sender());
    let cases: [(&str, String); 11] = [
        ("signed-info-reformatted", signed().replace("<ds:Reference", "\n      <ds:Reference")),
        ("signed-info-reformatted", {
            let indented = sign(&template().replace("<ds:SignatureMethod", "\n<ds:SignatureMethod"), sender());
            edit(&indented, "\n<ds:SignatureMethod", "\n    <ds:SignatureMethod")
        }),
        ("part-reformatted", {
            let lines = edit(&template(), CONTENT, "\n    <a>\n      <b>c</b>\n    </a>\n  ");
            sign(&lines, sender()).replace("\n    <a>\n      <b>c</b>\n    </a>\n  ", "<a>\n<b>c</b></a>")
        }),
        ("signed-info-reformatted", {
            let lines =
                template().replace("><ds:", ">\n<ds:").replace("></ds:T", ">\n</ds:T").replace("></ds:R", ">\n</ds:R");
            let lines = lines.replace("></ds:SignedInfo", ">\n</ds:SignedInfo");
            sign(&lines, sender()).replace('\n', "")
        }),
        ("part-reformatted", signed().replace("<op:inn>", "\n  <op:inn>").replace("</op:ask>", "\n</op:ask>")),
        ("changed", signed().replace("<op:", "\n  <op:").replace("7701234567", "7701234568")),
        ("text-reformatted", edit(&signed(), "7701234567", "77012\n34567")),
        ("text-reformatted", edit(&signed(), "7701234567", "\n 7701234567\n")),
        ("carriage-returns", edit(&lines, "a\nb", "a&#xD;\nb")),
        ("changed", edit(&signed(), "7701234567", "7701234568")),
        ("id-added-later", {
            let bare = Signer {
                digest: Box::new(|body| base64(&digest_of(sender(), &without_id(body)))),
                ..Signer::default()
            };
            bare.message()
        }),
    ];
    for (cause, message) in cases {
        caught(&message, sender(), &[cause]);
    }
}

/// What cannot be proved, but shows: the whole message stands in lines, SignedInfo too, and something else was changed besides.
#[test]
fn a_message_written_anew_from_end_to_end() {
    let anew = signed().replace("<op:", "\n  <op:").replace("<ds:Reference", "\n  <ds:Reference");
    let message = anew.replace("7701234567", "7701234568");
    caught(&message, sender(), &["looks-reformatted", "signed-info-reformatted"]);
}

/// Base64 broken into other lines, whatever the white space around it.
#[test]
fn lines_of_base64() {
    let data = "QUJD".repeat(60);
    let lines = |columns: usize, end: &str| {
        let lines: Vec<_> = data.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).unwrap()).collect();
        lines.join(end)
    };
    let (mime, pem) = (lines(76, "\n"), lines(64, "\n"));
    let cases = [
        (data.clone(), mime.clone()),
        (data.clone(), lines(76, "&#xD;\n")),
        (data.clone(), format!("\n      {}\n    ", lines(40, "\n      "))),
        (mime.clone(), data.clone()),
        (mime.clone(), pem.clone()),
        (pem, mime.clone()),
        (format!("{mime}\n"), data.clone()),
        (lines(76, "&#xD;\n"), data.clone()),
    ];
    for content in ["<a>x y</a><b>@</b>", "\n  <a>x y</a>\n  <b>@</b>\n"] {
        for (signed, sent) in &cases {
            let message = sign(&edit(&template(), CONTENT, &content.replace('@', signed)), sender());
            caught(&edit(&message, signed, sent), sender(), &["text-reformatted"]);
        }
    }
}

/// White space around one text taken off: proved; around two: not.
#[test]
fn text_trimmed() {
    for (signed, cause) in [
        ("<a>b</a><c> d </c>", "text-reformatted"),
        ("<a>b</a><c>d </c>", "text-reformatted"),
        ("<a>\nb\n</a><c>d</c>", "text-reformatted"),
        ("\n<a>\n  <b> c</b>\n</a>\n", "text-reformatted"),
        ("<a> b</a><c> d</c>", "changed"),
    ] {
        let message = sign(&edit(&template(), CONTENT, signed), sender());
        let sent = signed.replace("> ", ">").replace(" </", "</").replace(">\nb\n<", ">b<");
        caught(&edit(&message, signed, &sent), sender(), &[cause]);
    }
}

/// White space put around texts, however many, in an indented part.
#[test]
fn text_padded() {
    let signed = "\n  <a>b</a>\n  <c>d</c>\n";
    let message = sign(&edit(&template(), CONTENT, signed), sender());
    for sent in ["\n  <a> b </a>\n  <c>\n    d\n  </c>\n", "\n  <a>b </a>\n  <c>d</c>\n"] {
        caught(&edit(&message, signed, sent), sender(), &["text-reformatted"]);
    }
}

/// Guesses in great number are left out where they would starve the rest, and that is said.
#[test]
fn guesses_are_left_out_before_the_budget_is_gone() {
    let large = edit(&signed(), "7701234567", &"x ".repeat(200_000));
    assert_eq!(
        names(&explain_with(&large, Budget { octets: 64 << 20, ..Budget::TIGHT })),
        ["not-all-tried", "changed"]
    );
    let small = edit(&signed(), "7701234567", "x y");
    assert_eq!(names(&explain_with(&small, Budget::TIGHT)), ["changed"]);
}

/// White space between elements taken out: proved where it was a usual indentation, suspected where SignedInfo shows it.
#[test]
fn indentation_taken_out() {
    let flat = |message: &str| -> String { message.lines().map(str::trim_start).collect() };
    for step in ["  ", "    ", "\t"] {
        let own = format!("<a>\n{step}<b>c</b>\n{step}<d>\n{step}{step}<e>f</e>\n{step}</d>\n</a>");
        for content in [own.clone(), format!("\n{own}\n")] {
            let message = sign(&edit(&template(), CONTENT, &content), sender());
            caught(&flat(&message), sender(), &["part-reformatted"]);
        }
    }
    let odd = edit(&template(), CONTENT, "<a>\n     <b>c</b><d>e</d></a>");
    let message = flat(&sign(&odd.replace("<ds:SignatureMethod", "\n<ds:SignatureMethod"), sender()));
    let causes = names(&explain(&message));
    assert_eq!(causes, ["changed", "wrong-value"], "one odd line of SignedInfo is not restored, and proves nothing");
    let lines = odd.replace("><ds:", ">\n<ds:").replace("></ds:T", ">\n</ds:T").replace("></ds:R", ">\n</ds:R");
    let lines = lines.replace("></ds:SignedInfo", ">\n</ds:SignedInfo");
    caught(&flat(&sign(&lines, sender())), sender(), &["looks-reformatted", "signed-info-reformatted"]);
    // White space that is still there was not taken out: other data is all that can be said.
    let kept = sign(&edit(&template(), CONTENT, "<a>\n<b>c</b><d>e</d></a>"), sender());
    let kept = edit(&kept, "<d>e", "<d>f").replace("<ds:Reference", "\n<ds:Reference");
    caught(&kept, sender(), &["changed", "signed-info-reformatted"]);
}

#[test]
fn a_digest_value_changed_is_not_a_changed_part() {
    let digest = |message: &str| {
        let (_, after) = message.split_once("<ds:DigestValue>").unwrap();
        after.split_once('<').unwrap().0.to_owned()
    };
    let other = base64(&octets("other"));
    let message = edit(&signed(), &digest(&signed()), &other);
    caught(&message, sender(), &["digest-value-changed"]);
    let finding = &explain(&message).signatures[0].findings[0];
    assert_eq!(finding.place, Place::Value);
    assert!(finding.difference.is_some() && finding.octets.is_some());
    let both = edit(&message, "7701234567", "7701234568");
    caught(&both, sender(), &["changed", "wrong-value"]);
    caught(&edit(&signed(), &digest(&signed()), "A"), sender(), &["digest-value-changed"]);
}

fn without_id(body: &str) -> String {
    edit(&edit(body, " wsu:Id=\"body\"", ""), &format!(" xmlns:wsu=\"{WSU}\""), "")
}

#[test]
fn a_changed_prefix_is_named() {
    let body = signed()
        .replace("soap:Body", "SOAP-ENV:Body")
        .replace("<SOAP-ENV:Body", &format!("<SOAP-ENV:Body xmlns:SOAP-ENV=\"{SOAP}\""));
    let everything = signed().replace("soap:", "S:").replace(":soap=", ":S=");
    let block = signed().replace("ds:", "dsig:").replace(":ds=", ":dsig=");
    for (message, signed, found) in [(body, "soap", "SOAP-ENV"), (everything, "soap", "S"), (block, "ds", "dsig")] {
        caught(&message, sender(), &["prefix-changed"]);
        let explanation = explain(&message);
        let finding = &explanation.signatures[0].findings[0];
        let Cause::PrefixChanged { signed: was, found: is } = &finding.cause else { panic!("{finding:?}") };
        assert_eq!((was.as_str(), is.as_str()), (signed, found));
        let difference = finding.difference.as_ref().unwrap();
        assert!(difference.message.contains(found) && difference.signed.contains(signed), "{difference:?}");
    }
    // Written by a library that numbers all of them: of one part more than one was changed.
    let numbered = [("soap", "ns0"), ("op", "ns1"), ("ds", "ns2")];
    let anew = numbered.iter().fold(signed(), |message, (was, is)| {
        message.replace(&format!("{was}:"), &format!("{is}:")).replace(&format!(":{was}="), &format!(":{is}="))
    });
    caught(&anew, sender(), &["looks-renamed", "prefix-changed"]);
    // A namespace of the content, under a prefix that is usual for nothing: one that generators make, one of the message.
    for was in ["ns7", "q", "wsse", "ds"] {
        let renamed = template().replace("<op:", &format!("<{was}:")).replace("</op:", &format!("</{was}:"));
        let message = sign(&renamed.replace("xmlns:op=", &format!("xmlns:{was}=")), sender());
        let (head, body) = message.split_once("<soap:Body").unwrap();
        let body = body.replace(&format!("<{was}:"), "<o:").replace(&format!("</{was}:"), "</o:");
        let body = body.replace(&format!("xmlns:{was}="), "xmlns:o=");
        caught(&format!("{head}<soap:Body{body}"), sender(), &["prefix-changed"]);
    }
}

#[test]
fn a_lost_declaration_is_named() {
    const XS: &str = " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"";
    const XSI: &str = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let declared =
        |template: &str| sign(&edit(template, "<soap:Envelope", &format!("<soap:Envelope{XS}{XSI}")), sender());
    let list = TRANSFORM
        .replace("/>", &format!("><i:InclusiveNamespaces xmlns:i=\"{EXCLUSIVE}\" PrefixList=\"xs\"/></ds:Transform>"));
    let listed = Signer {
        template: edit(&edit(&template(), TRANSFORM, &list), "<soap:Envelope", &format!("<soap:Envelope{XS}")),
        digest: Box::new(|body| {
            let declared =
                edit(body, " xmlns:wsu=", &format!(" xmlns:wsu=\"{WSU}\"{XS}@")).replace(&format!("@\"{WSU}\""), "");
            base64(&digest_of(sender(), &declared))
        }),
        ..Signer::default()
    };
    let element = declared(&edit(&template(), "<op:inn>", "<xs:schema/><op:inn>"));
    for message in [edit(&listed.message(), XS, ""), edit(&element, XS, "")] {
        caught(&message, sender(), &["namespace-lost"]);
    }
    // Exclusive canonicalization does not see names inside of values: the signature holds, the content does not.
    let value = declared(&edit(&template(), "<op:inn>", "<op:inn xsi:type=\"xs:string\">"));
    assert_eq!(names(&explain(&value)), [""; 0]);
    let explanation = explain(&edit(&value, XS, ""));
    assert_eq!(names(&explanation), ["namespace-lost"]);
    assert!(explanation.holds() && explanation.signatures[0].holds);
}

/// What is digested in place of the canonical octets of Body, or how the digest is written down.
#[test]
fn slips_of_the_digest() {
    let make =
        |template: String, slip: fn(&str) -> String| Signer { template, digest: Box::new(slip), ..Signer::default() };
    let with = |content: &str| edit(&template(), CONTENT, content);
    let cases: [(&str, Signer<'_>); 14] = [
        ("line-ends", make(with("<a>b\nc</a>"), |body| over(&body.replace('\n', "\r\n")))),
        ("line-ends", make(with("<a>b\nc</a>"), |body| over(&body.replace('\n', "&#xD;\n")))),
        ("inclusive-canonicalization", make(template(), |body| over(&inherited(body)))),
        ("comments-kept", make(with("<a><!-- c -->b</a>"), |body| over(&body.replace("<a>", "<a><!-- c -->")))),
        ("not-canonicalized", make(with("<a/>"), |_| over("<soap:Body wsu:Id=\"body\"><a/></soap:Body>"))),
        (
            "declaration-digested",
            make(template(), |body| over(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}"))),
        ),
        ("byte-order-mark-digested", make(template(), |body| over(&format!("\u{feff}{body}")))),
        ("content-digested", make(template(), |_| over(CONTENT))),
        (
            "other-element-digested",
            make(template(), |_| over("<op:inn xmlns:op=\"urn:test:service\">7701234567</op:inn>")),
        ),
        ("digest-in-hex", make(template(), |body| hex(&octets(body)))),
        ("digest-in-hex", make(template(), |body| base64(hex(&octets(body)).as_bytes()))),
        ("digest-reversed", make(template(), |body| base64(&reversed(octets(body))))),
        ("digest-of-base64", make(template(), |body| over(&base64(body.as_bytes())))),
        (
            "other-digest-algorithm",
            make(template(), |body| base64(&digest_of(&identity(Algorithm::EcdsaP256Sha256, 3), body))),
        ),
    ];
    for (cause, signer) in cases {
        caught(&signer.message(), sender(), &[cause]);
    }
    let old = identity(Algorithm::Gost2001, 5);
    let signer = Signer { digest: Box::new(|body| base64(&gost94::Gost94Test::digest(body))), ..Signer::of(&old) };
    caught(&signer.message(), &old, &["test-s-box"]);
}

fn over(text: &str) -> String {
    base64(&octets(text))
}

fn octets(text: &str) -> Vec<u8> {
    digest_of(sender(), text)
}

fn value(text: &str) -> Vec<u8> {
    signature_of(sender(), text)
}

fn over_digest(digest: &[u8]) -> String {
    base64(&sender().key().sign_digest(digest, &[9; 32]).unwrap())
}

fn canonical_body() -> String {
    format!("<soap:Body xmlns:soap=\"{SOAP}\" xmlns:wsu=\"{WSU}\" wsu:Id=\"body\">{CONTENT}</soap:Body>")
}

fn reversed(mut octets: Vec<u8>) -> Vec<u8> {
    octets.reverse();
    octets
}

/// Body or SignedInfo with the declarations of the Envelope, as inclusive canonicalization writes it.
fn inherited(text: &str) -> String {
    const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
    let all = format!(" xmlns:ds=\"{DS}\" xmlns:soap=\"{SOAP}\" xmlns:wsse=\"{WSSE}\" xmlns:wsu=\"{WSU}\"");
    let own = [format!(" xmlns:soap=\"{SOAP}\" xmlns:wsu=\"{WSU}\""), format!(" xmlns:ds=\"{DS}\"")];
    let found = own.iter().find(|own| text.contains(own.as_str())).unwrap();
    text.replacen(found, &all, 1)
}

/// What is signed in place of SignedInfo, or how the value is written down.
#[test]
fn slips_of_the_value() {
    let make = |slip: fn(&str) -> String| Signer { value: Box::new(slip), ..Signer::default() };
    let cases: [(&str, Signer<'_>); 11] = [
        ("halves-swapped", make(|text| base64(&swapped(&value(text))))),
        ("value-reversed", make(|text| base64(&reversed(value(text))))),
        ("halves-reversed", make(|text| base64(&swapped(&reversed(value(text)))))),
        ("value-in-asn1", make(|text| base64(&in_asn1(&swapped(&value(text)))))),
        ("value-in-hex", make(|text| hex(&value(text)))),
        ("signed-digest-reversed", make(|text| over_digest(&reversed(digest_of(sender(), text))))),
        ("signed-other-digest", make(|text| over_digest(&digest_of(&identity(Algorithm::Gost2001, 5), text)))),
        ("test-s-box", make(|text| over_digest(&gost94::Gost94Test::digest(text)))),
        ("value-over-part", make(|_| base64(&value(&canonical_body())))),
        ("inclusive-canonicalization", make(|text| base64(&value(&inherited(text))))),
        ("wrong-value", make(|text| base64(&signature_of(stranger(), text)))),
    ];
    for (cause, signer) in cases {
        let message = signer.message();
        caught(&message, sender(), &[cause]);
        assert_eq!(explain(&message).signatures[0].findings[0].place, Place::Value);
    }
}

fn swapped(value: &[u8]) -> Vec<u8> {
    let (first, second) = value.split_at(value.len() / 2);
    [second, first].concat()
}

/// r‖s as SEQUENCE { INTEGER r, INTEGER s }.
fn in_asn1(value: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let octets: Vec<u8> = half.iter().copied().skip_while(|octet| *octet == 0).collect();
        let octets = if octets[0] > 0x7f { [&[0], octets.as_slice()].concat() } else { octets };
        [&[2, u8::try_from(octets.len()).unwrap()], octets.as_slice()].concat()
    };
    let (r, s) = value.split_at(value.len() / 2);
    let inside = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(inside.len()).unwrap()], inside.as_slice()].concat()
}

/// What the signature says of itself is not what the profile has.
#[test]
fn departures_of_form() {
    const METHOD_2001: &str = "http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411";
    let signed_with = |from: &str, to: &str| sign(&edit(&template(), from, to), sender());
    let covers_header = edit(&template(), &reference("body", "Body"), &reference("header", "Header"));
    let cases: [(&[&str], String); 14] = [
        (&["algorithm-does-not-fit-key"], signed_with("@method@", METHOD_2001)),
        (&["unknown-algorithm"], signed_with("@method@", "http://www.w3.org/2000/09/xmldsig#rsa-sha1")),
        (
            &["unknown-transform"],
            signed_with(TRANSFORM, "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"/>"),
        ),
        (
            &["smev3"],
            signed_with(
                TRANSFORM,
                &format!("{TRANSFORM}<ds:Transform Algorithm=\"urn://smev-gov-ru/xmldsig/transform\"/>"),
            ),
        ),
        (&["duplicate-id"], edit(&signed(), "<soap:Header>", "<soap:Header><x Id=\"body\"/>")),
        (&["unresolved-id"], edit(&signed(), "<soap:Body wsu:Id=\"body\">", "<soap:Body>")),
        (&["body-not-referenced"], sign(&covers_header, sender())),
        (&["wrong-actor"], edit(&signed(), " soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"", "")),
        (&["wrong-actor"], edit(&signed(), "/actors/smev\"", "/actors/rosreestr\"")),
        (
            &["misplaced"],
            edit(&edit(&signed(), "<wsse:Security ", "<x><wsse:Security "), "</wsse:Security>", "</wsse:Security></x>"),
        ),
        (
            &["not-signed"],
            edit(
                &signed(),
                &signed()[signed().find("<ds:Signature>").unwrap()..signed().find("</wsse:Security>").unwrap()],
                "",
            ),
        ),
        (&["profile"], edit(&signed(), "token-profile-1.0#X509v3", "token-profile-1.0#X509PKIPathv1")),
        (
            &["profile"],
            edit(
                &signed(),
                "<wsse:Security ",
                "<wsse:Security soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"/><wsse:Security ",
            ),
        ),
        (&["profile", "changed"], signed().replace("soap:Body", "soap:Inhalt")),
    ];
    for (causes, message) in cases {
        caught(&message, sender(), causes);
    }
}

#[test]
fn the_signed_bearer_of_a_doubled_id_is_named() {
    let explanation = explain(&edit(&signed(), "<soap:Header>", "<soap:Header>\n<x Id=\"body\"/>\n"));
    let cause = &explanation.signatures[0].findings[0].cause;
    let Cause::DuplicateId { id, lines, signed } = cause else { panic!("{cause:?}") };
    assert_eq!((id.as_str(), lines.as_slice(), *signed), ("body", &[2, 3][..], Some(3)));
}

#[test]
fn the_certificate_that_should_stand_there_is_found_elsewhere_in_the_message() {
    let other = base64(stranger().certificate().der());
    let own = base64(sender().certificate().der());
    let message = edit(&signed(), &own, &other);
    caught(&message, stranger(), &["wrong-value"]);
    let beside = format!("<soap:Header><wsse:BinarySecurityToken>{own}</wsse:BinarySecurityToken>");
    caught(&edit(&message, "<soap:Header>", &beside), stranger(), &["other-certificate"]);
}

#[test]
fn signatures_of_the_content() {
    const ENVELOPED: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let forgotten = signed_again(&edit(&official(), ENVELOPED, ""));
    assert_eq!(names(&explain(&forgotten)), ["not-signed", "enveloped-forgotten"]);
    let alone = explain(&signed_again(&edit(&official(), "URI=\"#data\"", "URI=\"\"")));
    assert_eq!(names(&alone), ["not-signed", "stand-alone"]);
    assert!(alone.signatures[0].findings[0].cause.is_remark());
    // Put into the Body after it was signed.
    let start = official().find("<ds:Signature>").unwrap();
    let end = official().find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let late = edit(&signed(), "<op:inn>", &format!("{}<op:inn>", &official()[start..end]));
    let explanation = explain(&late);
    assert_eq!(explanation.signatures[0].findings[0].cause.name(), "inner-signature", "{explanation:#?}");
}

#[test]
fn distrust_is_told_beside_everything_else() {
    let message = signed();
    let document = Document::parse(message.as_bytes()).unwrap();
    let question = Question {
        message: message.as_bytes(),
        trust: &|_, _| Some(Distrust::Unknown),
        algorithms: Algorithms::Gost,
        budget: Budget::TIGHT,
    };
    let explanation = document.explain(&question);
    assert_eq!(names(&explanation), ["distrusted"]);
    assert!(explanation.signatures[0].holds && !explanation.holds());
}

/// Somebody else's processor time: however large and broken, what is tried ends with the budget.
#[test]
fn attack_on_the_diagnosis_itself_ends_with_the_budget() {
    let block = &signed()[signed().find("<ds:Signature>").unwrap()..signed().find("</wsse:Security>").unwrap()];
    let many = edit(&signed(), "<op:inn>", &format!("{}<op:inn>", block.repeat(2000)));
    let explanation = explain_with(&many, Budget::TIGHT);
    assert_eq!(explanation.signatures.len(), Budget::TIGHT.signatures);
    assert_eq!(names(&explanation)[0], "not-all-tried");

    let large = edit(&signed(), "7701234567", &"x".repeat(3 << 20));
    let budget = Budget { octets: 8 << 20, ..Budget::TIGHT };
    let explanation = explain_with(&large, budget);
    assert_eq!(names(&explanation), ["not-all-tried", "changed"]);
}
