//! Distinguished names for people: RFC 4514 text from whatever string types the certification authorities used.
//!
//! For reading only: names are compared octet by octet as they stand in the certificates, never by this text.

use der::{Decode as _, Encode as _, Tag, Tagged as _, asn1::ObjectIdentifier};
use x509_cert::name::Name;

use crate::Error;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Short names of attribute types: RFC 4514 §3, those RFC 4519 adds, and those of the Russian qualified certificate.
const ATTRIBUTES: [(&str, &str); 23] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.42", "givenName"),
    ("2.5.4.65", "pseudonym"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("1.2.840.113549.1.9.2", "unstructuredName"),
    ("1.2.643.3.131.1.1", "INN"),
    ("1.2.643.100.1", "OGRN"),
    ("1.2.643.100.3", "SNILS"),
    ("1.2.643.100.4", "INNLE"),
    ("1.2.643.100.5", "OGRNIP"),
    ("2.5.4.97", "organizationIdentifier"),
];

/// A name as text.
pub(crate) struct Readable {
    /// RFC 4514: the most specific part first.
    pub(crate) text: String,
    /// The last (most specific) commonName, unescaped; control characters are replaced.
    pub(crate) common_name: Option<String>,
}

/// Reads a `Name` (RFC 5280 §4.1.2.4).
pub(crate) fn read(what: &'static str, der: &[u8]) -> Result<Readable, Error> {
    let refused = |source| Error::Der { what, source };
    let name = Name::from_der(der).map_err(refused)?;
    let mut common_name = None;
    let mut parts = Vec::new();
    for rdn in name.iter_rdn() {
        let mut values = Vec::new();
        for attribute in rdn.iter() {
            let value = decode(attribute.value.tag(), attribute.value.value());
            if attribute.oid == COMMON_NAME {
                common_name = value.as_deref().map(printable);
            }
            let oid = attribute.oid.to_string();
            let short = short(&oid);
            values.push(match (short, value) {
                (Some(short), Some(value)) => format!("{short}={}", escape(&value)),
                // RFC 4514 §2.4: what has no name, or is no string, stands as the hexadecimal DER of its value.
                _ => format!("{oid}=#{}", hex::encode(attribute.value.to_der().map_err(refused)?)),
            });
        }
        parts.push(values.join("+"));
    }
    parts.reverse();
    Ok(Readable { text: parts.join(","), common_name })
}

/// The short name of an attribute type.
pub(crate) fn short(oid: &str) -> Option<&'static str> {
    ATTRIBUTES.iter().find(|(known, _)| *known == oid).map(|(_, short)| *short)
}

/// The text without characters that would break a line or turn its direction.
pub(crate) fn printable(text: &str) -> String {
    text.replace(unprintable, "\u{fffd}")
}

/// The text of a string value; `None` for other types. Octets that are wrong for their type become U+FFFD: a slip of an
/// authority in a street name must not lock a whole agency out.
pub(crate) fn decode(tag: Tag, value: &[u8]) -> Option<String> {
    match tag {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            Some(String::from_utf8_lossy(value).into_owned())
        }
        Tag::BmpString => {
            let units = value.chunks(2).map(|pair| match pair {
                &[high, low] => u16::from_be_bytes([high, low]),
                _ => 0xfffd,
            });
            Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
        }
        Tag::TeletexString => Some(match std::str::from_utf8(value) {
            Ok(text) => text.to_owned(),
            Err(_) => value.iter().copied().map(windows_1251).collect(),
        }),
        _ => None,
    }
}

/// Nobody writes real T.61: Russian authorities put UTF-8 or Windows-1251 there. Letters of the latter; the rest as
/// Latin-1.
fn windows_1251(octet: u8) -> char {
    match octet {
        0xc0..=0xff => char::from_u32(u32::from(octet) - 0xc0 + 0x410).unwrap_or(char::REPLACEMENT_CHARACTER),
        0xa8 => 'Ё',
        0xb8 => 'ё',
        0xb9 => '№',
        other => char::from(other),
    }
}

/// RFC 4514 §2.4, and more: characters that would break a log line or turn its direction are escaped too.
fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, c) in value.chars().enumerate() {
        let edge_space = c == ' ' && (index == 0 || index == last);
        if edge_space || (c == '#' && index == 0) || matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\') {
            text.push('\\');
            text.push(c);
        } else if unprintable(c) {
            for octet in c.encode_utf8(&mut [0; 4]).bytes() {
                text.push('\\');
                text.push_str(&hex::encode([octet]));
            }
        } else {
            text.push(c);
        }
    }
    text
}

fn unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn attribute(oid: &str, tag: u8, value: &[u8]) -> Vec<u8> {
        let oid = ObjectIdentifier::new_unwrap(oid).to_der().unwrap();
        tlv(0x30, &[oid, tlv(tag, value)].concat())
    }

    fn name(rdns: &[Vec<u8>]) -> Vec<u8> {
        tlv(0x30, &rdns.iter().flat_map(|rdn| tlv(0x31, rdn)).collect::<Vec<_>>())
    }

    #[test]
    fn every_string_type_is_readable() {
        let bmp: Vec<u8> = "Пенза №1".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let table: [(&str, u8, &[u8], &str); 13] = [
            ("UTF8String", 0x0c, "Росреестр".as_bytes(), "O=Росреестр"),
            ("PrintableString", 0x13, b"RU", "O=RU"),
            ("PrintableString with what it must not hold", 0x13, b"a@b_*", "O=a@b_*"),
            ("NumericString", 0x12, b"007706560536", "O=007706560536"),
            ("IA5String", 0x16, b"ca@rt.ru", "O=ca@rt.ru"),
            ("BMPString", 0x1e, &bmp, "O=Пенза №1"),
            ("BMPString of odd length", 0x1e, b"\x04\x1f\x04", "O=П\u{fffd}"),
            ("TeletexString in Windows-1251", 0x14, b"\xcf\xe5\xed\xe7\xe0 \xb91", "O=Пенза №1"),
            ("TeletexString in UTF-8", 0x14, "Пенза".as_bytes(), "O=Пенза"),
            ("UTF8String that is not UTF-8", 0x0c, b"a\xff", "O=a\u{fffd}"),
            ("no string", 0x30, &[], "2.5.4.10=#3000"),
            ("specials", 0x0c, b" #,+\"\\<>;= ", "O=\\ #\\,\\+\\\"\\\\\\<\\>\\;=\\ "),
            ("log injection", 0x0c, "a\nb\u{202e}".as_bytes(), "O=a\\0ab\\e2\\80\\ae"),
        ];
        for (what, tag, value, expected) in table {
            let der = name(&[attribute("2.5.4.10", tag, value)]);
            assert_eq!(read("name", &der).unwrap().text, expected, "{what}");
        }
    }

    #[test]
    fn most_specific_part_first_and_unknown_types_in_hex() {
        let two = [attribute("2.5.4.10", 0x0c, b"o"), attribute("2.5.4.11", 0x0c, b"u")].concat();
        let der = name(&[
            attribute("2.5.4.6", 0x13, b"RU"),
            two,
            attribute("1.2.643.100.1", 0x12, b"1"),
            attribute("1.2.3", 0x0c, b"x"),
            attribute("2.5.4.3", 0x0c, b"outer"),
            attribute("2.5.4.3", 0x0c, b"in\r\nner"),
        ]);
        let read = read("name", &der).unwrap();
        assert_eq!(read.text, "CN=in\\0d\\0aner,CN=outer,1.2.3=#0c0178,OGRN=1,O=o+OU=u,C=RU");
        assert_eq!(read.common_name.as_deref(), Some("in\u{fffd}\u{fffd}ner"));
        assert_eq!(super::read("name", &name(&[])).unwrap().common_name, None);
    }
}
