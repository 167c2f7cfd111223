//! Signatures of officials in AppData: each gets the finding it deserves, and none of them fails a message.

use base64ct::{Base64, Encoding as _};
use pki::Algorithm;
use xmldsig::{Document, Official, OfficialOutcome, Part, ToSign, digest, official_signature};

use crate::forge::{SOAP, edit, identity, official, sender, stranger};

const SMEV: &str = "http://smev.gosuslugi.ru/rev120315";

/// A short word for what was found.
fn word(official: &Official) -> String {
    let outcome = match &official.outcome {
        OfficialOutcome::Unknown { uri } => format!("unknown {uri}"),
        OfficialOutcome::Malformed { what } => format!("malformed: {what}"),
        OfficialOutcome::BadCertificate(_) => "bad certificate".to_owned(),
        other => format!("{other:?}"),
    };
    let reaches: Vec<_> = official.covers.iter().map(|part| format!("{:?}", part.reach)).collect();
    format!("{outcome} {}", reaches.join("+"))
}

fn words(message: &str) -> Vec<String> {
    Document::parse(message.as_bytes()).unwrap().officials().iter().map(word).collect()
}

/// An envelope whose operation holds `content`; AppData is the content's own affair.
fn message(content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{SOAP}\"><s:Header/><s:Body Id=\"body\"><op:ask xmlns:op=\"urn:o\" Id=\"ask\">{content}</op:ask></s:Body></s:Envelope>"
    )
}

/// A signature of `algorithm` over the canonical octets that stand under `id`.
fn signature(id: &str, canonical: &str, algorithm: Algorithm) -> String {
    let identity = identity(algorithm, 7);
    let digest = digest(algorithm, canonical.as_bytes());
    official_signature(&ToSign { id, digest: &digest }, &identity, &[3; 32]).unwrap()
}

/// AppData in canonical form around `inside`.
fn data(inside: &str) -> String {
    format!("<d:AppData xmlns:d=\"{SMEV}\" Id=\"data\">{inside}</d:AppData>")
}

fn wrapped(data: &str) -> String {
    message(&format!("<d:MessageData xmlns:d=\"{SMEV}\">{data}</d:MessageData>"))
}

/// AppData with `inside` and a signature over both.
fn signed(inside: &str) -> String {
    let signature = signature("data", &data(inside), Algorithm::Gost2012_256);
    wrapped(&data(&format!("{inside}{signature}")))
}

#[test]
fn what_is_written_here_holds() {
    for algorithm in [Algorithm::Gost2001, Algorithm::Gost2012_256, Algorithm::Gost2012_512, Algorithm::EcdsaP256Sha256]
    {
        let signature = signature("data", &data("<a>1</a>"), algorithm);
        let message = wrapped(&data(&format!("<a>1</a>{signature}")));
        let found = Document::parse(message.as_bytes()).unwrap().officials();
        assert_eq!(found.iter().map(word).collect::<Vec<_>>(), ["Holds AppData"], "{algorithm}");
        assert_eq!(found[0].algorithm, Some(algorithm));
        assert_eq!(
            found[0].certificate.as_ref(),
            Some(identity(algorithm, 7).certificate())
                .filter(|_| {
                    // ECDSA keys are new each time.
                    algorithm != Algorithm::EcdsaP256Sha256
                })
                .or(found[0].certificate.as_ref())
        );
        assert_eq!(found[0].covers[0].name, format!("{{{SMEV}}}AppData"));
        assert_eq!(found[0].covers[0].path, "Envelope/Body/ask/MessageData/AppData");
    }
    assert_eq!(words(&official()), ["Holds AppData"]);
}

#[test]
fn what_is_changed_after_signing_is_found() {
    let message = signed("<a>1</a>");
    assert_eq!(words(&edit(&message, "<a>1</a>", "<a>2</a>")), ["WrongDigest AppData"]);
    assert_eq!(words(&edit(&message, "</d:AppData>", "<b/></d:AppData>")), ["WrongDigest AppData"]);
    let value = &message[message.find("<ds:SignatureValue>").unwrap()..message.find("</ds:SignatureValue>").unwrap()];
    let other = format!("<ds:SignatureValue>{}", Base64::encode_string(&[9; 64]));
    assert_eq!(words(&edit(&message, value, &other)), ["WrongValue AppData"]);
    // SignedInfo itself: the digest of other content, without the key.
    let (own, other) = (digest(Algorithm::Gost2012_256, data("<a>1</a>").as_bytes()), data("<a>2</a>"));
    let other = digest(Algorithm::Gost2012_256, other.as_bytes());
    let forged = edit(&message, &Base64::encode_string(&own), &Base64::encode_string(&other));
    assert_eq!(words(&edit(&forged, "<a>1</a>", "<a>2</a>")), ["WrongValue AppData"]);
    let foreign = Base64::encode_string(stranger().certificate().der());
    let own = Base64::encode_string(identity(Algorithm::Gost2012_256, 7).certificate().der());
    assert_eq!(words(&edit(&message, &own, &foreign)), ["WrongValue AppData"]);
}

/// GIS GMP signs a charge as a document of its own and puts it into AppData: here its reference leads nowhere.
#[test]
fn references_that_lead_nowhere_are_no_broken_digests() {
    let message = signed("<a>1</a>");
    for uri in ["", "#", "#absent", "http://example.org/data", "file:///etc/passwd", "cid:data", "data", "#xpointer(/)"]
    {
        let found = words(&edit(&message, "URI=\"#data\"", &format!("URI=\"{uri}\"")));
        assert_eq!(found, ["NotHere "], "{uri:?}");
    }
    assert_eq!(words(&edit(&message, " URI=\"#data\"", "")), ["NotHere "]);
}

/// A stale signature over another element proves nothing for this content; where it leads is told.
#[test]
fn what_a_signature_covers_is_told_by_place() {
    let inside = "<a Id=\"part\">1</a>";
    let part = signature("part", inside, Algorithm::Gost2012_256);
    assert_eq!(words(&wrapped(&data(&format!("{inside}<b>free</b>{part}")))), ["Holds Inside"]);

    let moved = format!("<d:Other xmlns:d=\"{SMEV}\">{inside}</d:Other>{}", data(&format!("<a>forged</a>{part}")));
    assert_eq!(
        words(&message(&format!("<d:MessageData xmlns:d=\"{SMEV}\">{moved}</d:MessageData>"))),
        ["Holds Elsewhere"]
    );

    let whole = message(&format!("<d:MessageData xmlns:d=\"{SMEV}\">{}</d:MessageData>", data("<a>1</a>@")));
    let canonical = Document::parse(whole.replace('@', "").as_bytes()).unwrap().canonical(&Part::Body).unwrap();
    let around = signature("body", str::from_utf8(&canonical).unwrap(), Algorithm::Gost2012_256);
    assert_eq!(words(&whole.replace('@', &around)), ["Holds Around"]);

    // Signed AppData kept aside, and another one in its place.
    let signed = signed("<a>1</a>");
    let (start, end) = (signed.find("<d:AppData").unwrap(), signed.find("</d:MessageData>").unwrap());
    let own = &signed[start..end];
    let signature = &own[own.find("<ds:Signature").unwrap()..own.find("</d:AppData>").unwrap()];
    let forged = own.replace("<a>1</a>", "<a>2</a>").replace(" Id=\"data\"", "");
    let aside = own.replace(signature, "").replace("d:AppData", "d:Aside");
    assert_eq!(words(&signed.replace(own, &format!("{forged}{aside}"))), ["WrongDigest Elsewhere"]);
}

#[test]
fn an_id_on_two_elements() {
    let message = signed("<a>1</a>");
    for spelling in ["Id", "ID", "id", "xml:id", "x:ID"] {
        let second = format!("<e xmlns:x=\"urn:x\" {spelling}=\"data\"/></op:ask>");
        assert_eq!(words(&edit(&message, "</op:ask>", &second)), ["Ambiguous "], "{spelling}");
    }
    let wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    for (name, attribute) in [("ID", "ID=\"data\"".to_owned()), ("wsu:Id", format!("xmlns:u=\"{wsu}\" u:Id=\"data\""))]
    {
        let canonical = if name == "ID" {
            data("<a>1</a>").replace(" Id=", " ID=")
        } else {
            format!("<d:AppData xmlns:d=\"{SMEV}\" xmlns:u=\"{wsu}\" u:Id=\"data\"><a>1</a></d:AppData>")
        };
        let signature = signature("data", &canonical, Algorithm::Gost2012_256);
        let written = format!("<d:AppData xmlns:d=\"{SMEV}\" {attribute}><a>1</a>{signature}</d:AppData>");
        assert_eq!(words(&wrapped(&written)), ["Holds AppData"], "{name}");
    }
}

#[test]
fn departures_from_the_profile() {
    let message = signed("<a>1</a>");
    let exclusive = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    let certificate = Base64::encode_string(identity(Algorithm::Gost2012_256, 7).certificate().der());
    let x509 = format!("<ds:X509Certificate>{certificate}</ds:X509Certificate>");
    let gost = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256";
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    for (from, to, expected) in [
        (
            exclusive,
            exclusive.replace("2001/10/xml-exc-c14n#", "TR/2001/REC-xml-c14n-20010315"),
            "unknown http://www.w3.org/TR/2001/REC-xml-c14n-20010315 AppData",
        ),
        (
            gost,
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1".to_owned(),
            "unknown http://www.w3.org/2000/09/xmldsig#hmac-sha1 AppData",
        ),
        (
            enveloped,
            "http://www.w3.org/TR/1999/REC-xslt-19991116".to_owned(),
            "unknown http://www.w3.org/TR/1999/REC-xslt-19991116 AppData",
        ),
        (gost, gost.replace("-256", "-512"), "malformed: SignatureValue has a wrong length AppData"),
        (
            gost,
            "http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411".to_owned(),
            "AlgorithmDoesNotFitKey AppData",
        ),
        (&x509, String::new(), "NoCertificate AppData"),
        (&x509, format!("{x509}{x509}"), "NoCertificate AppData"),
        (&x509, "<ds:X509Certificate>AAAA</ds:X509Certificate>".to_owned(), "bad certificate AppData"),
        ("<ds:SignatureValue>", "<ds:SignatureValue><!-- -->".to_owned(), "malformed: a value is not base64 AppData"),
        (
            "</ds:SignedInfo>",
            "</ds:SignedInfo><ds:SignedInfo/>".to_owned(),
            "malformed: SignatureValue is missing or misplaced ",
        ),
    ] {
        assert_eq!(words(&edit(&message, from, &to)), [expected], "{from} → {to}");
    }
}

/// What stands outside of AppData, or in a look-alike of it, is not an official's.
#[test]
fn signatures_elsewhere_are_not_officials() {
    let message = signed("<a>1</a>");
    assert!(words(&message.replace(SMEV, "http://smev.gosuslugi.ru/rev999999")).is_empty());
    assert!(words(&message.replace("d:AppData", "d:Data")).is_empty());
    assert!(words("<a/>").is_empty());
    assert!(words(&crate::forge::signed()).is_empty());
    assert_eq!(sender().key().algorithm(), Algorithm::Gost2012_256);
}

/// 16 are judged, and one more finding says that there are others: their number costs nothing.
#[test]
fn official_signature_flood() {
    let one = signature("data", &data("<a>1</a>"), Algorithm::Gost2012_256);
    let found = words(&wrapped(&data(&format!("<a>1</a>{}", one.repeat(100)))));
    assert_eq!(found.len(), 17);
    assert!(found[..16].iter().all(|word| word == "WrongDigest AppData"), "{found:?}");
    assert_eq!(found[16], "OutOfBounds ");
}

/// Signatures over much content are judged until the work reaches its bound; the first always is.
#[test]
fn official_signatures_over_a_large_content() {
    let content = format!("<a>{}</a>", "x".repeat(9 << 20));
    let signature = signature("data", &data(&content), Algorithm::Gost2012_256);
    // All but the first sign what they are not in, and hold on for as long as it takes to digest it.
    let found = words(&wrapped(&data(&format!("{content}{}", signature.repeat(10)))));
    let judged = found.iter().filter(|word| *word != "OutOfBounds ").count();
    assert_eq!(judged, 1, "{found:?}");
    assert_eq!(found.len(), 10);
}
