//! Messages that cost more to read than to send, in the ranges of WS-Attacker and ten times beyond; what they may cost in
//! memory is a number.

use std::fmt::Write as _;
use std::io::Write as _;

use super::bus::{Bus, Call, PATH};
use super::forge::{edit, many};
use crate::http;

const PARSE: &[&str] = &["SMEV-100002"];
/// How much more of the bus may be resident while one of these is answered: docs/THREATS.md names it. A message of the largest
/// size is held as received, as parsed and as forwarded.
const MEMORY: u64 = 192 << 20;

/// The message with this in front of its AppData's content.
fn stuffed(message: &str, content: &str) -> String {
    edit(message, "<op:TaskNumber>", &format!("{content}<op:TaskNumber>"))
}

/// Sends an attack and looks at what it made of the memory of the bus.
fn refuses_cheaply(bus: &mut Bus, attack: &str, message: &str) {
    bus.forget_peak();
    let (before, _) = bus.memory();
    bus.refuses(attack, PARSE, message);
    let (_, peak) = bus.memory();
    let growth = peak.saturating_sub(before);
    if growth > MEMORY {
        bus.trouble(format!("{attack}: {} MiB more resident", growth >> 20));
    }
}

#[test]
fn nesting() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for depth in [70, 2_500, 5_000, 10_000, 15_000, 25_000, 150_000, 1_000_000] {
        for (name, open, close) in [("elements", "<a>", "</a>"), ("not ended", "<a>", "")] {
            let nested = format!("{}{}", open.repeat(depth), close.repeat(depth));
            refuses_cheaply(&mut bus, &format!("{depth} nested {name} in AppData"), &stuffed(&message, &nested));
            let header = edit(&message, "<soap:Header>", &format!("<soap:Header>{nested}"));
            refuses_cheaply(&mut bus, &format!("{depth} nested {name} in the Header"), &header);
        }
        refuses_cheaply(&mut bus, &format!("{depth} nested and nothing else"), &"<a>".repeat(depth));
    }
    bus.account();
}

/// A canonical form writes a namespace name again at every sibling that uses it.
#[test]
fn canonical_forms_larger_than_the_message() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let name = format!("urn:{}", "x".repeat(60_000));
    for (what, sibling) in [("elements", "<p:a/>"), ("attributes", "<a p:b=\"\"/>"), ("in turns", "<p:a><r:b/></p:a>")]
    {
        let bomb = format!("<q xmlns:p=\"{name}\" xmlns:r=\"{name}r\">{}</q>", sibling.repeat(20_000));
        refuses_cheaply(&mut bus, &format!("{what} in AppData"), &stuffed(&message, &bomb));
        let header = edit(&message, "</soap:Header>", &format!("{bomb}</soap:Header>"));
        refuses_cheaply(&mut bus, &format!("{what} in the Header"), &header);
    }
    bus.account();
}

#[test]
fn counts_of_elements_and_other_nodes() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for count in [100_000, 125_000, 1_000_000] {
        for node in ["<a/>", "<!---->", "<?p?>", "x<!---->"] {
            refuses_cheaply(&mut bus, &format!("{count} × {node}"), &stuffed(&message, &node.repeat(count)));
        }
    }
    let template = stuffed(&bus.forge.template(), &"<a/>".repeat(12_500));
    let honest = bus.forge.sign(&template);
    bus.serves("12 500 elements, within the limit", honest);
    bus.account();
}

#[test]
fn counts_of_attributes_and_namespaces() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for count in [70, 2_500, 16_000, 160_000] {
        for (name, prefix) in [("attributes", "a"), ("namespaces", "xmlns:a")] {
            let mut tag = "<a".to_owned();
            for number in 0..count {
                write!(tag, " {prefix}{number}=\"u\"").unwrap();
            }
            refuses_cheaply(&mut bus, &format!("{count} {name}"), &stuffed(&message, &format!("{tag}/>")));
        }
    }
    // Canonicalization walks through everything in scope at every element.
    for (levels, each) in [(50, 60), (3, 40), (40, 2)] {
        let mut open = String::new();
        for level in 0..levels {
            open.push_str("<a");
            for number in 0..each {
                write!(open, " xmlns:n{number}=\"urn:{level}:{number}\"").unwrap();
            }
            open.push('>');
        }
        let inside = format!("{open}{}{}", "<n0:b/>".repeat(20_000), "</a>".repeat(levels));
        refuses_cheaply(&mut bus, &format!("{levels} × {each} namespaces"), &stuffed(&message, &inside));
    }
    bus.account();
}

#[test]
fn lengths_of_names_values_and_texts() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for length in [300, 12_500, 200_000, 2_000_000] {
        let long = "n".repeat(length);
        for (name, content) in [
            ("element name", format!("<{long}/>")),
            ("attribute name", format!("<a {long}=\"\"/>")),
            ("prefix", format!("<a xmlns:{long}=\"urn:x\"/>")),
        ] {
            refuses_cheaply(&mut bus, &format!("{name} of {length}"), &stuffed(&message, &content));
        }
    }
    let value = "v".repeat(70_000);
    refuses_cheaply(&mut bus, "attribute value", &stuffed(&message, &format!("<a a=\"{value}\"/>")));
    refuses_cheaply(&mut bus, "namespace name", &stuffed(&message, &format!("<a xmlns=\"{value}\"/>")));
    refuses_cheaply(
        &mut bus,
        "a header of 300 KiB",
        &edit(&message, "<soap:Header>", &format!("<soap:Header><a>{}</a>", "h".repeat(300 << 10))),
    );
    let field = "<smev:TestMsg>T</smev:TestMsg>";
    refuses_cheaply(
        &mut bus,
        "a routing field",
        &edit(&message, field, &format!("<smev:TestMsg>{}</smev:TestMsg>", "f".repeat(5_000))),
    );
    let many: String = (0..10_001).fold(String::new(), |mut text, number| {
        write!(text, "<a Id=\"{number}\"/>").unwrap();
        text
    });
    refuses_cheaply(&mut bus, "10 001 ids", &stuffed(&message, &many));
    bus.account();
}

/// Names that fall into one slot of a table with a known hash (DJB): "Ez" and "FY" weigh the same in it, and so does
/// every chain of them.
#[test]
fn names_of_one_hash() {
    let mut bus = Bus::running();
    let colliding = |number: usize, letters: usize| -> String {
        (0..letters).map(|bit| if number >> bit & 1 == 0 { "Ez" } else { "FY" }).collect()
    };
    let elements: String = many(30_000, |number| format!("<{}/>", colliding(number, 15)));
    let attributes: String = many(60, |number| format!(" {}=\"\"", colliding(number, 15)));
    let ids: String = many(9_000, |number| format!("<a Id=\"{}\"/>", colliding(number, 15)));
    let namespaces: String = many(9_000, |number| format!("<a xmlns=\"{}\"/>", colliding(number, 15)));
    for (name, content) in
        [("elements", elements), ("attributes", format!("<a{attributes}/>").repeat(500)), ("ids", ids)]
    {
        let template = stuffed(&bus.forge.template(), &content);
        let message = bus.forge.sign(&template);
        bus.serves(format!("{name} of one hash, within the limits"), message);
    }
    // Relative names of namespaces have no canonical form.
    let attack = stuffed(&bus.forge.signed(), &namespaces);
    bus.refuses("namespaces of one hash", &["SMEV-100016", "SMEV-100003"], attack);
    bus.account();
}

/// More than a message may be: refused where it is counted, before anything reads it; whatever its end announces.
#[test]
fn bodies_larger_than_any_message() {
    let mut bus = Bus::running();
    bus.forget_peak();
    let (before, _) = bus.memory();
    let large = stuffed(&bus.forge.signed(), &"x".repeat(11 << 20));
    let mut stream = http::connect(bus.region.described.node.soap);
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: bus\r\nConnection: close\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n",
        1_u64 << 40
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(large.as_bytes()));
    // The answer may be lost to the octets that nobody read; the record is not.
    let _ = http::answer(stream);
    let mut stream = http::connect(bus.region.described.node.soap);
    let head = format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    let _ = stream.write_all(head.as_bytes());
    for _ in 0..1024 {
        if stream.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    let _ = http::answer(stream);
    let (_, peak) = bus.memory();
    if peak.saturating_sub(before) > MEMORY {
        bus.trouble(format!("{} MiB more resident", (peak - before) >> 20));
    }
    assert_eq!(bus.passed(), 0, "nothing reached a provider");
    let records = bus.region.records(&["--kind", "refused", "--code", "SMEV-100002"]);
    assert_eq!(records.len(), 2, "{records:#?}");
}

/// Octets that say they are compressed are read as they are: the bus inflates nothing.
#[test]
fn compressed_bodies() {
    let mut bus = Bus::running();
    // An empty gzip member, and one that says it holds 10 GB.
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for coding in ["gzip", "deflate", "br", "gzip, gzip", "identity, gzip"] {
        let call = Call { headers: vec![format!("Content-Encoding: {coding}")], ..Call::default() };
        bus.refuses_in(format!("{coding}: compressed"), PARSE, &call, gzip);
    }
    bus.account();
}

/// What says that it is compressed and is not would be read differently by whoever obeys the header.
#[test]
fn codings_that_are_named_and_not_there() {
    let mut bus = Bus::running();
    for coding in ["gzip", "deflate", "br", "gzip, gzip", "identity, gzip"] {
        let call = Call { headers: vec![format!("Content-Encoding: {coding}")], ..Call::default() };
        let message = bus.forge.signed();
        bus.refuses_in(coding, PARSE, &call, message);
    }
    let call = Call { headers: vec!["Content-Encoding: identity".to_owned()], ..Call::default() };
    let message = bus.forge.signed();
    bus.serves_in("identity", &call, message);
    bus.account();
}
