//! multipart/related that two readers would cut differently.

use super::bus::{Bus, Call};
use super::forge::forged;

const PARSE: &[&str] = &["SMEV-100002"];
const USUAL: &str = "multipart/related; boundary=B; type=\"text/xml\"; start=\"<root>\"";

/// A part.
fn part(head: &str, content: &str) -> String {
    format!("--B\r\n{head}\r\n\r\n{content}\r\n")
}

fn root(message: &str) -> String {
    part("Content-Type: text/xml; charset=utf-8\r\nContent-ID: <root>", message)
}

fn file(id: &str, content: &str) -> String {
    part(&format!("Content-Type: application/zip\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{id}>"), content)
}

fn call(content_type: &str) -> Call<'_> {
    Call { content_type, ..Call::default() }
}

#[test]
fn parts_that_could_be_taken_for_the_root() {
    let mut bus = Bus::running();
    let honest = format!("{}{}--B--\r\n", root(&bus.forge.signed()), file("a", "PK"));
    bus.serves_in("a message with an attachment", &call(USUAL), honest);
    let message = bus.forge.signed();
    let forged = forged(&message);
    let xml =
        |kind: &str, id: &str, content: &str| part(&format!("Content-Type: {kind}\r\nContent-ID: <{id}>"), content);
    let end = "--B--\r\n";
    for (name, content_type, body) in [
        ("forged XML behind the root", USUAL, format!("{}{}{end}", root(&message), xml("text/xml", "b", &forged))),
        (
            "forged XOP behind the root",
            USUAL,
            format!("{}{}{end}", root(&message), xml("application/xop+xml", "b", &forged)),
        ),
        (
            "forged SOAP 1.2 behind the root",
            USUAL,
            format!("{}{}{end}", root(&message), xml("application/soap+xml", "b", &forged)),
        ),
        ("a type that cannot be read", USUAL, format!("{}{}{end}", root(&message), xml("text", "b", &forged))),
        (
            "a nested multipart",
            USUAL,
            format!("{}{}{end}", xml("multipart/related; boundary=C", "root", &message), file("a", "PK")),
        ),
        (
            "start names the second part",
            "multipart/related; boundary=B; start=\"<b>\"",
            format!("{}{}{end}", root(&forged), xml("text/xml", "b", &message)),
        ),
        ("start names no part", "multipart/related; boundary=B; start=\"<c>\"", format!("{}{end}", root(&message))),
        (
            "start twice",
            "multipart/related; boundary=B; start=\"<root>\"; start=\"<b>\"",
            format!("{}{end}", root(&message)),
        ),
        (
            "another type than announced",
            "multipart/related; boundary=B; type=\"application/xop+xml\"",
            format!("{}{end}", root(&message)),
        ),
    ] {
        bus.refuses_in(name, PARSE, &call(content_type), body);
    }
    bus.account();
}

/// Roots that are none, ids that name two parts, frames of other kinds.
#[test]
fn roots_that_cannot_be_read() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let end = "--B--\r\n";
    for (name, content_type, body) in [
        (
            "the root in base64",
            USUAL,
            format!(
                "{}{end}",
                part("Content-Type: text/xml\r\nContent-ID: <root>\r\nContent-Transfer-Encoding: base64", &message)
            ),
        ),
        (
            "the root in another charset",
            USUAL,
            format!("{}{end}", part("Content-Type: text/xml; charset=utf-16\r\nContent-ID: <root>", &message)),
        ),
        (
            "the root is a file",
            USUAL,
            format!("{}{end}", part("Content-Type: application/zip\r\nContent-ID: <root>", &message)),
        ),
        (
            "one Content-ID for two parts",
            USUAL,
            format!("{}{}{}{end}", root(&message), file("a", "PK"), file("a", "KP")),
        ),
        ("Content-ID of the root twice", USUAL, format!("{}{}{end}", root(&message), file("root", "PK"))),
        ("no part", USUAL, end.to_owned()),
        ("another content type", "multipart/mixed; boundary=B", format!("{}{end}", root(&message))),
        ("form data", "multipart/form-data; boundary=B", format!("{}{end}", root(&message))),
    ] {
        bus.refuses_in(name, PARSE, &call(content_type), body);
    }
    bus.account();
}

#[test]
fn boundaries() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let (root, file) = (root(&message), file("a", "PK"));
    let whole = format!("{root}{file}--B--\r\n");
    for (name, body) in [
        ("no end", format!("{root}{file}")),
        ("an end that is none", format!("{root}{file}--B-\r\n")),
        ("something behind the boundary", whole.replacen("--B\r\n", "--B x\r\n", 1)),
        ("a part behind the end", format!("{root}--B--\r\n{file}--B--\r\n")),
        ("line feeds alone", whole.replace("\r\n", "\n")),
        ("a line feed before a boundary", whole.replacen("\r\n--B\r\n", "\n--B\r\n", 1)),
        ("a boundary in the attachment", format!("{root}{}--B--\r\n", file.replace("PK", "x\r\n--Bx\r\ny"))),
        ("no head", format!("--B\r\n{message}\r\n--B--\r\n")),
        ("a head of one folded line", whole.replacen("--B\r\n", "--B\r\n Content-Type: text/xml\r\n", 1)),
        ("a header twice", whole.replacen("Content-ID: <root>", "Content-ID: <root>\r\nContent-ID: <x>", 1)),
        ("a header without a colon", whole.replacen("Content-ID: <root>", "Content-ID <root>", 1)),
        ("a blank before the colon", whole.replacen("Content-ID:", "Content-ID :", 1)),
        ("NUL in a header", whole.replacen("<root>", "<ro\0ot>", 1)),
        ("a head of 300 KiB", whole.replacen("Content-ID", &format!("X: {}\r\nContent-ID", "x".repeat(300 << 10)), 1)),
        (
            "101 parts",
            format!("{root}{}--B--\r\n", (0..100).map(|n| file.replace("<a>", &format!("<a{n}>"))).collect::<String>()),
        ),
        ("100 000 parts", format!("{root}{}--B--\r\n", "--B\r\n\r\n\r\n".repeat(100_000))),
        ("100 000 boundaries", format!("{root}{}--B--\r\n", "--B\r\n".repeat(100_000))),
    ] {
        bus.refuses_in(name, PARSE, &call(USUAL), body);
    }
    for content_type in [
        "multipart/related",
        "multipart/related; boundary=",
        "multipart/related; boundary=\"\"",
        "multipart/related; boundary=\"B \"",
        "multipart/related; boundary=\"B;x\"",
        "multipart/related; boundary=B; boundary=C",
        "multipart/related; boundary=B; charset",
        "multipart/related; boundary=\"B",
        "multipart/related; boundary*=utf-8''B",
        "multipart/related; boundary*0=B",
        "text/xml, multipart/related; boundary=B",
    ] {
        bus.refuses_in(content_type, PARSE, &call(content_type), &whole);
    }
    let long = format!("multipart/related; boundary={}", "b".repeat(71));
    bus.refuses_in("a boundary of 71 letters", PARSE, &call(&long), &whole);
    // Each of these would be read as one long text by a reader that does not look at the type.
    for content_type in [
        "",
        "text/plain",
        "text/html",
        "application/json",
        "application/octet-stream",
        "application/soap+xml",
        "text/xml/x",
        "text",
        "*/*",
        "application/x-www-form-urlencoded",
    ] {
        bus.refuses_in(format!("type {content_type:?}"), PARSE, &call(content_type), &message);
    }
    bus.account();
}
