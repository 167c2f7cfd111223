//! Second-level signatures through the whole way: signed message, verified, judged. Attacks on archives are in `archives`.

use base64ct::{Base64, Encoding as _};
use pki::Algorithm;
use pki::cms::sign_detached;
use serde_json::{Value, json};
use xmldsig::{ToSign, official_signature};

use super::fixtures::{XML, envelope, message_children, read, sample};
use super::identities::{WHO, signed, stamp, verify};
use super::zip::{File, base64_lines, zip};
use crate::{Envelope, Officials, Revision, Summary, Verified};

pub(super) const REQUEST: &str = "req_0a1b2c3d-0000-4000-8000-0123456789ab";

/// A verified message with this MessageData.
pub(super) fn verified(data: &str) -> Envelope<Verified> {
    let smev = Revision::Rev120315.namespace();
    let children = message_children(Revision::Rev120315);
    let operation = format!(
        "<op:getData xmlns:op=\"urn:provider\" xmlns:smev=\"{smev}\"><smev:Message>{children}</smev:Message>\
         <smev:MessageData>{data}</smev:MessageData></op:getData>"
    );
    verify(signed(envelope("", &operation), XML), XML, false).unwrap()
}

/// Judged, with the archive in BinaryData.
pub(super) fn judged(archive: &[u8]) -> Officials {
    verified(&format!("<smev:AppDocument><smev:RequestCode>{REQUEST}</smev:RequestCode><smev:BinaryData>{}</smev:BinaryData></smev:AppDocument>", base64_lines(archive))).officials()
}

/// Places and labels.
pub(super) fn found(officials: &Officials) -> Vec<(String, &'static str)> {
    officials.findings.iter().map(|one| (one.place.clone(), one.outcome.label())).collect()
}

pub(super) fn sig(content: &[u8]) -> Vec<u8> {
    sign_detached(&WHO.sender_2001, content, Some(stamp(1).time), &[1; 32]).unwrap()
}

/// The application and a file, both signed.
pub(super) fn application() -> Vec<File> {
    let (xml, pdf) = (&b"<AppliedDocuments/>"[..], &b"%PDF"[..]);
    let name = format!("{REQUEST}.xml");
    vec![
        File::deflated(&name, xml),
        File::deflated(format!("{name}.sig"), &sig(xml)),
        File::stored("Паспорт Иванова.pdf", pdf),
        File::stored("Паспорт Иванова.pdf.sig", &sig(pdf)),
    ]
}

fn app_data(inside: &str) -> String {
    let smev = Revision::Rev120315.namespace();
    format!("<smev:AppData xmlns:smev=\"{smev}\" Id=\"data\">{inside}</smev:AppData>")
}

fn official(inside: &str) -> String {
    let digest = xmldsig::digest(Algorithm::Gost2001, app_data(inside).as_bytes());
    let signature = official_signature(&ToSign { id: "data", digest: &digest }, &WHO.sender_2001, &[3; 32]).unwrap();
    app_data(&format!("{inside}{signature}"))
}

#[test]
fn a_message_without_second_level_says_so() {
    let officials = verify(signed(super::fixtures::request(Revision::Rev111111), XML), XML, false).unwrap().officials();
    assert_eq!((officials.summary, officials.complete), (Summary::None, false));
    assert_eq!(
        serde_json::to_value(&officials).unwrap(),
        json!({"summary": "none", "complete": false, "findings": [], "omitted": 0})
    );
}

#[test]
fn an_officials_signature_in_app_data() {
    let officials = verified(&official("<inn>1</inn>")).officials();
    assert_eq!((officials.summary, officials.complete), (Summary::AllHold, true));
    assert_eq!(officials.findings[0].certificate.as_ref(), Some(WHO.sender_2001.certificate()));
    let broken = verified(&official("<inn>1</inn>").replace("<inn>1", "<inn>2")).officials();
    assert_eq!((broken.summary, broken.complete), (Summary::SomeFail { failed: 1 }, false));
    assert_eq!(found(&broken), [("AppData".to_owned(), "wrong_digest")]);
    let alone = verified(&official("<inn>1</inn>").replace("URI=\"#data\"", "URI=\"\"")).officials();
    assert_eq!((alone.summary, alone.complete), (Summary::Undecided { undecided: 1 }, false));
    // The message of a hosted system is judged as any other.
    let hosted = read(verified(&official("<inn>1</inn>")).bytes());
    assert!(hosted.is_ok());
}

/// What the journal and people get: no names of people or files.
#[test]
fn what_is_told_names_nobody() {
    let officials = verified(&format!(
        "{}{}",
        official("<a></a>"),
        format_args!(
            "<smev:AppDocument><smev:BinaryData>{}</smev:BinaryData></smev:AppDocument>",
            base64_lines(&zip(&application()))
        )
    ))
    .officials();
    let told = serde_json::to_value(&officials).unwrap();
    assert_eq!((&told["summary"], &told["complete"]), (&json!("all_hold"), &json!(true)));
    assert_eq!(told["archive"], json!({"state": "read", "digest": "absent", "files": 2}));
    let certificate = WHO.sender_2001.certificate();
    let shown = json!({"fingerprint": certificate.fingerprint().to_string(), "serial": certificate.serial_hex(), "algorithm": "GOST R 34.10-2001"});
    let places: Vec<&Value> = told["findings"].as_array().unwrap().iter().map(|one| &one["place"]).collect();
    assert_eq!(places, [&json!("AppData"), &json!(format!("AppDocument/{REQUEST}.xml")), &json!("AppDocument/#3")]);
    for finding in told["findings"].as_array().unwrap() {
        assert_eq!(
            (&finding["outcome"], &finding["verdict"], &finding["certificate"]),
            (&json!("holds"), &json!("holds"), &shown)
        );
    }
    assert_eq!(told["findings"][0]["covers"], json!(["Envelope/Body/getData/MessageData/AppData"]));
    assert_eq!(told["findings"][2]["claimed_time"], json!("2026-10-01T09:00:00Z"));
    let told = told.to_string();
    assert!(!told.contains("Иванов") && !told.contains("sender") && !told.contains("CN="), "{told}");
}

/// The archive in another MIME part, named by xop:Include.
#[test]
fn an_archive_in_another_part_is_found_by_its_content_id() {
    let archive = zip(&application());
    let digest =
        Base64::encode_string(&xmldsig::digest(Algorithm::Gost2001, Base64::encode_string(&archive).as_bytes()));
    let raw = Base64::encode_string(&xmldsig::digest(Algorithm::Gost2012_256, &archive));
    for (href, id, digest, state, check) in [
        ("cid:req_1.zip", "<req_1.zip>", &digest, "read", "of_base64"),
        ("cid:req_1.zip", "req_1.zip", &digest, "read", "of_base64"),
        ("cid:req%5F1%40x", "<req_1@x>", &raw, "read", "of_octets"),
        ("cid:100%25", "<100%25>", &raw, "read", "of_octets"),
        ("cid:other.zip", "<req_1.zip>", &digest, "absent", "not_checked"),
        ("cid:root@x", "<req_1.zip>", &digest, "absent", "not_checked"),
        ("http://example.org/req_1.zip", "<req_1.zip>", &digest, "absent", "not_checked"),
        ("cid:req_1.zip", "<req_1.zip>", &Base64::encode_string(&[1; 32]), "read", "wrong"),
        ("cid:req_1.zip", "<req_1.zip>", &Base64::encode_string(&[1; 20]), "read", "unreadable"),
        ("cid:req_1.zip", "<req_1.zip>", &"?".to_owned(), "read", "unreadable"),
    ] {
        let data = format!(
            "<smev:AppDocument><smev:RequestCode>{REQUEST}</smev:RequestCode><smev:Reference><x:Include \
             xmlns:x=\"http://www.w3.org/2004/08/xop/include\" href=\"{href}\"/></smev:Reference>\
             <smev:DigestValue>\n{digest}\n</smev:DigestValue></smev:AppDocument>"
        );
        let soap = verified(&data).bytes();
        let content_type = "multipart/related; boundary=b; type=\"text/xml\"";
        let head = b"--b\r\nContent-Type: text/xml\r\nContent-ID: <root@x>\r\n\r\n";
        let part = format!("\r\n--b\r\nContent-Type: application/zip\r\nContent-ID: {id}\r\n\r\n");
        let body = [head, &soap[..], part.as_bytes(), &archive, b"\r\n--b--\r\n"].concat();
        let officials = verify(body, content_type, false).unwrap().officials();
        let told = officials.archive.as_ref().unwrap();
        assert_eq!((told.state.label(), told.digest.label()), (state, check), "{href} {id} {digest}");
        let expected = match (state, check) {
            ("absent", _) => Summary::Undecided { undecided: 1 },
            (_, "wrong" | "unreadable") => Summary::SomeFail { failed: 1 },
            _ => Summary::AllHold,
        };
        assert_eq!((officials.summary, officials.complete), (expected, expected == Summary::AllHold), "{href} {id}");
    }
}

#[test]
fn application_documents_that_are_none() {
    let archive = base64_lines(&zip(&application()));
    let binary = format!("<smev:BinaryData>{archive}</smev:BinaryData>");
    let document = |inside: &str| format!("<smev:AppDocument>{inside}</smev:AppDocument>");
    for (name, data, expected) in [
        ("metadata only", document("<smev:RequestCode>metadata</smev:RequestCode>"), Some("absent")),
        ("empty", document("<smev:BinaryData/>"), Some("not_zip")),
        ("not base64", document("<smev:BinaryData>*</smev:BinaryData>"), Some("not_zip")),
        ("not a zip", document("<smev:BinaryData>AAAA</smev:BinaryData>"), Some("not_zip")),
        ("two", document(&binary).repeat(2), Some("broken")),
        ("two archives in one", document(&binary.repeat(2)), Some("broken")),
        ("element in text", document(&binary.replacen("UEs", "<a/>UEs", 1)), Some("broken")),
        ("inlined by a stack", document(&binary.replace("BinaryData", "Reference")), Some("read")),
        (
            "nil",
            "<smev:AppDocument xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>".to_owned(),
            None,
        ),
        ("of another namespace", document(&binary).replace("smev:AppDocument", "op:AppDocument"), None),
    ] {
        let officials = verified(&data).officials();
        assert_eq!(officials.archive.map(|archive| archive.state.label()), expected, "{name}");
    }
}

/// The real messages: the second-level verdict of each.
#[test]
fn samples_get_their_second_level_verdict() {
    let (application, attachment) = ("AppDocument/req_8461cc0a-d350-437f-a9a3-c701b0b338cd.xml", "AppDocument/#3");
    let nothing: &[(&str, &str)] = &[];
    for (name, summary, complete, findings, archive) in [
        ("01-request-after-smev-rev110801-two-signatures.xml", Summary::None, false, nothing, None),
        ("03-response-after-smev-rev111111-invalid-reindented.xml", Summary::None, false, nothing, None),
        ("04-request-rev120315-signed.xml", Summary::None, false, nothing, None),
        ("05-request-rev120315-epsp-in-appdata-and-epov.xml", Summary::AllHold, true, &[("AppData", "holds")], None),
        (
            "06-request-rev120315-appdocument-binarydata.xml",
            Summary::AllHold,
            true,
            &[(application, "holds"), (attachment, "holds")],
            Some(("read", "absent", 2)),
        ),
        ("07-response-rev120315-gost2012-256.xml", Summary::None, false, nothing, None),
        ("08-async-ping-request-rev111111.xml", Summary::None, false, nothing, None),
        ("09-async-result-response-rev111111.xml", Summary::None, false, nothing, None),
    ] {
        let Some(octets) = sample(name) else { return };
        let officials = verify(octets, XML, false).unwrap().officials();
        let told: Vec<_> = officials.findings.iter().map(|one| (one.place.as_str(), one.outcome.label())).collect();
        assert_eq!((officials.summary, officials.complete, &told[..]), (summary, complete, findings), "{name}");
        let told = officials.archive.as_ref().map(|one| (one.state.label(), one.digest.label(), one.files));
        assert_eq!(told, archive, "{name}");
    }
    // These are not verified, or not signed at all, so that an agency signs them anew: as content of others.
    for (name, summary, archive) in [
        (
            "02-response-appdocument-xop-reference-reformatted.xml",
            Summary::Undecided { undecided: 1 },
            Some(("absent", "not_checked", 0)),
        ),
        ("10-response-soap-fault-signed-reformatted.xml", Summary::None, None),
        ("11-request-rev111111-unsigned.xml", Summary::None, None),
    ] {
        let Some(octets) = sample(name) else { return };
        let mut text = String::from_utf8(octets).unwrap();
        if let (Some(start), Some(end)) = (text.find("<wsse:Security"), text.find("</wsse:Security>")) {
            text.replace_range(start..end + "</wsse:Security>".len(), "");
        }
        let signed = read(text).unwrap().sign_as_sender(&WHO.sender, &stamp(1)).unwrap().bytes();
        let officials = verify(signed, XML, false).unwrap().officials();
        assert_eq!(officials.summary, summary, "{name}: {officials:?}");
        let told = officials.archive.as_ref().map(|one| (one.state.label(), one.digest.label(), one.files));
        assert_eq!(told, archive, "{name}");
    }
}
