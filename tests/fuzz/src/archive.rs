//! The archive of an application (AppDocument): a zip with detached signatures beside its files, inside a message that is signed.

use std::sync::LazyLock;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use domain::Limits;
use envelope::{Envelope, SignatureOutcome, Summary};
use pki::cms::sign_detached;
use sha2::{Digest as _, Sha256};

use crate::identities::{SENDER, stamp};
use crate::{Seed, forge, way};

/// The one file the sender signed.
const CONTENT: &[u8] = b"<application>6449013711</application>";
const NAME: &str = "req_8461cc0a-d350-437f-a9a3-c701b0b338cd";

static SIGNATURE: LazyLock<Vec<u8>> = LazyLock::new(|| sign_detached(&SENDER, CONTENT, None, &[3; 32]).unwrap());

/// A zip, or what is taken for one.
pub fn check(input: &[u8]) {
    let document = format!(
        "<smev:AppDocument><smev:RequestCode>{NAME}</smev:RequestCode><smev:BinaryData>{}</smev:BinaryData></smev:AppDocument>",
        Base64::encode_string(input)
    );
    let message = forge::unsigned().replace("</smev:MessageData>", &format!("{document}</smev:MessageData>"));
    let limits = Limits::default();
    let read =
        Envelope::receive(Bytes::from(message.into_bytes()), "text/xml", &limits).unwrap().read(&limits).unwrap();
    let officials = read.sign_as_sender(&SENDER, &stamp(b"archive")).unwrap().officials();
    assert!(officials.archive.is_some(), "an archive is there");
    assert!(officials.findings.len() <= way::FINDINGS_MAX);
    assert!(!officials.complete || matches!(officials.summary, Summary::AllHold), "{officials:?}");
    let honest: String = Sha256::digest(CONTENT).iter().map(|octet| format!("{octet:02x}")).collect();
    for finding in &officials.findings {
        assert!(is_told(&finding.place), "a name of the sender's choice is told: {}", finding.place);
        let by_sender = finding.certificate.as_ref().is_some_and(|one| one == SENDER.certificate());
        if finding.outcome == SignatureOutcome::Holds && by_sender {
            assert_eq!(finding.sha256.as_ref(), Some(&honest), "the sender signed another file");
        }
    }
}

/// `AppData`, the number of a file in the archive, or the name of an application.
fn is_told(place: &str) -> bool {
    let Some(file) = place.strip_prefix("AppDocument/") else { return place == "AppData" };
    let number = file.strip_prefix('#').is_some_and(|number| number.parse::<usize>().is_ok());
    let guid = file.strip_prefix("req_").and_then(|rest| rest.strip_suffix(".xml")).unwrap_or_default();
    number || (guid.len() == 36 && guid.bytes().all(|octet| octet.is_ascii_hexdigit() || octet == b'-'))
}

/// A zip of files that are not compressed.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut octets, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let at = u32::try_from(octets.len()).unwrap();
        let (length, size) = (u16::try_from(name.len()).unwrap(), u32::try_from(content.len()).unwrap());
        let common = [
            &[20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0][..],
            &crc32(content).to_le_bytes(),
            &size.to_le_bytes(),
            &size.to_le_bytes(),
            &length.to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        octets.extend([b"PK\x03\x04", &common[..], name.as_bytes(), content].concat());
        let place = [&[0; 10][..], &at.to_le_bytes()].concat();
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &place, name.as_bytes()].concat());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let [at, size] = [octets.len(), directory.len()].map(|number| u32::try_from(number).unwrap().to_le_bytes());
    [&octets[..], &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &size, &at, &[0, 0]].concat()
}

/// The check sum of zip, bit by bit.
fn crc32(octets: &[u8]) -> u32 {
    !octets.iter().fold(!0, |crc, octet| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

/// An application with a signature, one without, one that is empty.
pub fn seeds() -> Vec<Seed> {
    let [application, signature] = [format!("{NAME}.xml"), format!("{NAME}.xml.sig")];
    let signed = zip(&[(&application, CONTENT), (&signature, &SIGNATURE), ("scan.pdf", b"%PDF")]);
    vec![("signed.zip", signed), ("alone.zip", zip(&[(&application, CONTENT)])), ("empty.zip", zip(&[]))]
}
