//! What a reference may say: addresses, transforms, counts, digests; and how SignedInfo may be built.

use base64ct::{Base64, Encoding as _};

use super::bus::Bus;
use super::forge::{EXCLUSIVE, SMEV, TRANSFORM, edit, reference};

const BAD_SECTION: &[&str] = &["SMEV-100016"];
const UNKNOWN: &[&str] = &["SMEV-100015"];
const METHOD: &str = "<ds:SignatureMethod Algorithm=\"@method@\"/>";
const VALUE: &str = "<ds:SignatureValue>@value@</ds:SignatureValue>";
const DIGEST: &str = "<ds:DigestValue>@digest:Body@</ds:DigestValue>";
const C14N: &str = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";

/// The template with one place changed, signed so that everything else is right.
fn variant(bus: &Bus, from: &str, to: &str) -> String {
    bus.forge.sign(&edit(&bus.forge.template(), from, to))
}

/// Nothing but `#id`: no whole document, no address, no expression, nothing encoded.
#[test]
fn reference_addresses() {
    let mut bus = Bus::running();
    for uri in [
        "",
        "#",
        "##body",
        "body",
        "./#body",
        "?#body",
        "http://127.0.0.1:1/body.xml",
        "http://127.0.0.1:1/#body",
        "https://example.org/x#body",
        "file:///etc/passwd",
        "file:///etc/passwd#body",
        "ftp://127.0.0.1:1/x",
        "cid:body",
        "urn:body",
        "#xpointer(/)",
        "#xpointer(id('body'))",
        "#xpointer(id(&quot;body&quot;))",
        "#xpath(//soap:Body)",
        "#xmlns(a=b)xpointer(//a:x)",
        "#element(/1/2)",
        "#body'",
        "#body%20",
        "#b%6Fdy",
        "%23body",
        "&#x23;body&#x20;",
        "#bo dy",
        "#тело",
        "#body&#x0;",
    ] {
        let codes: &[&str] = if uri.contains("&#x0;") { &["SMEV-100002"] } else { BAD_SECTION };
        let attack = if codes == BAD_SECTION {
            variant(&bus, "URI=\"#body\"", &format!("URI=\"{uri}\""))
        } else {
            edit(&bus.forge.signed(), "URI=\"#body\"", &format!("URI=\"{uri}\""))
        };
        bus.refuses(format!("URI {uri:?}"), codes, attack);
    }
    for (name, uri) in [
        ("no URI", ""),
        ("Type of a Manifest", " URI=\"#nothing\" Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\""),
    ] {
        let attack = variant(&bus, " URI=\"#body\"", uri);
        bus.refuses(name, BAD_SECTION, attack);
    }
    // The Body itself bears the address for its id: then it resolves, and only its form speaks against it.
    let canary = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let heard = format!("http://{}/body", canary.local_addr().unwrap());
    for uri in [heard.as_str(), "file:///etc/passwd", "body", "cid:body", "/etc/passwd"] {
        let template = edit(&bus.forge.template(), "wsu:Id=\"body\"", &format!("wsu:Id=\"{uri}\""));
        let attack = bus.forge.sign(&edit(&template, "URI=\"#body\"", &format!("URI=\"{uri}\"")));
        bus.refuses(format!("URI {uri:?}, which is the id of the Body"), BAD_SECTION, attack);
    }
    if canary.accept().is_ok() {
        bus.trouble("somebody fetched what a reference names".to_owned());
    }
    let long = variant(&bus, "URI=\"#body\"", &format!("URI=\"#{}\"", "b".repeat(300)));
    bus.refuses("an id of 300 letters", BAD_SECTION, long);
    bus.account();
}

/// Code in a signature runs before anybody has checked it: only two transforms are known, neither computes.
#[test]
fn transforms() {
    let mut bus = Bus::running();
    let xslt = "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"><xsl:template \
                match=\"/\"><xsl:value-of select=\"document('file:///etc/passwd')\"/></xsl:template></xsl:stylesheet>";
    for (uri, inside) in [
        ("http://www.w3.org/TR/1999/REC-xslt-19991116", xslt),
        ("http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>not(ancestor::*)</ds:XPath>"),
        ("http://www.w3.org/2002/06/xmldsig-filter2", ""),
        ("http://www.w3.org/2001/04/xmldsig-more/xptr", ""),
        ("http://www.w3.org/2000/09/xmldsig#base64", ""),
        ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", ""),
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", ""),
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", ""),
        ("http://www.w3.org/2006/12/xml-c14n11", ""),
        ("http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform", ""),
        ("http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform", ""),
        ("urn://smev-gov-ru/xmldsig/transform", ""),
        ("http://www.w3.org/2002/07/decrypt#XML", ""),
        ("", ""),
    ] {
        let unknown = format!("<ds:Transform Algorithm=\"{uri}\">{inside}</ds:Transform>");
        for transforms in [unknown.clone(), format!("{unknown}{TRANSFORM}"), format!("{TRANSFORM}{unknown}")] {
            let attack = variant(&bus, TRANSFORM, &transforms);
            bus.refuses(format!("transforms {transforms}"), UNKNOWN, attack);
        }
    }
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    for (name, transforms) in [
        ("none", String::new()),
        ("enveloped alone", enveloped.to_owned()),
        ("c14n twice", TRANSFORM.repeat(2)),
        ("misordered", format!("{TRANSFORM}{enveloped}")),
        ("three", format!("{enveloped}{enveloped}{TRANSFORM}")),
        ("a parameter in enveloped", format!("{}{TRANSFORM}", enveloped.replace("/>", "><x/></ds:Transform>"))),
        ("an unknown parameter in c14n", TRANSFORM.replace("/>", "><x/></ds:Transform>")),
        ("text", format!("{TRANSFORM}x")),
        ("600 of them", TRANSFORM.repeat(600)),
    ] {
        let attack = variant(&bus, TRANSFORM, &transforms);
        bus.refuses(format!("transforms: {name}"), BAD_SECTION, attack);
    }
    let no_element = variant(&bus, &format!("<ds:Transforms>{TRANSFORM}</ds:Transforms>"), "");
    bus.refuses("no Transforms", BAD_SECTION, no_element);
    bus.account();
}

#[test]
fn ten_thousand_references_and_prefixes() {
    let mut bus = Bus::running();
    let one = reference("body", "Body");
    for count in [2, 4, 600] {
        let attack = variant(&bus, &one, &one.repeat(count));
        bus.refuses(format!("{count} references"), BAD_SECTION, attack);
    }
    // Four that lead somewhere else each, and hold.
    let marked = ["Sender", "Recipient", "Originator"];
    let template = marked.iter().fold(bus.forge.template(), |text, name| {
        edit(&text, &format!("<smev:{name}>"), &format!("<smev:{name} Id=\"{name}\">"))
    });
    let four: String = marked.iter().map(|name| reference(name, &format!("{{{SMEV}}}{name}"))).collect();
    let attack = bus.forge.sign(&edit(&template, &one, &format!("{one}{four}")));
    bus.refuses("4 references that hold", BAD_SECTION, attack);
    // Three of these fill the header; a message that is larger than any header may be is refused while it is read.
    let attack = bus.forge.signed();
    let end = attack.find("</ds:SignedInfo>").unwrap();
    let many = format!("{}{}{}", &attack[..end], one.repeat(10_000), &attack[end..]);
    bus.refuses("10 000 references", &["SMEV-100002"], many);
    for count in [33, 5_000] {
        let many = (0..count).map(|number| format!("p{number}")).collect::<Vec<_>>().join(" ");
        let list = format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{many}\"/>");
        for (place, from, element) in
            [("reference", TRANSFORM, "ds:Transform"), ("SignedInfo", C14N, "ds:CanonicalizationMethod")]
        {
            let to = format!("<{element} Algorithm=\"{EXCLUSIVE}\">{list}</{element}>");
            let attack = variant(&bus, from, &to);
            bus.refuses(format!("{count} prefixes for {place}"), BAD_SECTION, attack);
        }
    }
    bus.account();
}

#[test]
fn children_of_signed_info_repeated_missing_or_misordered() {
    let mut bus = Bus::running();
    let one = reference("body", "Body");
    let digest_method = "<ds:DigestMethod Algorithm=\"@digest-method@\"/>";
    let manifest = "<ds:Object><ds:Manifest><ds:Reference URI=\"http://127.0.0.1:1/\"/></ds:Manifest></ds:Object>";
    let edits: [(&str, String); 20] = [
        (C14N, String::new()),
        (C14N, C14N.repeat(2)),
        (METHOD, String::new()),
        (METHOD, METHOD.repeat(2)),
        (METHOD, format!("{METHOD}<ds:SignatureMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#hmac-sha1\"/>")),
        (METHOD, format!("{METHOD}{C14N}")),
        (&one, String::new()),
        (&one, format!("{one}<ds:Object/>")),
        (&one, format!("<ds:Object/>{one}")),
        (&one, format!("{one}{METHOD}")),
        (DIGEST, String::new()),
        (DIGEST, DIGEST.repeat(2)),
        (DIGEST, format!("<ds:DigestValue/>{DIGEST}")),
        (DIGEST, format!("{DIGEST}<ds:DigestValue/>")),
        (DIGEST, format!("{DIGEST}text")),
        (DIGEST, format!("{DIGEST}{TRANSFORM}")),
        (digest_method, digest_method.repeat(2)),
        (VALUE, VALUE.repeat(2)),
        (VALUE, format!("{VALUE}<ds:KeyInfo/>")),
        ("</ds:KeyInfo>", format!("</ds:KeyInfo>{manifest}<ds:KeyInfo/>")),
    ];
    for (from, to) in edits {
        let attack = variant(&bus, from, &to);
        // Two KeyInfo: whichever comes first has no token.
        let codes = if to.contains("<ds:KeyInfo/>") { &["SMEV-100016", "SMEV-100004"][..] } else { BAD_SECTION };
        bus.refuses(format!("{from} -> {to}"), codes, attack);
    }
    for extra in ["<ds:SignedInfo/>", "<ds:Reference URI=\"#body\"/>", "<x/>", "text", "<ds:SignatureValue/>"] {
        let message = bus.forge.signed();
        for (place, before) in
            [("before SignedInfo", "<ds:SignedInfo>"), ("before SignatureValue", "<ds:SignatureValue>")]
        {
            let attack = edit(&message, before, &format!("{extra}{before}"));
            bus.refuses(format!("{extra} {place}"), BAD_SECTION, attack);
        }
    }
    bus.account();
}

#[test]
fn two_signed_infos() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let original = super::forge::between(&message, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let forged = original.replace("#body", "#other");
    for both in [format!("{forged}{original}"), format!("{original}{forged}"), original.repeat(2)] {
        bus.refuses("two SignedInfo", BAD_SECTION, edit(&message, original, &both));
    }
    for (name, object) in
        [("Object", format!("<ds:Object>{original}</ds:Object>")), ("Object before KeyInfo", original.to_owned())]
    {
        let attack = edit(&message, "</ds:SignatureValue>", &format!("</ds:SignatureValue>{object}"));
        bus.refuses(format!("a second one in {name}"), &["SMEV-100016", "SMEV-100004"], attack);
    }
    bus.account();
}

/// Two readers may put together a value around a comment, or take the half before it (SAML, CVE-2017-11428).
#[test]
fn comments_instructions_and_sections_in_values() {
    let mut bus = Bus::running();
    for (from, to) in [
        ("@digest:Body@</ds:DigestValue>", "@digest:Body@<!-- x --></ds:DigestValue>"),
        ("<ds:DigestValue>", "<ds:DigestValue><!-- x -->"),
        ("<ds:SignatureValue>", "<ds:SignatureValue><!-- x -->"),
        ("@value@", "@value@<!-- x -->"),
        ("@value@", "@value@<x/>"),
        ("@value@", "<![CDATA[@value@]]>"),
        ("@digest:Body@", "<![CDATA[@digest:Body@]]>"),
        ("@token@", "@token@<!-- x -->"),
        ("@token@", "<!-- x -->@token@"),
        ("@token@", "<![CDATA[@token@]]>"),
        ("<ds:Reference ", "<!-- x --><ds:Reference "),
        ("<ds:SignedInfo>", "<ds:SignedInfo><!-- x -->"),
    ] {
        let attack = variant(&bus, from, to);
        bus.refuses(format!("{from} -> {to}"), BAD_SECTION, attack);
    }
    for place in ["<ds:Reference ", "<ds:SignatureValue>", "<wsse:BinarySecurityToken ", "<soap:Body "] {
        let attack = edit(&bus.forge.signed(), place, &format!("<?x y?>{place}"));
        bus.refuses(format!("an instruction before {place}"), &["SMEV-100002"], attack);
    }
    for uri in [
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2006/12/xml-c14n11#WithComments",
        "",
    ] {
        let attack = variant(&bus, C14N, &format!("<ds:CanonicalizationMethod Algorithm=\"{uri}\"/>"));
        bus.refuses(format!("canonicalization {uri:?}"), UNKNOWN, attack);
    }
    bus.account();
}

/// Digests that a careless comparison would take for the right one, or that are of nothing (CVE-2025-66568).
#[test]
fn digests_loose_short_and_void() {
    let mut bus = Bus::running();
    let of = |octets: &[u8]| Base64::encode_string(&xmldsig::digest(pki::Algorithm::Gost2012_256, octets));
    let zero = Base64::encode_string(&[0; 32]);
    for digest in
        ["", "AA==", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "====", "!!!!", "0e0", "true", "*", "%00"]
    {
        let attack = variant(&bus, "@digest:Body@", digest);
        bus.refuses(format!("digest {digest:?}"), BAD_SECTION, attack);
    }
    for (name, digest) in [
        ("of nothing", of(b"")),
        ("of zeros", zero),
        ("of another text", of(b"x")),
        ("in hexadecimal", Base64::encode_string(b"0e462097431906509019562988736854")),
    ] {
        let attack = variant(&bus, "@digest:Body@", &digest);
        bus.refuses(format!("digest {name}"), &["SMEV-100003"], attack);
    }
    // All but the last octet is right.
    let template = bus.forge.template();
    let right = Base64::decode_vec(&of(&super::forge::canonical(&template, &xmldsig::Part::Body))).unwrap();
    for position in [0, 31] {
        let mut wrong = right.clone();
        wrong[position] ^= 1;
        let attack = bus.forge.sign(&edit(&template, "@digest:Body@", &Base64::encode_string(&wrong)));
        bus.refuses(format!("octet {position} of the digest is wrong"), &["SMEV-100003"], attack);
    }
    for (name, namespace) in
        [("relative", "relative"), ("odd", "1:a"), ("with a blank", "urn:a b"), ("a fragment", "#x")]
    {
        let void = bus.forge.sign(&edit(&bus.forge.template(), "@digest:Body@", &of(b"")));
        let attack = edit(&void, "<op:getRecord>", &format!("<op:getRecord xmlns:r=\"{namespace}\">"));
        bus.refuses(format!("void canonical form: namespace {name}"), &["SMEV-100016", "SMEV-100003"], attack);
    }
    bus.account();
}
