//! The inside of one block of a message: of soap:Header, of smev:Header, of smev:Message. The rest of the message is good.
//!
//! The first octet says which block; what follows is its content.

use crate::{Seed, forge, way};

/// Where the input goes: the words before and after it.
const PLACES: [(&str, &str); 4] = [
    // Children of soap:Header.
    ("<soap:Header>", "</soap:Header>@body@"),
    // Children of smev:Header.
    ("<soap:Header><smev:Header>", "</smev:Header></soap:Header>@body@"),
    // Children of smev:Message.
    ("<soap:Body><op:ask><smev:Message>", "</smev:Message></op:ask></soap:Body>"),
    // The content of Body.
    ("<soap:Body>", "</soap:Body>"),
];

/// An octet that chooses the place, then text.
pub fn check(input: &[u8]) {
    let Some((place, content)) = input.split_first() else {
        return;
    };
    let Ok(content) = std::str::from_utf8(content) else {
        return;
    };
    let (before, after) = PLACES[usize::from(*place) % PLACES.len()];
    let after = after.replace("@body@", &forge::body());
    way::walk(forge::envelope(&format!("{before}{content}{after}")).as_bytes(), "text/xml");
}

/// One good content for every place.
pub fn seeds() -> Vec<Seed> {
    let node = "<smev:NodeId>64</smev:NodeId><smev:MessageId>m-1</smev:MessageId>\
                <smev:TimeStamp>2026-10-01T12:00:00.5+03:00</smev:TimeStamp><smev:MessageClass>REQUEST</smev:MessageClass>";
    let security = "<wsse:Security soap:actor=\"http://smev.gosuslugi.ru/actors/smev\" soap:mustUnderstand='0'/>";
    let foreign = "<a:To xmlns:a='urn:wsa'>x</a:To>";
    let [header, inside, message, body] = ["0", "1", "2", "3"];
    vec![
        ("soap-header", format!("{header}<smev:Header>{node}</smev:Header>{security}{foreign}").into_bytes()),
        ("smev-header", format!("{inside}{node}").into_bytes()),
        ("message", format!("{message}{}", forge::message_children()).into_bytes()),
        ("body", format!("{body}{}", forge::operation()).into_bytes()),
    ]
}
