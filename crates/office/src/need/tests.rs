//! Registers of needs as people write them, and what is said about mistakes.

use super::*;

const PLAIN: &str = "number,public service,consumer,information,sid,status,date\n\
    7,Пособие,SOCZ,ИНН,SID0003245,approved,2026-11-27\n";

fn cards(text: &str) -> Vec<Card> {
    read("needs.csv", text.as_bytes(), None).unwrap()
}

fn said(octets: &[u8]) -> Vec<String> {
    read("needs.csv", octets, None).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn whatever_the_signs_the_encoding_and_the_order_the_card_is_the_same() {
    let expected = cards(PLAIN);
    assert_eq!(expected.len(), 1);
    let semicolons = "\u{feff}№;Сведения;Потребитель;Статус;Дата;Сервис;Услуга\r\n\
        7;ИНН;SOCZ;Утверждена;27.11.2026;SID0003245;\"Пособие\"\r\n;;;;;;\r\n";
    assert_eq!(cards(semicolons), expected);
    let tabs = "status\tNumber\tCONSUMER\tpublic_service\tinformation\tdate\tSID\n\
        approved\t7\tSOCZ\tПособие\tИНН\t2026-11-27\tSID0003245\n";
    assert_eq!(cards(tabs), expected);
    let (cyrillic, _, unmappable) = encoding_rs::WINDOWS_1251.encode(semicolons.trim_start_matches('\u{feff}'));
    assert!(!unmappable);
    assert_eq!(read("needs.csv", &cyrillic, None).unwrap(), expected);
}

#[test]
fn what_is_stored_is_read_back_and_stored_the_same() {
    let odd = "number,consumer,information,status,ground\n\
        10,SOCZ,\"a, \"\"b\"\"\nand c\",draft,\n9,MFCS,x,superseded,=1+1\n";
    let first = written(&cards(odd)).unwrap();
    let again = written(&read("tkmv.csv", &first, None).unwrap()).unwrap();
    assert_eq!(String::from_utf8(first.clone()).unwrap(), String::from_utf8(again).unwrap());
    assert!(String::from_utf8(first).unwrap().starts_with("number,service code,public service,consumer,"));
}

#[test]
fn every_mistake_is_told_with_line_column_and_what_is_allowed() {
    let text = "number,consumer,information,status,date\n\
        1,SOCZ,x,aproved,2026-11-27\n\
        2,,x,draft,tomorrow\n\
        1,SOCZ,x,draft,\n\
        3,SOCZ,x,draft,\n\
        3,SOCZ,\"x\u{1}\",draft,\n";
    assert_eq!(
        said(text.as_bytes()),
        [
            "needs.csv:2: status: \"aproved\" is no status\n  \
             allowed: draft (черновик), agreed (согласована), approved (утверждена), superseded (заменена)\n  \
             hint: did you mean \"approved\"?",
            "needs.csv:3: consumer: is empty\n  allowed: a text",
            "needs.csv:3: date: \"tomorrow\" is no date\n  allowed: a day such as 2026-11-27 or 27.11.2026",
            "needs.csv:6: information: has the control character U+0001\n  \
             allowed: 2000 characters at most, no control characters",
        ]
    );
    assert_eq!(
        said(b"number,consumer,information,status\n1,A,x,draft\n\n1,B,y,draft\n"),
        ["needs.csv:4: number: card \"1\" stands in line 2 already\n  allowed: each number once"]
    );
}

#[test]
fn a_first_line_that_is_none_is_told_with_the_names_there_are() {
    for (text, what) in [
        ("", "the file is empty"),
        ("number,consumer,information\n", "there is no column \"status\""),
        ("number,consumr,information,status\n", "did you mean \"consumer\"?"),
        ("number,consumer,consumer,information,status\n", "column \"consumer\" stands twice"),
    ] {
        let said = said(text.as_bytes()).join("\n");
        assert!(said.starts_with("needs.csv:1: ") && said.contains(what) && said.contains("allowed: "), "{said}");
    }
    assert!(said(&vec![b'x'; FILE_BYTES_MAX + 1])[0].contains("16 MiB"));
}

#[test]
fn an_import_tells_what_it_changes() {
    let before = cards(PLAIN);
    let after = cards(&(PLAIN.replace("approved", "superseded") + "8,Пособие,SOCZ,СНИЛС,,draft,\n"));
    let changed = diff(&before, &after);
    assert_eq!(changed.added.len(), 1);
    assert_eq!(
        changed.changed,
        [Changed { number: "7".into(), cells: vec![("status", "approved".into(), "superseded".into())] }]
    );
    assert!(diff(&after, &after).is_empty());
    assert_eq!(diff(&after, &before).removed, changed.added);
}
