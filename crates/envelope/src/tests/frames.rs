//! HTTP bodies: plain and multipart/related.

use super::fixtures::{XML, read_as, request};
use crate::{Error, Revision};

const RELATED: &str = "multipart/related; boundary=\"b-1\"; type=\"application/xop+xml\"; start-info=\"text/xml\"";
const ROOT: &str = "Content-Type: application/xop+xml; charset=utf-8; type=\"text/xml\"\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <root@x>";
const ZIP: &str = "Content-Type: application/zip\r\nContent-Transfer-Encoding: binary\r\nContent-ID: req_1.zip";

fn part(head: &str, content: &str) -> String {
    format!("--b-1\r\n{head}\r\n\r\n{content}\r\n")
}

fn soap() -> String {
    request(Revision::Rev111111)
}

#[test]
fn the_root_part_is_found() {
    let (root, zip) = (part(ROOT, &soap()), part(ZIP, "PK\r\n--not-the-boundary\r\n-"));
    for (name, content_type, body) in [
        ("by type", RELATED.to_owned(), format!("{root}{zip}--b-1--\r\n")),
        ("by start", format!("{RELATED}; start=\"<root@x>\""), format!("preamble\r\n{root}{zip}--b-1--\r\nepilogue")),
        ("by start without brackets", format!("{RELATED}; start=root@x"), format!("{root}{zip}--b-1--\r\n")),
        ("first, no type", "Multipart/Related; boundary=b-1".to_owned(), format!("{root}{zip}--b-1--\r\n")),
        (
            "blanks behind boundary",
            RELATED.to_owned(),
            format!("{}--b-1-- \t\r\n", root.replacen("--b-1", "--b-1 \t", 1)),
        ),
        ("folded header", RELATED.to_owned(), format!("{}--b-1--", root.replacen("; type", ";\r\n\ttype", 1))),
    ] {
        let read = read_as(body, &content_type).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.soap(), soap().as_bytes(), "{name}");
    }
}

/// Frames that two MIME readers cut or choose differently.
#[test]
fn ambiguous_frames_are_refused() {
    let (root, zip) = (part(ROOT, &soap()), part(ZIP, "PK"));
    let no_boundary = RELATED.replace("boundary=\"b-1\"; ", "");
    let long_boundary = RELATED.replace("b-1", &"b".repeat(71));
    let started = format!("{RELATED}; start=\"<other@x>\"");
    for (name, content_type, body) in [
        ("no boundary", no_boundary.as_str(), format!("{root}--b-1--")),
        ("boundary too long", &long_boundary, format!("{root}--b-1--")),
        ("no closing boundary", RELATED, format!("{root}{zip}")),
        ("no part", RELATED, "--b-1--\r\n".to_owned()),
        ("two roots", RELATED, format!("{root}{}--b-1--", part(&ROOT.replace("root@x", "two@x"), "<a/>"))),
        ("two parts of one Content-ID", RELATED, format!("{root}{zip}{zip}--b-1--")),
        (
            "Content-ID with and without brackets",
            RELATED,
            format!("{root}{}--b-1--", part(&ZIP.replace("req_1.zip", "root@x"), "PK")),
        ),
        ("start names nothing", &started, format!("{root}{zip}--b-1--")),
        (
            "first part of another type",
            RELATED,
            format!("{}--b-1--", part(&ROOT.replace("application/xop+xml", "text/xml"), &soap())),
        ),
        ("longer line that begins with the boundary", RELATED, format!("{root}--b-12\r\n\r\n--b-1--")),
        (
            "bare line feed before a boundary",
            RELATED,
            format!("{}--b-1--", root.replace("</soap:Envelope>\r\n", "</soap:Envelope>\n")),
        ),
        ("boundary after the closing one", RELATED, format!("{root}--b-1--\r\n{zip}--b-1--")),
        (
            "repeated header in a head",
            RELATED,
            format!("{}--b-1--", root.replacen("Content-ID", "Content-Type: text/xml\r\nContent-ID", 1)),
        ),
        ("head without empty line", RELATED, format!("--b-1\r\n{ROOT}\r\n--b-1--")),
        ("encoded root", RELATED, format!("{}--b-1--", root.replace("8bit", "base64"))),
    ] {
        let refused = read_as(body, content_type);
        assert!(matches!(refused, Err(Error::Multipart { .. })), "{name}: {refused:?}");
    }
}

/// A forged message beside the verified one: whichever part a receiver takes for the root, it must be the one that was verified.
#[test]
fn a_forged_part_in_front_of_or_behind_the_signed_one_is_refused() {
    let (root, zip) = (part(ROOT, &soap()), part(ZIP, "PK"));
    let started = format!("{RELATED}; start=\"<root@x>\"");
    let typeless = "multipart/related; boundary=b-1";
    let forged = |media: &str| part(&format!("Content-Type: {media}\r\nContent-ID: <forged@x>"), &soap());
    let mut cases = vec![("attachment first".to_owned(), format!("{zip}{root}"))];
    for media in [
        "text/xml",
        "TEXT/XML; charset",
        "application/xml",
        "application/soap+xml",
        "application/xop+xml",
        "a/b+xml;x",
        "text / xml",
        "text(a)/xml",
        "text/xml, a/b",
    ] {
        cases.push((format!("{media} in front"), format!("{}{root}", forged(media))));
        cases.push((format!("{media} behind"), format!("{root}{}", forged(media))));
        cases.push((format!("{media} at the end"), format!("{root}{zip}{}", forged(media))));
    }
    for content_type in [RELATED, &started, typeless] {
        for (name, parts) in &cases {
            let refused = read_as(format!("{parts}--b-1--"), content_type);
            let known = matches!(
                refused,
                Err(Error::Multipart { .. } | Error::UnknownContentType { .. } | Error::NotSoap11 { .. })
            );
            assert!(known, "{name}, {content_type}: {refused:?}");
        }
        assert!(read_as(format!("{root}{zip}--b-1--"), content_type).is_ok(), "{content_type}");
    }
}

#[test]
fn mime_part_flood() {
    let flood: String = (0..101).map(|n| part(&ZIP.replace("req_1", &n.to_string()), "")).collect();
    let refused = read_as(format!("{}{flood}--b-1--", part(ROOT, &soap())), RELATED);
    assert!(matches!(refused, Err(Error::Limit { name: "mime_parts", max: 100, .. })), "{refused:?}");
}

#[test]
fn a_root_part_of_another_kind_is_refused() {
    let swap = |from: &str, to: &str| format!("{}--b-1--", part(&ROOT.replace(from, to), &soap()));
    let by_start = format!("{RELATED}; start=\"<root@x>\"");
    assert!(matches!(
        read_as(swap("type=\"text/xml\"", "type=\"application/soap+xml\""), RELATED),
        Err(Error::NotSoap11 { .. })
    ));
    assert!(matches!(read_as(swap("utf-8", "koi8-r"), RELATED), Err(Error::NotUtf8 { .. })));
    assert!(matches!(
        read_as(swap("application/xop+xml", "application/json"), &by_start),
        Err(Error::UnknownContentType { .. })
    ));
}

#[test]
fn content_types_that_are_no_soap() {
    for content_type in ["", "application/json", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"]
    {
        assert!(matches!(read_as(soap(), content_type), Err(Error::UnknownContentType { .. })), "{content_type:?}");
    }
    for content_type in [XML, "text/xml", "application/xml", "TEXT/XML;charset=\"UTF-8\";action=\"\""] {
        assert!(read_as(soap(), content_type).is_ok(), "{content_type:?}");
    }
}
