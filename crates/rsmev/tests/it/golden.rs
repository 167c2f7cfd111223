//! What a command prints, compared with what it printed when a person last looked: `tests/golden`. `BLESS=1` writes the
//! files anew; read the difference before you commit it. What changes from run to run is masked.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::region::Ran;

/// How a command and its outcome are written down.
pub(crate) fn shown(words: &str, ran: &Ran) -> String {
    let mut text = format!("$ {words}\nexit {}\n", ran.code);
    for (name, stream) in [("stdout", &ran.text()), ("stderr", &ran.stderr)] {
        if !stream.is_empty() {
            let _ = write!(text, "---- {name}\n{stream}");
        }
    }
    masked(&text)
}

/// Compares with the file of that name.
pub(crate) fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == text {
        return;
    }
    let mut lines = expected.lines().zip(text.lines()).enumerate();
    let (line, (old, new)) = lines.find(|(_, (old, new))| old != new).unwrap_or((0, ("", "one is longer")));
    panic!("{name} differs from line {} on:\n- {old}\n+ {new}\nBLESS=1 takes over what it is now:\n{text}", line + 1);
}

/// Shapes of what changes from run to run, the longest first: `h` stands for a hexadecimal digit, `9` for a decimal one.
const SHAPES: [(&str, &str); 5] = [
    ("hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", "<sha256>"),
    ("hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", "<uuid>"),
    ("hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", "<serial>"),
    ("9999-99-99T99:99:99", "<time>"),
    ("9999-99-99", "<date>"),
];

/// Replaces identifiers, digests, serial numbers, moments and days.
pub(crate) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut inside_word = false;
    while let Some(next) = rest.chars().next() {
        let shape = SHAPES.iter().find(|(shape, _)| !inside_word && fits(shape, rest));
        if let Some((shape, name)) = shape {
            out += name;
            rest = &rest[shape.len()..];
            if *name == "<time>" {
                rest = rest.trim_start_matches(|c: char| c == '.' || c == 'Z' || c.is_ascii_digit());
            }
            inside_word = true;
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
            inside_word = next.is_ascii_alphanumeric();
        }
    }
    out
}

fn fits(shape: &str, text: &str) -> bool {
    let whole = text.as_bytes().get(shape.len()).is_none_or(|next| !next.is_ascii_hexdigit());
    whole
        && text.len() >= shape.len()
        && shape.bytes().zip(text.bytes()).all(|(wanted, octet)| match wanted {
            b'h' => octet.is_ascii_digit() || (b'a'..=b'f').contains(&octet),
            b'9' => octet.is_ascii_digit(),
            other => other == octet,
        })
}

#[test]
fn only_what_changes_is_masked() {
    for (text, expected) in [
        ("registry 198b7f57b4d7127b84a43ccbace6c57d59ee77dc73d3cc380758b7d0593a4ed0 as", "registry <sha256> as"),
        ("id 6c08904e-a469-4562-b01e-0b613eb2397d.", "id <uuid>."),
        ("from 2026-10-23 until 2026-10-23T14:40:13.5Z", "from <date> until <time>"),
        ("SID0003245 2012-256 127.0.0.1:8080 SMEV-100003", "SID0003245 2012-256 127.0.0.1:8080 SMEV-100003"),
    ] {
        assert_eq!(masked(text), expected);
    }
}
