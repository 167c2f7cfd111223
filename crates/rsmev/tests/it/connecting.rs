//! `docs/CONNECTING.md` is walked as it is written: every command of its transcripts is given in a fresh region, and what
//! comes must be what stands there. `BLESS=1` writes the answers anew; read the difference before you commit it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::golden;
use crate::region::{Ran, Region};

/// The year in which the page was written: its dates are moved to those of today's calendar.
const WRITTEN: i32 = 2026;

#[test]
fn the_road_of_a_new_agency_is_walked_as_the_page_tells_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CONNECTING.md");
    let page = fs::read_to_string(&path).unwrap();
    let mut region = Region::production();
    region.run(&["stand", "newcomer", "."]).good();
    region.start_agencies();
    region.start_bus();
    let walked = walk(&page, &region);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, walked).unwrap();
        return;
    }
    let mut lines = page.lines().zip(walked.lines()).enumerate();
    if let Some((line, (old, new))) = lines.find(|(_, (old, new))| old != new) {
        panic!("docs/CONNECTING.md, line {}:\n- {old}\n+ {new}\nBLESS=1 takes over what it is now", line + 1);
    }
    assert_eq!(page, walked);
    region.audit();
}

/// The page with what the commands say now.
fn walk(page: &str, region: &Region) -> String {
    let mut walked = String::new();
    let mut transcript = false;
    for line in page.lines() {
        if line.starts_with("```") {
            transcript = line == "```console";
        } else if let Some(words) = line.strip_prefix("$ ").filter(|_| transcript) {
            let _ = writeln!(walked, "{line}");
            walked += &answer(words, region);
            continue;
        } else if transcript {
            continue;
        }
        let _ = writeln!(walked, "{line}");
    }
    walked
}

/// What a command says on both streams, with its exit code when that is not 0.
fn answer(words: &str, region: &Region) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_rsmev")).parent().unwrap().to_owned();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{{ {}\n}} 2>&1", moved(words, years()))]).current_dir(region.path());
    command.env("PATH", path).env("LC_ALL", "C").env("COLUMNS", "110").env_remove("RSMEV_LOG");
    let ran = Ran::of(command.output().unwrap());
    let mut text = ran.text();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if ran.code != 0 {
        let _ = writeln!(text, "[exit {}]", ran.code);
    }
    let node = &region.described.node;
    let federal = region.described.federal.address;
    for (port, usual) in [
        (node.soap.port(), "8080"),
        (node.admin.port(), "8081"),
        (federal.port(), "9000"),
        (region.described.agencies.port(), "9100"),
    ] {
        text = text.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{usual}"));
    }
    let text = text.replace(&*region.path().to_string_lossy(), "region");
    digits(&golden::masked(&moved(&text, -years())))
}

/// Years between the page and today.
fn years() -> i32 {
    let made = tempfile::NamedTempFile::new().unwrap();
    let time = made.as_file().metadata().unwrap().modified().unwrap();
    let year: i32 = jiff::Timestamp::try_from(time).unwrap().strftime("%Y").to_string().parse().unwrap();
    year - WRITTEN
}

/// The text with every `20YY-` moved by so many years.
fn moved(text: &str, years: i32) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("20") {
        let (before, from) = rest.split_at(at);
        out += before;
        let year =
            from.get(..4).filter(|_| from.get(4..5) == Some("-") && !before.ends_with(|c: char| c.is_ascii_digit()));
        if let Some(year) = year.and_then(|year| year.parse::<i32>().ok()) {
            let _ = write!(out, "{}", year + years);
            rest = &from[4..];
        } else {
            out += "20";
            rest = &from[2..];
        }
    }
    out + rest
}

/// Masks what is left that changes from run to run: hexadecimal words, and how long something took.
fn digits(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let of_hex = word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let mixed = word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic());
        let masked = of_hex && ((word.len() >= 8 && mixed) || word.len() >= 12);
        out += &if masked { piece.replacen(word, "<hex>", 1) } else { piece.to_owned() };
    }
    // How long something took: a number before `ms`.
    let mut words = String::new();
    for (at, piece) in out.split(" ms").enumerate() {
        if at > 0 {
            let kept = words.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').len();
            words.truncate(kept);
            words += "<took>";
        }
        words += piece;
    }
    words
}
