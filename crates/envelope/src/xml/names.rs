//! XML names (XML 1.0, fifth edition) and characters: what may stand where.
//!
//! quick-xml takes any octets for a name; a name that another parser would split or refuse must not get past this file.

/// Whether `text` is an `NCName`: a name without a colon.
pub(crate) fn is_ncname(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(is_name_start) && letters.all(is_name_char)
}

/// A qualified name cut at its colon: (prefix, local name); the prefix is empty when there is none.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) if is_ncname(prefix) => (prefix, local),
        Some(_) => return None,
        None => ("", name),
    };
    is_ncname(local).then_some((prefix, local))
}

/// White space of XML: space, tab, carriage return, line feed.
pub(crate) fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n')
}

/// Whether a character reference may stand for `letter` (production `Char`).
pub(crate) fn is_char(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The first octet that no XML 1.0 document may hold: a control character, U+FFFE or U+FFFF.
pub(crate) fn forbidden_octet(text: &str) -> Option<usize> {
    const CHUNK: usize = 64;
    let octets = text.as_bytes();
    let is_control = |octet: u8| octet < 0x20 && !matches!(octet, b'\t' | b'\n' | b'\r');
    for (number, chunk) in octets.chunks(CHUNK).enumerate() {
        // Without an early exit the compiler looks at many octets at once.
        let suspicious = |octet: u8| u8::from(is_control(octet)) | u8::from(octet == 0xEF);
        let found = chunk.iter().fold(0, |found, &octet| found | suspicious(octet));
        if found == 0 {
            continue;
        }
        for at in number * CHUNK..number * CHUNK + chunk.len() {
            let rest = octets.get(at..).unwrap_or_default();
            // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
            if matches!(rest, [0xEF, 0xBF, 0xBE | 0xBF, ..]) || rest.first().is_some_and(|&octet| is_control(octet)) {
                return Some(at);
            }
        }
    }
    None
}

/// The one character a reference (text between `&` and `;`) stands for: the five predefined ones and character references.
pub(crate) fn referenced(reference: &str) -> Option<char> {
    let code = match reference {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => reference.strip_prefix('#')?,
    };
    let (digits, radix) = code.strip_prefix('x').map_or((code, 10), |hex| (hex, 16));
    // from_str_radix would take a sign.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|&letter| is_char(letter))
}

fn is_name_start(letter: char) -> bool {
    matches!(letter,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}'
        | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn is_name_char(letter: char) -> bool {
    is_name_start(letter)
        || matches!(letter, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, want) in [
            ("a", Some(("", "a"))),
            ("soap:Body", Some(("soap", "Body"))),
            ("Сведения", Some(("", "Сведения"))),
            ("a-b.c_1", Some(("", "a-b.c_1"))),
            ("a:b:c", None),
            (":a", None),
            ("a:", None),
            ("", None),
            ("1a", None),
            ("a/", None),
            ("a<b", None),
            ("a\u{d7}", None),
        ] {
            assert_eq!(split(name), want, "{name:?}");
        }
    }

    #[test]
    fn forbidden_characters_are_found_wherever_they_stand() {
        for before in [0, 1, 62, 63, 64, 200] {
            let head = "я".repeat(before / 2) + &"a".repeat(before % 2);
            for letter in ["\0", "\u{1F}", "\u{FFFE}", "\u{FFFF}"] {
                assert_eq!(
                    forbidden_octet(&format!("{head}{letter}x")),
                    Some(head.len()),
                    "{letter:?} behind {before}"
                );
            }
            assert_eq!(forbidden_octet(&format!("{head}\t\r\n\u{FEFF}\u{FFFD}\u{7F}x")), None);
        }
    }

    #[test]
    fn references() {
        for (text, want) in [
            ("amp", Some('&')),
            ("#65", Some('A')),
            ("#x41", Some('A')),
            ("#x9", Some('\t')),
            ("#0", None),
            ("#x0", None),
            ("#x1F", None),
            ("#xD800", None),
            ("#xFFFE", None),
            ("#x110000", None),
            ("#+65", None),
            ("#X41", None),
            ("#", None),
            ("#x", None),
            ("nbsp", None),
            ("AMP", None),
            ("", None),
        ] {
            assert_eq!(referenced(text), want, "{text:?}");
        }
    }
}
