//! Second-level signatures and archives that cost more to judge than to send. Under the rule `record` none of them may stop a
//! message, take memory, or send the bus out for anything; under `require` each is refused.

use base64ct::{Base64, Encoding as _};
use pki::Algorithm;
use pki::test_ca::{CertificateRequest, Extras, self_signed};

use super::bus::Bus;
use super::forge::{DS, TRANSFORM, edit};

/// How much more of the bus may be resident, as in `oversized`.
const MEMORY: u64 = 192 << 20;

/// DEFLATE (RFC 1951) of a run of one letter: a literal, then matches of 258 octets at distance 1, each in 13 bits.
fn deflated_run(matches: usize) -> Vec<u8> {
    let (mut octets, mut filled) = (vec![0_u8], 0);
    let mut put = |value: u32, bits: u32, high_first: bool| {
        for number in 0..bits {
            let shift = if high_first { bits - 1 - number } else { number };
            if filled == 8 {
                octets.push(0);
                filled = 0;
            }
            let last = octets.len() - 1;
            octets[last] |= u8::try_from(value >> shift & 1).unwrap() << filled;
            filled += 1;
        }
    };
    put(1, 1, false);
    put(1, 2, false);
    put(0x30 + u32::from(b'a'), 8, true);
    for _ in 0..matches {
        put(0xc5, 8, true);
        put(0, 5, true);
    }
    put(0, 7, true);
    octets
}

/// A zip of deflated files, each as (name, packed, size it says it has).
fn zip(files: &[(String, Vec<u8>, u32)]) -> Vec<u8> {
    let (mut octets, mut directory) = (Vec::new(), Vec::new());
    for (name, packed, size) in files {
        let about = |signature: &[u8]| {
            let mut head = signature.to_vec();
            head.extend_from_slice(&[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            head.extend_from_slice(&u32::try_from(packed.len()).unwrap().to_le_bytes());
            head.extend_from_slice(&size.to_le_bytes());
            head.extend_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
            head.extend_from_slice(&[0, 0]);
            head
        };
        let at = u32::try_from(octets.len()).unwrap();
        octets.extend_from_slice(&about(b"PK\x03\x04"));
        octets.extend_from_slice(name.as_bytes());
        octets.extend_from_slice(packed);
        directory.extend_from_slice(&about(b"PK\x01\x02\x14\x00"));
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (at, length) = (u32::try_from(octets.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    octets.extend_from_slice(&directory);
    octets.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    octets.extend_from_slice(&[count, count].concat());
    octets.extend_from_slice(&length.to_le_bytes());
    octets.extend_from_slice(&at.to_le_bytes());
    octets.extend_from_slice(&[0, 0]);
    octets
}

fn with_document(template: &str, content: &str) -> String {
    let document = format!(
        "</smev:AppData><smev:AppDocument><smev:RequestCode>r</smev:RequestCode><smev:BinaryData>{content}</smev:BinaryData></smev:AppDocument>"
    );
    edit(template, "</smev:AppData>", &document)
}

fn serves_cheaply(bus: &mut Bus, name: &str, template: &str) {
    bus.forget_peak();
    let (before, _) = bus.memory();
    let message = bus.forge.sign(template);
    bus.serves(name, message);
    let growth = bus.memory().1.saturating_sub(before);
    if growth > MEMORY {
        bus.trouble(format!("{name}: {} MiB more resident", growth >> 20));
    }
}

/// 10 MB that inflate to a gigabyte, said and unsaid; many files; an archive in an archive; names that lead out.
#[test]
fn archives_that_are_larger_inside() {
    let mut bus = Bus::running();
    let bomb = deflated_run(3_900_000);
    let said = u32::try_from(3_900_000_u64 * 258 + 1).unwrap();
    let small = deflated_run(10);
    let named = |name: &str, packed: &[u8], size: u32| (name.to_owned(), packed.to_vec(), size);
    let nested = zip(&[named("f", &bomb[..6], 1), named("f.sig", &small, 2581)]);
    for (name, archive) in [
        ("a bomb that says its size", zip(&[named("f", &bomb, said), named("f.sig", &small, 2581)])),
        ("a bomb that says it is small", zip(&[named("f", &bomb, 100), named("f.sig", &small, 2581)])),
        ("a bomb for a signature", zip(&[named("f", &small, 2581), named("f.sig", &bomb, said)])),
        ("5000 files", zip(&(0..5_000).map(|n| named(&format!("{n}.sig"), &small, 2581)).collect::<Vec<_>>())),
        ("900 files and signatures of a megabyte", {
            let run = deflated_run(4_000);
            zip(&(0..450)
                .flat_map(|n| [named(&format!("{n}"), &run, 1_032_001), named(&format!("{n}.sig"), &small, 2581)])
                .collect::<Vec<_>>())
        }),
        (
            "names that lead out",
            zip(&[
                named("../../etc/passwd", &small, 2581),
                named("/etc/passwd", &small, 2581),
                named("..\\x.sig", &small, 2581),
            ]),
        ),
        ("an archive in an archive", zip(&[("f".to_owned(), nested, 7), named("f.sig", &small, 2581)])),
        ("a directory that lies", {
            let mut lie = zip(&[named("f", &small, 2581)]);
            let end = lie.len();
            lie[end - 6] = 0xff;
            lie
        }),
        ("no archive", b"PK\x03\x04".to_vec()),
        ("nothing", Vec::new()),
    ] {
        let template = with_document(&bus.forge.template(), &Base64::encode_string(&archive));
        serves_cheaply(&mut bus, name, &template);
    }
    let include = "<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"@\"/>";
    for href in ["cid:nothing", "http://127.0.0.1:1/x", "file:///etc/passwd", "cid:%2e%2e%2f", ""] {
        let template = with_document(&bus.forge.template(), &include.replace('@', href));
        serves_cheaply(&mut bus, &format!("Include of {href:?}"), &template);
    }
    bus.account();
}

/// An official's signature whose digest is a wrong one.
fn official_by(transform: &str, uri: &str, value: &str, certificate: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"{DS}\"><ds:SignedInfo><ds:CanonicalizationMethod \
         Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><ds:SignatureMethod \
         Algorithm=\"urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256\"/>\
         <ds:Reference URI=\"{uri}\"><ds:Transforms>{transform}</ds:Transforms><ds:DigestMethod \
         Algorithm=\"urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256\"/><ds:DigestValue>\
         AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
}

/// Signatures of officials that compute, fetch, or are many.
#[test]
fn signatures_of_officials_that_cost() {
    let mut bus = Bus::running();
    let one = |transform: &str, uri: &str| official_by(transform, uri, "AAAA", "AAAA");
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><xsl:stylesheet \
                xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/></ds:Transform>";
    for (name, content) in [
        ("XSLT", one(xslt, "#body")),
        ("an address", one(TRANSFORM, "http://127.0.0.1:1/x")),
        ("the whole document", one(TRANSFORM, "")),
        ("an expression", one(TRANSFORM, "#xpointer(//*)")),
        ("3000 signatures", one(TRANSFORM, "#body").repeat(3_000)),
        ("nested signatures", {
            let mut all = String::new();
            for _ in 0..40 {
                all = format!("<ds:Object>{all}</ds:Object>");
            }
            format!("<ds:Signature>{all}</ds:Signature>")
        }),
        ("an empty one", "<ds:Signature/>".to_owned()),
    ] {
        // What is asked is what the bus does: the sender's own digest is taken by name, so these must not be taken for his.
        let template = bus.forge.template();
        let signed = sign_around(&bus, &template, &content);
        bus.forget_peak();
        let (before, _) = bus.memory();
        bus.serves(name, signed);
        let growth = bus.memory().1.saturating_sub(before);
        if growth > MEMORY {
            bus.trouble(format!("{name}: {} MiB more resident", growth >> 20));
        }
    }
    bus.account();
}

/// Another official with a certificate of megabytes in each message: they may not be kept without end.
#[test]
fn certificates_of_officials_as_large_as_messages() {
    /// Messages after which as much memory is in use as ever will be.
    const USUAL: u8 = 6;
    /// Ten more would leave 120 MiB behind if they were kept.
    const KEPT: u64 = 64 << 20;
    /// Small messages after them, among which what is only under way (compression, the index) comes to its end.
    const SETTLING: u8 = 12;
    let mut bus = Bus::running();
    let own = bus.forge.identity().certificate().clone();
    let large = "О".repeat(1_500_000);
    let serve = |bus: &mut Bus, seed: u8, organization: &str| {
        let request = CertificateRequest {
            common_name: "Иванов Иван",
            organization,
            algorithm: Algorithm::Gost2012_256,
            parameter_set: None,
            not_before: own.not_before(),
            not_after: own.not_after(),
        };
        let official = self_signed(&request, &Extras::default(), &[seed; 64]).unwrap();
        let certificate = Base64::encode_string(official.certificate().der());
        let signature = official_by(TRANSFORM, "#body", &Base64::encode_string(&[1; 64]), &certificate);
        let message = sign_around(bus, &bus.forge.template(), &signature);
        bus.serves(format!("official {seed}"), message);
        bus.memory().0
    };
    let before = (1..=USUAL).map(|seed| serve(&mut bus, seed, &large)).last().unwrap_or_default();
    for seed in 1..=10 {
        serve(&mut bus, USUAL + seed, &large);
    }
    let after = (1..=SETTLING).map(|seed| serve(&mut bus, USUAL + 10 + seed, "О")).min().unwrap_or_default();
    let growth = after.saturating_sub(before);
    if growth > KEPT {
        bus.trouble(format!("{} MiB more stay resident", growth >> 20));
    }
    bus.account();
}

/// The sender's signature over a Body that holds other signatures.
fn sign_around(bus: &Bus, template: &str, content: &str) -> String {
    let template = edit(template, "<op:TaskNumber>", &format!("{content}<op:TaskNumber>"));
    let octets = super::forge::canonical(&template, &xmldsig::Part::Body);
    let algorithm = bus.forge.identity().key().algorithm();
    let digest = Base64::encode_string(&xmldsig::digest(algorithm, &octets));
    let filled = template.replace("@digest:Body@", &digest);
    // Only one SignedInfo may be there when its canonical form is asked for.
    let alone = bus.forge.sign(&edit(&filled, content, ""));
    edit(&alone, "<op:TaskNumber>", &format!("{content}<op:TaskNumber>"))
}

/// Where a service asks for officials' signatures, a bad one, a missing one and one that nobody can judge are refused.
#[test]
fn officials_required() {
    let mut bus = Bus::prepared(|region| {
        let sid = "sid = \"SID0064001\"\n";
        region.edit("routes.d/services.toml", sid, &format!("{sid}official_signature = \"require\"\n"));
    });
    let template = bus.forge.template();
    let none = bus.forge.sign(&template);
    bus.refuses("none", &["SMEV-102000"], none);
    let bomb = zip(&[("f".to_owned(), deflated_run(400_000), 100), ("f.sig".to_owned(), deflated_run(1), 259)]);
    let template = with_document(&bus.forge.template(), &Base64::encode_string(&bomb));
    let attack = bus.forge.sign(&template);
    bus.refuses("a bomb", &["SMEV-102000"], attack);
    let template = bus.forge.template();
    let attack = sign_around(&bus, &template, &format!("<ds:Signature xmlns:ds=\"{DS}\"/>"));
    bus.refuses("an empty signature", &["SMEV-102000"], attack);
    let accepted = bus.region.audit()["accepted"].as_u64().unwrap();
    bus.tell(accepted);
    assert_eq!(accepted, 0);
}
