//! What the reader refuses although quick-xml would let it pass, and what it makes of what it takes.

use proptest::prelude::*;

use super::{Bounds, Ns, Token, Tokens, position};
use crate::Error;

/// Reads to the end; text joined, names as `{namespace}local`.
fn read(source: &str, bounds: Bounds) -> Result<(Vec<String>, String), Error> {
    let mut tokens = Tokens::new(source, bounds);
    let (mut names, mut text) = (Vec::new(), String::new());
    loop {
        match tokens.next()? {
            Token::Start(element) => names.push(format!("{{{}}}{}", tokens.name(element.namespace), element.local)),
            Token::Text(part) | Token::Cdata(part) => text.push_str(part),
            Token::Reference(letter) => text.push(letter),
            Token::End(_) | Token::Remark => {}
            Token::Finished => return Ok((names, text)),
        }
    }
}

#[test]
fn names_are_expanded_and_text_is_joined() {
    let source = "<?xml version='1.0' encoding='utf-8' standalone='yes'?><!-- a --><a xmlns='urn:a' xmlns:b='urn:&#98;'>\
                  x&lt;<![CDATA[<&>]]><b:c/><d xmlns=''><e/></d ><?pi data?></a>\n<!-- end -->";
    let (names, text) = read(source, Bounds::NONE).unwrap();
    assert_eq!(names, ["{urn:a}a", "{urn:b}c", "{}d", "{}e"]);
    assert_eq!(text, "x<<&>\n");
}

#[test]
fn what_quick_xml_lets_pass_and_xml_does_not_is_refused() {
    let cases = [
        ("no root", ""),
        ("only a comment", "<!-- a -->"),
        ("unclosed root", "<a><b></b>"),
        ("mismatched end tag", "<a></b>"),
        ("end tag with attributes", "<a></a b='1'>"),
        ("stray end tag", "<a/></a>"),
        ("second root", "<a/><b/>"),
        ("text before the root", "x<a/>"),
        ("text after the root", "<a/>x"),
        ("reference after the root", "<a/>&#32;"),
        ("CDATA after the root", "<a/><![CDATA[ ]]>"),
        ("byte-order mark in the middle", "<a/>\u{FEFF}"),
        ("undeclared prefix of an element", "<a:b/>"),
        ("undeclared prefix of an attribute", "<a b:c='1'/>"),
        ("prefix out of scope", "<a><b xmlns:p='urn:p'/><p:c/></a>"),
        ("prefix undeclared", "<a xmlns:p='urn:p'><b xmlns:p=''/></a>"),
        ("prefix xmlns on an element", "<xmlns:a/>"),
        ("duplicate attribute", "<a b='1' b='2'/>"),
        ("duplicate attribute by namespace", "<a xmlns:p='urn:p' xmlns:q='urn:p' p:b='1' q:b='2'/>"),
        ("duplicate declaration", "<a xmlns:p='urn:p' xmlns:p='urn:p'/>"),
        ("duplicate default declaration", "<a xmlns='urn:p' xmlns='urn:q'/>"),
        ("attributes without white space", "<a b='1'c='2'/>"),
        ("unquoted attribute", "<a b=1/>"),
        ("attribute without value", "<a b/>"),
        ("less-than in an attribute", "<a b='<'/>"),
        ("slash inside a tag", "<a / >"),
        ("space before the name", "< a/>"),
        ("name that is none", "<1a/>"),
        ("two colons", "<a:b:c xmlns:a='urn:a'/>"),
        ("unknown entity", "<a>&nbsp;</a>"),
        ("unknown entity in an attribute", "<a b='&nbsp;'/>"),
        ("reference to a forbidden character", "<a>&#x0;</a>"),
        ("reference to a surrogate", "<a>&#xD800;</a>"),
        ("lone ampersand", "<a>R & D</a>"),
        ("]]> in text", "<a>]]></a>"),
        ("-- in a comment", "<a><!-- -- --></a>"),
        ("comment that ends in --->", "<a><!-- ---></a>"),
        ("unclosed comment", "<a><!-- </a>"),
        ("unclosed CDATA", "<a><![CDATA[ </a>"),
        ("unclosed instruction", "<a><?b </a>"),
        ("unknown markup", "<a><!ELEMENT b ANY></a>"),
        ("declaration in the middle", "<a><?xml version='1.0'?></a>"),
        ("declaration after a blank", " <?xml version='1.0'?><a/>"),
        ("instruction with target XML", "<a><?XmL version='1.0'?></a>"),
        ("instruction without target", "<a><? b?></a>"),
        ("declaration without version", "<?xml encoding='UTF-8'?><a/>"),
        ("declaration out of order", "<?xml encoding='UTF-8' version='1.0'?><a/>"),
        ("XML 1.1", "<?xml version='1.1'?><a/>"),
        ("unknown in the declaration", "<?xml version='1.0' other='1'?><a/>"),
        ("odd standalone", "<?xml version='1.0' standalone='maybe'?><a/>"),
    ];
    for (name, source) in cases {
        let read = read(source, Bounds::NONE);
        assert!(matches!(read, Err(Error::Malformed { .. })), "{name}: {read:?}");
    }
}

#[test]
fn another_declared_encoding_is_refused() {
    for encoding in ["windows-1251", "UTF-16", "utf-7", "ISO-10646-UCS-4", ""] {
        let read = read(&format!("<?xml version='1.0' encoding='{encoding}'?><a/>"), Bounds::NONE);
        assert!(matches!(read, Err(Error::NotUtf8 { .. })), "{encoding}");
    }
}

/// Billion laughs, quadratic blow-up, external and parameter entities, a bare DTD: refused before any of it is looked at.
#[test]
fn a_document_type_declaration_is_refused() {
    for source in [
        "<!DOCTYPE a><a/>",
        "<!doctype a><a/>",
        "<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://127.0.0.1/'> %b;]><a/>",
        "<!DOCTYPE a [<!ENTITY b 'unclosed",
        "<!DOCTYPE>",
        "<a><!DOCTYPE b></a>",
        "<a/><!DOCTYPE b>",
    ] {
        let read = read(source, Bounds::NONE);
        assert!(matches!(read, Err(Error::DoctypeForbidden)), "{source}: {read:?}");
    }
}

/// Coercive parsing: each limit, one below and at the edge.
#[test]
fn every_limit_is_enforced() {
    type Shrink = fn(&mut Bounds, usize);
    let cases: [(&str, Shrink, usize, String); 10] = [
        ("depth", |b, n| b.depth = n, 3, "<a><a><a/></a></a>".to_owned()),
        ("elements", |b, n| b.elements = n, 4, "<a><b/><b/><b/></a>".to_owned()),
        (
            "elements",
            |b, n| b.elements = n,
            8,
            "<!-- --><?p?><a>x&lt;y<!-- -->&#32;<![CDATA[z]]><b></b></a>".to_owned(),
        ),
        ("attributes_per_element", |b, n| b.attributes_per_element = n, 3, "<a xmlns:p='urn:p' b='' c=''/>".to_owned()),
        (
            "namespaces_in_scope",
            |b, n| b.namespaces_in_scope = n,
            4,
            "<a xmlns='urn:a' xmlns:p='urn:p'><b xmlns:q='urn:p'/><b xmlns='urn:a' xmlns:p='urn:p'/></a>".to_owned(),
        ),
        ("name_bytes", |b, n| b.name_bytes = n, 5, "<abcde/>".to_owned()),
        ("name_bytes", |b, n| b.name_bytes = n, 5, "<a abcd=''/>".to_owned()),
        ("attribute_value_bytes", |b, n| b.attribute_value_bytes = n, 6, "<a b='&#x41;'/>".to_owned()),
        ("text_bytes", |b, n| b.text_bytes = n, 25, "<a>abc&amp;<!-- --><![CDATA[defgh]]></a>".to_owned()),
        ("ids", |b, n| b.ids = n, 3, "<a Id='1' ID='2' xml:id='3'/>".to_owned()),
    ];
    for (name, shrink, size, source) in cases {
        let mut bounds = Bounds::NONE;
        shrink(&mut bounds, size);
        assert!(read(&source, bounds).is_ok(), "{name} at {size}: {:?}", read(&source, bounds));
        shrink(&mut bounds, size - 1);
        let refused = read(&source, bounds);
        assert!(
            matches!(refused, Err(Error::Limit { name: n, max, line: 1 }) if n == name && max == size - 1),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn deep_nesting_needs_no_stack() {
    let source = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(read(&source, Bounds::NONE).unwrap().0.len(), 100_000);
}

#[test]
fn spans_cover_the_source_without_gaps() {
    let source = "<?xml version='1.0'?>\n<a b=\"'>'\">x&amp;y<![CDATA[z]]><!-- c --><b/>t</a >\n";
    let mut tokens = Tokens::new(source, Bounds::NONE);
    let mut spans = Vec::new();
    loop {
        match tokens.next().unwrap() {
            Token::Start(element) => spans.push(&source[element.tag]),
            Token::End(span) => spans.push(&source[span]),
            Token::Finished => break,
            _ => {}
        }
    }
    assert_eq!(spans, ["<a b=\"'>'\">", "<b/>", "", "</a >"]);
}

#[test]
fn attributes_are_found_by_expanded_name() {
    let mut tokens =
        Tokens::new("<a xmlns:s='http://schemas.xmlsoap.org/soap&#47;envelope/' s:actor='x' actor='y'/>", Bounds::NONE);
    tokens.next().unwrap();
    assert_eq!(tokens.attribute(Ns::SOAP11, "actor"), Some("x"));
    assert_eq!(tokens.attribute(Ns::NONE, "actor"), Some("y"));
    assert_eq!(tokens.attribute(Ns::WSU, "actor"), None);
}

#[test]
fn positions_count_from_one() {
    assert_eq!(position("ab\ncd", 0), (1, 1));
    assert_eq!(position("ab\ncd", 4), (2, 2));
    let error = read("<a>\n  <b></c>\n</a>", Bounds::NONE).unwrap_err();
    assert!(matches!(error, Error::Malformed { line: 2, column: 6, .. }), "{error}");
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(source in "[<>/?!\\[\\]a:b ='\"&;#x\\-\n]{0,60}") {
        let _ = read(&source, Bounds::NONE);
    }

    #[test]
    fn damaged_messages_never_panic(at in 0usize..600, with in "[<>&'\"/]{0,2}") {
        let mut source = crate::tests::fixtures::request(crate::Revision::Rev120315);
        let cut = (0..=at.min(source.len())).rev().find(|&cut| source.is_char_boundary(cut)).unwrap();
        source.insert_str(cut, &with);
        let _ = crate::read::read_envelope(&source, Bounds::NONE);
    }
}
