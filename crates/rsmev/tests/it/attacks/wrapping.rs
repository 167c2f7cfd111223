//! Signature wrapping: the signed part goes where nobody looks, a forged one takes its place.

use super::bus::Bus;
use super::federal;
use super::forge::{self, DS, FORGED, Forge, SMEV, SOAP, WSU, body, edit, forged, security};

/// Not the Body, an id twice, not the form of a message, or of a KeyInfo.
const REFUSED: &[&str] = &["SMEV-100009", "SMEV-100016", "SMEV-100002", "SMEV-100004"];

/// What the forged Body calls itself: every spelling some reader takes for an id, the same, another, none.
const IDS: [&str; 12] = [
    "",
    " wsu:Id=\"body\"",
    " Id=\"body\"",
    " ID=\"body\"",
    " id=\"body\"",
    " xml:id=\"body\"",
    " wsu:Id=\"other\"",
    " wsu:Id=\"body \"",
    " wsu:Id=\"Body\"",
    " wsu:ID=\"body\"",
    " soap:Id=\"body\"",
    " xmlns:x=\"urn:x\" x:Id=\"body\"",
];

/// Where the signed Body may be hidden: before which text of the message.
const PLACES: [(&str, &str); 14] = [
    ("before the Header", "<soap:Header>"),
    ("first in the Header", "<wsse:Security "),
    ("first in the Security block", "<wsse:BinarySecurityToken "),
    ("between token and Signature", "<ds:Signature>"),
    ("first in the Signature", "<ds:SignedInfo>"),
    ("in the KeyInfo", "<wsse:SecurityTokenReference>"),
    ("in the SecurityTokenReference", "<wsse:Reference "),
    ("behind the KeyInfo", "</ds:Signature>"),
    ("last in the Security block", "</wsse:Security>"),
    ("last in the Header", "</soap:Header>"),
    ("first in the forged Body", "<op:getRecord>"),
    ("in the forged operation", "<smev:MessageData>"),
    ("in the forged AppData", "</smev:AppData>"),
    ("behind the forged Body", "</soap:Envelope>"),
];

/// How it is wrapped there.
fn wrapped(signed: &str) -> [(&'static str, String); 5] {
    [
        ("bare", signed.to_owned()),
        ("in an element of no namespace", format!("<w xmlns=\"\">{signed}</w>")),
        ("in ds:Object", format!("<ds:Object>{signed}</ds:Object>")),
        ("in an Envelope of its own", format!("<soap:Envelope>{signed}</soap:Envelope>")),
        ("in a Header of an Envelope", format!("<soap:Envelope><soap:Header>{signed}</soap:Header></soap:Envelope>")),
    ]
}

fn forged_body(message: &str, id: &str) -> String {
    edit(&forged(body(message)), " wsu:Id=\"body\"", id)
}

#[test]
fn signed_body_moved_and_a_forged_one_in_its_place() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let signed = body(&message);
    for id in IDS {
        let forged = edit(&message, signed, &forged_body(&message, id));
        for (place, before) in PLACES {
            for (how, inner) in wrapped(signed) {
                let attack = edit(&forged, before, &format!("{inner}{before}"));
                bus.refuses(format!("signed Body {place}, {how}, forged Body{id}"), REFUSED, attack);
            }
        }
    }
    bus.account();
}

/// The signed Body stays where it was: a copy that a careless receiver could find must not share its id, and may stand
/// nowhere but in the Header.
#[test]
fn forged_copy_beside_the_signed_body() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for id in &IDS[1..6] {
        let forged = forged_body(&message, id);
        for (place, before) in PLACES {
            let attack = edit(&message, before, &format!("{forged}{before}"));
            let codes = &["SMEV-100016", "SMEV-100002", "SMEV-100003", "SMEV-100004"];
            bus.refuses(format!("forged copy{id} {place}"), codes, attack);
        }
    }
    for (place, before) in [PLACES[0], PLACES[13]] {
        let attack = edit(&message, before, &format!("{}{before}", forged_body(&message, "")));
        bus.refuses(format!("second Body {place}"), &["SMEV-100002"], attack);
    }
    bus.account();
}

/// A forged Body in the Header that shares no id with the signed one harms nobody who dispatches on the Body; it does not travel on.
#[test]
fn forged_copy_in_the_header_stays_behind() {
    let mut bus = Bus::running();
    for id in ["", " wsu:Id=\"other\"", " wsu:Id=\"Body\""] {
        for (place, before) in [PLACES[1], PLACES[9]] {
            for wrapper in ["@", "<w>@</w>", "<soap:Envelope>@</soap:Envelope>", "<smev:Message>@</smev:Message>"] {
                let message = bus.forge.signed();
                let copy = wrapper.replace('@', &forged_body(&message, id));
                bus.forwarded();
                bus.serves(
                    format!("forged copy{id} {place}, {wrapper}"),
                    edit(&message, before, &format!("{copy}{before}")),
                );
                let forwarded = bus.forwarded();
                if forwarded.contains(FORGED) || !forwarded.contains("task-") {
                    bus.trouble(format!("forged copy{id} {place}, {wrapper} went on"));
                }
            }
        }
    }
    bus.account();
}

/// What the operation holds is covered by the signature over Body: Message, AppData and AppDocument fall with it.
#[test]
fn message_app_data_and_app_document_replaced_or_doubled() {
    let mut bus = Bus::running();
    let document = "</smev:AppData><smev:AppDocument Id=\"d\"><smev:RequestCode>r</smev:RequestCode>\
                    <smev:BinaryData>AAAA</smev:BinaryData></smev:AppDocument>";
    let template = edit(&bus.forge.template(), "</smev:AppData>", document);
    let message = bus.forge.sign(&template);
    bus.serves("a message with AppDocument", &message);
    let message = bus.forge.sign(&edit(&bus.forge.template(), "</smev:AppData>", document));
    for (name, from, to) in [
        ("Message", "<smev:Message>", "</smev:Message>"),
        ("AppData", "<smev:AppData>", "</smev:AppData>"),
        ("AppDocument", "<smev:AppDocument ", "</smev:AppDocument>"),
        ("Sender", "<smev:Sender>", "</smev:Sender>"),
    ] {
        let part = forge::between(&message, from, to).to_owned();
        let other = part.replace("AAAA", "AAAB").replace("task-", "other-").replace("SOCZ", "MFCS");
        assert_ne!(other, part);
        for (how, both) in [
            ("replaced", other.clone()),
            ("removed", String::new()),
            ("a forged one before it", format!("{other}{part}")),
            ("a forged one behind it", format!("{part}{other}")),
            ("wrapped", format!("<w>{part}</w>{other}")),
        ] {
            let attack = edit(&message, &part, &both);
            // A second Message or Sender is refused as such before the digest is asked.
            bus.refuses(format!("{name} {how}"), &["SMEV-100003", "SMEV-100002", "SMEV-102000"], attack);
        }
        let header = edit(&message, "</soap:Header>", &format!("<w>{part}</w></soap:Header>"));
        let attack = edit(&header, body(&header), &body(&header).replace(&part, &other));
        bus.refuses(format!("{name} moved to the Header"), &["SMEV-100003"], attack);
    }
    bus.account();
}

/// A sender that shows the bus one Message and the provider another, both under its own good signature.
#[test]
fn second_message_signed_by_the_sender_himself() {
    let mut bus = Bus::running();
    for revision in ["rev110801", "rev111111", "rev120315", "rev999999"] {
        let sender =
            format!("<h:Sender xmlns:h=\"http://smev.gosuslugi.ru/{revision}\"><h:Code>MFCS01641</h:Code></h:Sender>");
        let message = format!("<h:Message xmlns:h=\"http://smev.gosuslugi.ru/{revision}\">{sender}</h:Message>");
        for (place, before, hidden) in [
            ("before the Message", "<smev:Message>", message.clone()),
            ("deeper than the Message", "<smev:Message>", format!("<w>{message}</w>")),
            ("in the Message", "<smev:TypeCode>", message.clone()),
            ("behind the Message", "<smev:MessageData>", message.clone()),
            ("in MessageData", "<smev:AppData>", message.clone()),
            ("behind MessageData", "</op:getRecord>", message.clone()),
            ("as a Sender in the Recipient", "</smev:Recipient>", sender.clone()),
            ("as a Sender beside the Message", "<smev:Message>", sender.clone()),
        ] {
            let template = edit(&bus.forge.template(), before, &format!("{hidden}{before}"));
            let attack = bus.forge.sign(&template);
            bus.refuses(format!("{revision} {place}"), &["SMEV-100002"], attack);
        }
    }
    let two = edit(&bus.forge.template(), "</op:getRecord>", "</op:getRecord><op:other/>");
    let attack = bus.forge.sign(&two);
    bus.refuses("two operations", &["SMEV-100002"], attack);
    bus.account();
}

#[test]
fn token_moved_doubled_or_shared() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let stranger = Forge::of(&bus.region, "MFCS01641");
    let token = forge::between(&message, "<wsse:BinarySecurityToken ", "</wsse:BinarySecurityToken>");
    let foreign = stranger.signed();
    let foreign = forge::between(&foreign, "<wsse:BinarySecurityToken ", "</wsse:BinarySecurityToken>");
    for (place, before) in PLACES {
        let without = edit(&message, token, "");
        if place == "first in the Security block" || !without.contains(before) {
            continue;
        }
        let inside = before == "<ds:Signature>" || before == "</wsse:Security>";
        if !inside {
            let attack = edit(&without, before, &format!("{token}{before}"));
            bus.refuses(format!("token {place}"), &["SMEV-100004", "SMEV-100002", "SMEV-100016"], attack);
        }
        let both = edit(&message, before, &format!("{foreign}{before}"));
        let codes = &["SMEV-100006", "SMEV-100016", "SMEV-100004", "SMEV-100002", "SMEV-100003"];
        bus.refuses(format!("another's token with the same id {place}"), codes, both);
    }
    let second = foreign.replace("wsu:Id=\"token\"", "wsu:Id=\"second\"");
    for both in [format!("{second}{token}"), format!("{token}{second}")] {
        bus.refuses("another's token beside the own", &["SMEV-100006"], edit(&message, token, &both));
    }
    let other = edit(&message, token, &token.replace("wsu:Id=\"token\"", "wsu:Id=\"body\""));
    let other = edit(&other, "URI=\"#token\"", "URI=\"#body\"");
    bus.refuses("token and Body share an id", &["SMEV-100016"], &other);
    bus.refuses("another's token", &["SMEV-100015"], edit(&message, token, foreign));
    let pointed = edit(&message, "URI=\"#token\"", "URI=\"#body\"");
    bus.refuses("KeyInfo points to the Body", &["SMEV-100004"], pointed);
    bus.account();
}

/// What the federal node vouches for: its smev:Header and the Body, by position.
#[test]
fn smev_header_moved_and_a_forged_one_in_its_place() {
    let mut bus = Bus::running();
    let honest = federal::message(&bus.region, &["node-header", "body"]);
    bus.serves("a message through the federal node", &honest);
    let message = federal::message(&bus.region, &["node-header", "body"]);
    let header = forge::between(&message, "<smev:Header ", "</smev:Header>");
    let forged = edit(header, ">00<", ">77<");
    for id in ["", " wsu:Id=\"node-header\"", " Id=\"node-header\"", " wsu:Id=\"other\""] {
        let forged = edit(&forged, " wsu:Id=\"node-header\"", id);
        for (how, both) in [
            ("forged in its place", forged.clone()),
            ("signed one in a wrapper behind", format!("{forged}<w>{header}</w>")),
            ("signed one in a wrapper before", format!("<w>{header}</w>{forged}")),
            ("both, forged first", format!("{forged}{header}")),
            ("both, signed first", format!("{header}{forged}")),
            ("signed one inside the forged", edit(&forged, "</smev:Header>", &format!("{header}</smev:Header>"))),
        ] {
            let attack = edit(&message, header, &both);
            let codes = &["SMEV-100009", "SMEV-100016", "SMEV-100002", "SMEV-100003"];
            bus.refuses(format!("smev:Header{id}: {how}"), codes, attack);
        }
    }
    for cover in [&["body"][..], &["node-header"]] {
        let attack = federal::message(&bus.region, cover);
        bus.refuses(format!("the node signed {cover:?} alone"), &["SMEV-100009"], attack);
    }
    bus.account();
}

/// Attributes that read alike to the careless, and elements of look-alike namespaces: names are compared whole.
#[test]
fn look_alike_names_and_polluted_attributes() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for (from, codes) in [
        ("<ds:Reference URI", &["SMEV-100016"][..]),
        ("<ds:SignatureMethod ", &["SMEV-100016"]),
        ("<ds:DigestMethod ", &["SMEV-100016"]),
        ("<ds:Transform ", &["SMEV-100016"]),
        ("<ds:CanonicalizationMethod ", &["SMEV-100016"]),
    ] {
        for pollution in ["x:URI=\"#other\"", "x:Algorithm=\"urn:other\"", "x:Id=\"r\"", "soap:URI=\"#other\""] {
            let (name, rest) = from.split_once(' ').unwrap();
            let to = format!("{name} xmlns:x=\"urn:x\" {pollution} {rest}");
            let attack = bus.forge.sign(&edit(&bus.forge.template(), from, &to));
            bus.refuses(format!("{pollution} on {name}"), codes, attack);
        }
    }
    for (name, from, to, codes) in [
        ("SOAP 1.2", SOAP, "http://www.w3.org/2003/05/soap-envelope", &["SMEV-100002"][..]),
        ("ds without the number sign", DS, "http://www.w3.org/2000/09/xmldsig", &["SMEV-100008"]),
        ("wsse of 2002", forge::WSSE, "http://schemas.xmlsoap.org/ws/2002/07/secext", &["SMEV-100008"]),
        ("wsu with a stroke", WSU, &format!("{WSU}/"), &["SMEV-100016", "SMEV-100004"]),
        ("a revision that is none", SMEV, "http://smev.gosuslugi.ru/rev120316", &["SMEV-100002", "SMEV-100003"]),
    ] {
        bus.refuses(name, codes, message.replace(&format!("\"{from}\""), &format!("\"{to}\"")));
    }
    let block = security(&message);
    let twin =
        edit(block, "<wsse:Security ", "<x:Security xmlns:x=\"urn:x\" ").replace("</wsse:Security>", "</x:Security>");
    bus.refuses("a block of another namespace", &["SMEV-100008"], edit(&message, block, &twin));
    bus.account();
}
