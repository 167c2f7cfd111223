//! What does not become a tree at all.

use std::process::Command;

use xmldsig::{Document, Error};

use crate::forge::{edit, signed};

fn parse(octets: &[u8]) -> Result<(), Error> {
    Document::parse(octets).map(|_| ())
}

#[test]
fn document_type_declarations_are_refused() {
    let message = signed();
    let laugh = |number: usize| format!("<!ENTITY l{number} \"{}\">", format!("&l{};", number - 1).repeat(10));
    let laughs = (1..20).map(laugh).collect::<Vec<_>>().concat();
    for doctype in [
        "<!DOCTYPE soap:Envelope>".to_owned(),
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">".to_owned(),
        "<!DOCTYPE x PUBLIC \"-//x\" \"http://127.0.0.1:9/x.dtd\">".to_owned(),
        "<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p\">%p;]>".to_owned(),
        "<!DOCTYPE x [<!ATTLIST x Id ID #IMPLIED>]>".to_owned(),
        format!("<!DOCTYPE x [<!ENTITY l0 \"ha\">{laughs}]>"),
        "<!DOCTYPE x [<!ELEMENT x".to_owned(),
    ] {
        for before in ["", "<?xml version=\"1.0\"?>\n<!-- c -->"] {
            let answer = parse(format!("{before}{doctype}{message}").as_bytes());
            assert!(matches!(answer, Err(Error::DoctypeForbidden)), "{answer:?} for {doctype}");
        }
    }
}

/// The word alone is not a declaration.
#[test]
fn doctype_inside_text_is_text() {
    let cdata = edit(&signed(), "<op:inn>", "<op:html><![CDATA[<!DOCTYPE html>]]></op:html><op:inn>");
    assert!(parse(cdata.as_bytes()).is_ok());
}

#[test]
fn not_well_formed() {
    let message = signed();
    for (octets, line) in [
        (message.replace("</soap:Body>", "</soap:Bod>"), 1),
        (message.replace("</soap:Body>", "\n\n<unclosed></soap:Body>"), 3),
        (message.replace("7701234567", "&undefined;"), 1),
        (message.replace("7701234567", "&#0;"), 1),
        (message.replace("<op:inn>", "<unbound:inn>"), 1),
        (message.clone() + "<second/>", 1),
        (message.clone() + "text", 1),
        (String::new(), 1),
        ("\0".to_owned(), 1),
    ] {
        match parse(octets.as_bytes()) {
            Err(Error::Malformed { line: found }) => assert_eq!(found, line, "{octets}"),
            other => panic!("{other:?} for {octets}"),
        }
    }
}

#[test]
fn only_utf_8() {
    let message = signed();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(message.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut broken = message.clone().into_bytes();
    broken.splice(message.find("7701234567").unwrap().., *b"\xc3\x28");
    let mut surrogate = message.clone().into_bytes();
    surrogate.splice(message.find("7701234567").unwrap().., *b"\xed\xa0\x80");
    let mut refused: Vec<Vec<u8>> = vec![utf16, broken, surrogate];
    for declaration in [
        "<?xml version=\"1.0\" encoding=\"windows-1251\"?>",
        "<?xml version='1.0' encoding='UTF-16'?>",
        "<?xml version=\"1.0\" encoding = \"UTF-7\" ?>",
        "<?xml version=\"1.1\"?>",
        "<?xml version=\"1.1\" encoding=\"UTF-8\"?>",
        " <?xml version=\"1.0\"?>",
    ] {
        refused.push(format!("{declaration}{message}").into_bytes());
    }
    for octets in refused {
        let answer = parse(&octets);
        let start = String::from_utf8_lossy(&octets[..60]).into_owned();
        assert!(matches!(answer, Err(Error::Malformed { .. })), "{answer:?} for {start}");
    }
    for declaration in [
        "\u{feff}",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
        "\u{feff}<?xml version='1.0' encoding='UTF-8' standalone='yes'?>",
    ] {
        assert!(parse(format!("{declaration}{message}").as_bytes()).is_ok(), "{declaration}");
    }
}

#[test]
fn coercive_nesting() {
    for (depth, accepted) in [(250, true), (300, false), (15_000, false)] {
        let nested = format!("{}{}", "<op:d>".repeat(depth), "</op:d>".repeat(depth));
        let message = edit(&signed(), "<op:inn>", &format!("{nested}<op:inn>"));
        let answer = parse(message.as_bytes());
        assert_eq!(answer.is_ok(), accepted, "{depth}: {answer:?}");
    }
}

/// Also where libxml2 itself sets no limit any more, because the message is long.
#[test]
fn coercive_nesting_in_a_long_message() {
    let nested = format!("{}{}", "<op:d>".repeat(100_000), "</op:d>".repeat(100_000));
    let text = "x".repeat(10_000_000);
    let message = edit(&signed(), "<op:inn>", &format!("{nested}<op:t>{text}</op:t><op:inn>"));
    assert!(matches!(parse(message.as_bytes()), Err(Error::Malformed { .. })));
}

#[test]
fn text_longer_than_the_limit_of_libxml2() {
    let text = "eA==".repeat(2_600_000);
    let message = edit(&signed(), "<op:inn>", &format!("<op:file>{text}</op:file><op:inn>"));
    assert!(parse(message.as_bytes()).is_ok());
}

/// Runs the test beside this one in a process of its own, and looks at what it wrote to stderr.
#[test]
fn nothing_is_written_to_stderr() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "parsing::noisy_messages", "--nocapture"])
        .env("RSMEV_NOISE", "1")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn noisy_messages() {
    if std::env::var_os("RSMEV_NOISE").is_none() {
        return;
    }
    let messages = || {
        let message = signed();
        for noisy in [
            message.replace("</soap:Body>", ""),
            edit(&message, "<op:inn>", "<op:inn xmlns=\"relative\">"),
            edit(&message, "<op:inn>", "<op:inn xml:id=\"1\" xml:lang=\"?\">"),
            edit(&message, "7701234567", "0"),
            format!("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///nothing\">]>{message}"),
        ] {
            let _ = crate::forge::verify(&noisy);
            if let Ok(document) = Document::parse(noisy.as_bytes()) {
                document.inspect();
            }
        }
    };
    messages();
    // Handlers of libxml2 are set for each thread.
    std::thread::spawn(messages).join().unwrap();
}

/// A canonical form writes a namespace name again at every sibling that uses it: kilobytes would become gigabytes.
#[test]
fn canonicalization_bomb_of_namespace_names() {
    let name = format!("urn:{}", "x".repeat(60_000));
    let bomb = |siblings: String| {
        edit(&signed(), "<op:inn>", &format!("<q xmlns:p=\"{name}\" xmlns:r=\"{name}r\">{siblings}</q><op:inn>"))
    };
    for (what, sibling) in [
        ("elements", "<p:a/>"),
        ("attributes", "<a p:b=\"\"/>"),
        ("both in turns", "<p:a r:b=\"\"/>"),
        ("nested in turns", "<p:a><r:b/></p:a>"),
    ] {
        let answer = parse(bomb(sibling.repeat(2_000)).as_bytes());
        assert!(matches!(answer, Err(Error::CanonicalFormTooLarge { .. })), "{what}: {answer:?}");
    }
    // The same name in use without a break is written once, however often it is used.
    assert!(parse(bomb(format!("<p:a>{}</p:a>", "<p:a/>".repeat(2_000))).as_bytes()).is_ok());
}

/// Many small elements with the names that the standards have are no attack.
#[test]
fn thousands_of_small_elements_with_usual_names_are_accepted() {
    let row = "<smev:n xmlns:smev=\"http://smev.gosuslugi.ru/rev120315\">1</smev:n>".repeat(20_000);
    assert!(parse(edit(&signed(), "<op:inn>", &format!("{row}<op:inn>")).as_bytes()).is_ok());
    let row = "<t:n>1</t:n>".repeat(50_000);
    let used =
        format!("<rows xmlns:t=\"http://tasks.region64.example/long/enough/to/count/1.00/types\">{row}</rows><op:inn>");
    assert!(parse(edit(&signed(), "<op:inn>", &used).as_bytes()).is_ok());
}
