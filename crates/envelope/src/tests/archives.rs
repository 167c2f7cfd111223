//! Hostile and broken archives: each gets its finding, costs what it may, and never fails the message.

use proptest::prelude::*;

use super::officials::{REQUEST, application, found, judged, sig};
use super::zip::{File, end, zip};
use crate::Summary;

fn state(archive: &[u8]) -> &'static str {
    judged(archive).archive.unwrap().state.label()
}

/// The label of the only finding that is no `holds`.
fn finding(files: &[File]) -> (String, &'static str) {
    let officials = judged(&zip(files));
    assert_eq!(officials.archive.as_ref().unwrap().state.label(), "read");
    let mut odd = found(&officials).into_iter().filter(|(_, label)| *label != "holds");
    odd.next().filter(|_| odd.next().is_none()).unwrap_or_else(|| panic!("{officials:?}"))
}

fn changed(at: usize, change: impl Fn(&mut File)) -> Vec<File> {
    let mut files = application();
    change(&mut files[at]);
    files
}

#[test]
fn a_good_application_holds() {
    let officials = judged(&zip(&application()));
    assert_eq!((officials.summary, officials.complete), (Summary::AllHold, true));
    let folder = File::stored("docs/", b"");
    let deep = ["docs/a.pdf", "docs/a.pdf.SIG"].map(|name| {
        if name.ends_with("pdf") { File::stored(name, b"%PDF") } else { File::deflated(name, &sig(b"%PDF")) }
    });
    assert_eq!(judged(&zip(&[&[folder], &deep[..]].concat())).summary, Summary::AllHold);
}

#[test]
fn files_and_signatures_without_each_other() {
    let application_name = format!("AppDocument/{REQUEST}.xml");
    for (left_out, expected) in [
        (0, (application_name.clone(), "no_file")),
        (1, (application_name, "unsigned")),
        (2, ("AppDocument/#3".to_owned(), "no_file")),
        (3, ("AppDocument/#3".to_owned(), "unsigned")),
    ] {
        let mut files = application();
        files.remove(left_out);
        assert_eq!(finding(&files), expected);
        assert!(!judged(&zip(&files)).complete);
    }
    let unsigned = judged(&zip(&[File::stored("a.xml", b"<a/>")]));
    assert_eq!((unsigned.summary, unsigned.complete), (Summary::None, false));
    assert_eq!(judged(&zip(&[])).summary, Summary::None);
}

#[test]
fn contents_that_are_not_what_was_signed() {
    let other = File::deflated("Паспорт Иванова.pdf", b"%PDF-2");
    for (name, files, label) in [
        ("another file", changed(2, |file| *file = other.clone()), "wrong_digest"),
        ("no signature", changed(3, |file| *file = File::stored(&file.name, b"sig")), "malformed"),
        ("encrypted", changed(2, |file| file.flags |= 1), "unreadable"),
        ("bzip2", changed(2, |file| file.method = 12), "unreadable"),
        ("zip64", changed(2, |file| file.extra = b"\x01\0\0\0".to_vec()), "unreadable"),
        ("wrong check sum", changed(2, |file| file.crc ^= 1), "unreadable"),
        ("wrong size", changed(2, |file| file.size += 1), "unreadable"),
        ("not deflated", changed(0, |file| file.packed = vec![0xff; 9]), "unreadable"),
        ("encrypted signature", changed(3, |file| file.flags |= 1), "unreadable"),
    ] {
        assert_eq!(finding(&files).1, label, "{name}");
    }
}

/// A name that leads out of the archive is told and not followed; nothing is written anywhere.
#[test]
fn zip_slip() {
    for name in ["../a", "a/../../b", "/etc/passwd", "\\a", "..\\a", "C:\\a", "C:a", "a\0b", "a\nb"] {
        let mut files = application();
        files.push(File::stored(name, b"x"));
        assert_eq!(finding(&files), ("AppDocument/#5".to_owned(), "unsafe_name"), "{name:?}");
    }
    assert_eq!(judged(&zip(&[application(), vec![File::stored("a..b/...", b"x")]].concat())).summary, Summary::AllHold);
}

/// A million octets that hardly compress.
fn noise() -> Vec<u8> {
    (0..250_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// Small packed, large unpacked: neither is inflated beyond its bounds.
#[test]
fn zip_bomb() {
    let bomb = File::deflated("a", &vec![0; 20 << 20]);
    // The ratio is honest: some of it does not compress.
    let large = File::deflated("a", &[noise(), vec![0; 17 << 20]].concat());
    let ratio = File::deflated("a", &vec![0; 1 << 20]);
    let lying = File { size: 1000, ..bomb.clone() };
    for (name, file, label) in [
        ("large", large, "not_judged"),
        ("bomb", bomb, "not_judged"),
        ("ratio", ratio, "not_judged"),
        ("lying", lying, "unreadable"),
    ] {
        let files = [file, File::stored("a.sig", &sig(b"x"))];
        assert_eq!(finding(&files), ("AppDocument/#1".to_owned(), label), "{name}");
    }
}

/// Many files of which each is within bounds: together they are not.
#[test]
fn zip_bomb_of_many_files() {
    let packed = File::deflated("0", &[noise(), vec![0; 14 << 20]].concat());
    let files: Vec<File> = (0..6)
        .flat_map(|number| {
            let name = number.to_string().into_bytes();
            let file = File { name: name.clone(), local_name: name, ..packed.clone() };
            [file, File::stored(format!("{number}.sig"), b"no signature")]
        })
        .collect();
    let labels: Vec<_> = found(&judged(&zip(&files))).into_iter().map(|(_, label)| label).collect();
    assert_eq!(labels, ["malformed", "malformed", "not_judged", "not_judged", "not_judged", "not_judged"]);
}

/// A signature costs arithmetic: only so many are judged.
#[test]
fn signature_files_flood() {
    let signature = sig(b"x");
    let files: Vec<File> = (0..80)
        .flat_map(|number| [File::stored(format!("{number}"), b"x"), File::stored(format!("{number}.sig"), &signature)])
        .collect();
    let officials = judged(&zip(&files));
    assert_eq!(officials.summary, Summary::Undecided { undecided: 16 });
    let flood: Vec<File> = (0..900).map(|number| File::stored(format!("{number}"), b"")).collect();
    let officials = judged(&zip(&flood));
    assert_eq!((officials.findings.len(), officials.omitted), (100, 800));
    let flood: Vec<File> = (0..1001).map(|number| File::stored(format!("{number}"), b"")).collect();
    assert_eq!(state(&zip(&flood)), "out_of_bounds");
}

/// Archives in which the receiver's program may find other files than were judged here.
#[test]
fn archives_that_two_programs_read_differently() {
    let files = application();
    let good = zip(&files);
    let hidden = zip(&[File::stored("hidden", b"another content")]);
    let hidden = &hidden[..hidden.len() - 22 - 52];
    let twice = |name: &str| zip(&[files.clone(), vec![File::stored(name, b"x")]].concat());
    let unicode = |name: &str| {
        [&b"up"[..], &u16::try_from(name.len() + 5).unwrap().to_le_bytes(), &[1, 0, 0, 0, 0], name.as_bytes()].concat()
    };
    let directory = good.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let (contents, tail) = (good[..directory].to_vec(), &good[directory..good.len() - 22]);
    for (name, archive) in [
        ("a name twice", twice("Паспорт Иванова.pdf")),
        ("in other case", twice("ПАСПОРТ ИВАНОВА.PDF")),
        ("with dots", twice("./Паспорт Иванова.pdf")),
        ("with slashes", twice("//Паспорт Иванова.pdf")),
        ("as a folder", twice("Паспорт Иванова.pdf/")),
        ("by its Unicode name", zip(&changed(0, |file| file.extra = unicode("Паспорт Иванова.pdf")))),
        ("another local name", zip(&changed(2, |file| file.local_name = b"x".to_vec()))),
        ("a hidden file in front", zip(&changed(0, |file| file.gap = hidden.to_vec()))),
        ("a hidden file between", zip(&changed(2, |file| file.gap = hidden.to_vec()))),
        ("a hidden file behind", end([contents.clone(), hidden.to_vec()].concat(), tail, 4)),
        ("something in front", [b"MZ", &good[..]].concat()),
        ("something behind", [&good[..], b"\0"].concat()),
        ("a file twice in the directory", end(contents.clone(), &[tail, tail].concat(), 8)),
        ("fewer files announced", end(contents.clone(), tail, 3)),
        ("a name that is too long", twice(&"n".repeat(2000))),
    ] {
        assert_eq!(state(&archive), "ambiguous", "{name}");
        assert_eq!(judged(&archive).summary, Summary::SomeFail { failed: 1 }, "{name}");
    }
    assert_eq!(state(&[&good[..], &good[..]].concat()), "not_zip", "two archives");
    assert_eq!(state(&end(contents, tail, 4)), "read");
    let descriptors = changed(2, |file| file.gap = vec![7; 16]);
    assert_eq!(state(&zip(&descriptors)), "read", "data descriptors stand between files");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is damaged in an archive, something is said of it.
    #[test]
    fn damaged_archives_are_judged(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in any::<prop::sample::Index>()) {
        let mut archive = zip(&application()[2..]);
        for (at, octet) in changes {
            let at = at.index(archive.len());
            archive[at] = octet;
        }
        archive.truncate(archive.len() - cut.index(8));
        let mut findings = Vec::new();
        let judged = crate::official::judge_archive(&archive, &mut findings);
        prop_assert!(judged.files <= 2);
    }
}
