//! The bus's own faults: what they say, and that the node's signature over them holds.

use domain::{FaultRow, Side};
use uuid::Uuid;
use xmldsig::{Actor, Algorithms, Document, Part, Policy};

use super::fixtures::{read, read_as};
use super::identities::{WHO, anyone, stamp};
use crate::{FAULT_CONTENT_TYPE, FAULT_NAMESPACE, FaultText, Revision, fault};

fn text(row: FaultRow, side: Side) -> FaultText<'static> {
    FaultText {
        code: row.on(side),
        sentence_ru: "Сертификат <И&С> действовал до 01.10.2026.",
        sentence_en: "The certificate was valid until 2026-10-01.",
        hint: "Зарегистрируйте новый сертификат.",
        message_id: Uuid::from_u128(0xAB),
        request_message_id: Some(Uuid::from_u128(0xCD)),
    }
}

#[test]
fn a_fault_says_what_clients_parse_and_people_read() {
    let octets =
        fault(&text(FaultRow::CertificateExpired, Side::Request), Some(Revision::Rev120315), &stamp(9), &WHO.node)
            .unwrap();
    let message = read_as(octets.clone(), FAULT_CONTENT_TYPE).unwrap();
    let read = message.fields().fault.clone().unwrap();
    assert_eq!(read.code, "soap:Client");
    assert_eq!(
        read.string,
        "SMEV-100005: При обработке запроса произошла ошибка: Сертификат просрочен. Сертификат <И&С> действовал до 01.10.2026."
    );
    let header = message.fields().node_header.clone().unwrap();
    assert_eq!(header.revision, Revision::Rev120315);
    assert_eq!(header.message_id.unwrap(), stamp(9).message_id.to_string());
    let octets = String::from_utf8(octets.to_vec()).unwrap();
    for part in [
        format!("<rsmev:Refusal xmlns:rsmev=\"{FAULT_NAMESPACE}\"><rsmev:Code>SMEV-100005</rsmev:Code>"),
        "<rsmev:Text xml:lang=\"en\">the certificate has expired. The certificate was valid until 2026-10-01.</rsmev:Text>".to_owned(),
        "<rsmev:Hint>Зарегистрируйте новый сертификат.</rsmev:Hint>".to_owned(),
        "<rsmev:MessageId>00000000-0000-0000-0000-0000000000ab</rsmev:MessageId>".to_owned(),
        "<rsmev:RequestMessageId>00000000-0000-0000-0000-0000000000cd</rsmev:RequestMessageId>".to_owned(),
    ] {
        assert!(octets.contains(&part), "{part}\n{octets}");
    }
}

#[test]
fn every_row_of_the_table_makes_a_fault_whose_signature_holds() {
    for row in FaultRow::ALL {
        for (side, blamed) in [(Side::Request, "soap:Client"), (Side::Response, "soap:Server")] {
            let octets = fault(&text(*row, side), None, &stamp(9), &WHO.node).unwrap();
            let document = Document::parse(&octets).unwrap();
            let policy =
                Policy { actor: Actor::Recipient, cover: &[Part::Header, Part::Body], algorithms: Algorithms::Gost };
            let signed = document.verify(&policy, &anyone).unwrap_or_else(|error| panic!("{row:?} {side:?}: {error}"));
            assert_eq!(signed.certificate, *WHO.node.certificate());
            let message = read(octets).unwrap();
            let read = message.fields().fault.clone().unwrap();
            assert!(read.string.starts_with(&format!("{}: При обработке", row.on(side))), "{}", read.string);
            assert!(!read.string.contains("[имя проверки]"), "{}", read.string);
            if row.blame(side) != domain::Blame::Node {
                assert_eq!(read.code, blamed, "{row:?}");
            }
        }
    }
}

/// What a message said may come back in a hint; it must not become markup or break the fault.
#[test]
fn hostile_text_in_a_fault_stays_text() {
    let hostile = "</detail>\u{0}\u{1B}[31m]]>&\r\n\u{FFFF}";
    let text = FaultText {
        sentence_ru: hostile,
        sentence_en: hostile,
        hint: hostile,
        request_message_id: None,
        ..text(FaultRow::XmlParse, Side::Request)
    };
    let octets = fault(&text, None, &stamp(9), &WHO.node).unwrap();
    let message = read(octets.clone()).unwrap();
    assert!(message.fields().fault.as_ref().unwrap().string.contains("</detail>\u{FFFD}\u{FFFD}[31m]]>&"));
    let document = Document::parse(&octets).unwrap();
    let policy = Policy { actor: Actor::Recipient, cover: &[Part::Header, Part::Body], algorithms: Algorithms::Gost };
    assert!(document.verify(&policy, &anyone).is_ok());
    assert!(!String::from_utf8_lossy(&octets).contains("RequestMessageId"));
}
