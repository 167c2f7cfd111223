//! Mistakes an operator makes, each with exactly what is said about it. Those of the whole stand in `broken_whole`.

use crate::demo::Memory;
use crate::{broken_life, broken_people, broken_whole, secrets};

/// An edit of the demo region, and every line that `rsmev check` prints.
pub(crate) struct Case {
    pub(crate) mistake: &'static str,
    pub(crate) file: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) said: &'static str,
}

#[test]
fn each_mistake_is_told_with_its_place_what_is_allowed_and_the_next_step() {
    let mut wrong = Vec::new();
    let of_the_whole = broken_whole::CASES.iter().chain(broken_life::CASES).chain(broken_people::CASES);
    for case in CASES.iter().chain(of_the_whole).chain(secrets::CASES).chain(secrets::KEY_CASES) {
        let said = match Memory::demo().edited(case.file, case.from, case.to).load() {
            Ok(_) => "(loaded)".to_owned(),
            Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        };
        if said != case.said {
            wrong.push(format!("== {}\n{said}\n-- expected\n{}", case.mistake, case.said));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const CASES: &[Case] = &[
    Case {
        mistake: "a key misspelt",
        file: "routes.toml",
        from: r#"participant = "ZAGS""#,
        to: r#"particpant = "ZAGS""#,
        said: r"routes.toml:75:1: system.particpant: is not a known key
  allowed: mnemonic, participant, name, certificates, trial_certificates, signature, key, key_passphrase_file, token_sha256, codes, agencies, suspended
  hint: did you mean participant?",
    },
    Case {
        mistake: "a key that does not exist",
        file: "routes.toml",
        from: r#"contour = "test""#,
        to: r#"contour = "test"
retries = 3"#,
        said: r"routes.toml:12:1: node.retries: is not a known key
  allowed: id, mnemonic, name, certificate, key, key_passphrase_file, contour, algorithms
  hint: take it out: it would have no effect",
    },
    Case {
        mistake: "a key left out",
        file: "routes.d/access.toml",
        from: r#"
ground = "постановление 88-П""#,
        to: "",
        said: r"routes.d/access.toml:18:1: access.ground: is missing
  allowed: text of 1 to 1000 characters on one line
  hint: add a line: ground = …",
    },
    Case {
        mistake: "no table [node]",
        file: "routes.toml",
        from: "[node]",
        to: "[nodes]",
        said: r"routes.toml:5:2: nodes: is not a known key
  allowed: include, limits, node, listen, journal, trust, approval, federal, participant, system, service, route, access, contact, officer, cutover, maintenance
  hint: did you mean node?",
    },
    Case {
        mistake: "rows where one table is meant",
        file: "routes.toml",
        from: "[trust]",
        to: "[[trust]]",
        said: r"routes.toml:22:1: trust: is of type array, not a table
  hint: write it as [trust], once",
    },
    Case {
        mistake: "a value where rows are meant",
        file: "routes.d/access.toml",
        from: "# The access matrix",
        to: r#"participant = "SOCZ"
# The access matrix"#,
        said: r"routes.d/access.toml:1:15: participant: must be rows
  hint: write each row under a line [[participant]]",
    },
    Case {
        mistake: "a quote left out",
        file: "routes.toml",
        from: r#"admin = "127.0.0.1:8081""#,
        to: r#"admin = "127.0.0.1:8081"#,
        said: r#"routes.toml:16:24: is not TOML: invalid basic string, expected `"`
  hint: mend it here or just before: a quote, a bracket or = may be missing"#,
    },
    Case {
        mistake: "a word outside the list",
        file: "routes.toml",
        from: r#"kind = "portal""#,
        to: r#"kind = "portall""#,
        said: r#"routes.toml:56:8: participant.kind: "portall" is not a value of this key
  allowed: "regional", "municipal", "federal", "portal", "mfc", "node"
  hint: did you mean "portal"?"#,
    },
    Case {
        mistake: "a mnemonic with a Cyrillic letter",
        file: "routes.toml",
        from: r#"mnemonic = "ZAGS01641""#,
        to: r#"mnemonic = "ZАGS01641""#,
        said: r#"routes.toml:74:12: system.mnemonic: "ZАGS01641" is not a mnemonic
  allowed: 1 to 64 of the characters A-Z a-z 0-9 _ . -
  hint: it holds letters that are not Latin, perhaps look-alikes: type it anew on a Latin keyboard"#,
    },
    Case {
        mistake: "a limit without its unit",
        file: "routes.toml",
        from: r#"message_bytes = "5 MiB""#,
        to: "message_bytes = 5242880",
        said: r#"routes.toml:32:17: limits.message_bytes: 5242880 has no unit
  allowed: a whole number and B, KiB, MiB or GiB, such as "10 MiB", from 4 KiB to 48 MiB
  hint: write "5 MiB""#,
    },
    Case {
        mistake: "a duration without its unit",
        file: "routes.toml",
        from: r#"answer_deadline_ms = "45 s""#,
        to: "answer_deadline_ms = 45",
        said: r#"routes.toml:33:22: limits.answer_deadline_ms: 45 has no unit
  allowed: a whole number and ms, s, min or h, such as "30 s", from 10 ms to 1 h
  hint: write "45 s" or "45 ms""#,
    },
    Case {
        mistake: "a limit in decimal units",
        file: "routes.toml",
        from: r#"message_bytes = "5 MiB""#,
        to: r#"message_bytes = "5 MB""#,
        said: r#"routes.toml:32:17: limits.message_bytes: "5 MB" is not a size
  allowed: a whole number and B, KiB, MiB or GiB, such as "10 MiB", from 4 KiB to 48 MiB
  hint: write a whole number and one of the units"#,
    },
    Case {
        mistake: "a limit out of range",
        file: "routes.toml",
        from: "depth = 80",
        to: "depth = 100000",
        said: r"routes.toml:34:9: limits.depth: 100000 is out of range
  allowed: a whole number, from 8 to 256
  hint: choose a value within the range",
    },
    Case {
        mistake: "a limit misspelt",
        file: "routes.toml",
        from: "depth = 80",
        to: "deepth = 80",
        said: r"routes.toml:34:1: limits.deepth: is not a known key
  allowed: message_bytes, http_header_bytes, header_bytes, depth, elements, attributes_per_element, namespaces_in_scope, name_bytes, attribute_value_bytes, text_bytes, field_bytes, security_blocks, ids, mime_parts, connections, connections_per_peer, work_in_flight, bytes_in_flight, consumer_in_flight, provider_in_flight, connect_timeout_ms, answer_deadline_ms, request_read_ms, tls_handshake_ms, idle_ms, drain_ms, replay_window_ms, replay_entries, stranger_bytes_per_hour, crl_bytes, registry_files_bytes
  hint: did you mean depth?",
    },
    Case {
        mistake: "memory for less than one message",
        file: "routes.toml",
        from: "depth = 80",
        to: r#"bytes_in_flight = "1 MiB""#,
        said: r"routes.toml:31:1: limits.bytes_in_flight: is smaller than limits.message_bytes: the largest message could never be taken
  hint: raise bytes_in_flight or lower message_bytes",
    },
    Case {
        mistake: "a service's bound above that of the bus",
        file: "routes.toml",
        from: r#"message_bytes = "1 MiB""#,
        to: r#"message_bytes = "1 GiB""#,
        said: r#"routes.toml:109:17: service.message_bytes: 1 GiB is out of range
  allowed: a whole number and B, KiB, MiB or GiB, such as "10 MiB", from 1 KiB to 5 MiB
  hint: choose a value within the range"#,
    },
    Case {
        mistake: "a host name for a socket",
        file: "routes.toml",
        from: r#"soap = "127.0.0.1:8080""#,
        to: r#"soap = "localhost:8080""#,
        said: r#"routes.toml:15:8: listen.soap: "localhost:8080" is not an address and a port
  allowed: an IP address and a port, such as "127.0.0.1:8080"
  hint: write the address in figures: names are not looked up here"#,
    },
    Case {
        mistake: "one socket twice",
        file: "routes.toml",
        from: r#"admin = "127.0.0.1:8081""#,
        to: r#"admin = "127.0.0.1:8080""#,
        said: r"routes.toml:16:9: listen.admin: 127.0.0.1:8080 is the address of listen.soap too
  hint: give the admin plane a port of its own",
    },
    Case {
        mistake: "an address without its scheme",
        file: "routes.toml",
        from: r#"to = "http://10.64.2.2/adm""#,
        to: r#"to = "10.64.2.2/adm""#,
        said: r#"routes.toml:157:6: route.to: "10.64.2.2/adm" is not an address
  allowed: "federal", or an address such as "http://10.1.2.3:8080/path" (http or https)
  hint: write scheme, host, port and path without spaces"#,
    },
    Case {
        mistake: "a password in an address",
        file: "routes.toml",
        from: r#"to = "http://10.64.2.2/adm""#,
        to: r#"to = "http://bus:secret@10.64.2.2/adm""#,
        said: r#"routes.toml:157:6: route.to: holds a user name or a password
  allowed: "federal", or an address such as "http://10.1.2.3:8080/path" (http or https)
  hint: take it out: an endpoint knows the bus by its client certificate (tls)"#,
    },
    Case {
        mistake: "TLS material beside an address without TLS",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social""#,
        to: r#"to = "http://10.64.3.1/social""#,
        said: r"routes.toml:175:7: route.tls: stands beside an address without TLS
  hint: write https:// or take tls out",
    },
    Case {
        mistake: "half a client certificate",
        file: "routes.toml",
        from: r#"tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"tls = { ca = "certs/ca/tls-ca.pem", key = "certs/node/tls.key.pem" }"#,
        said: r"routes.toml:175:7: route.tls.certificate: is missing
  allowed: a path relative to the directory of this file
  hint: add a line: certificate = …",
    },
    Case {
        mistake: "test algorithms in production",
        file: "routes.toml",
        from: r#"contour = "test""#,
        to: r#"contour = "production""#,
        said: r#"routes.toml:12:14: node.algorithms: "gost-and-test" in the production contour
  allowed: "gost"
  hint: write algorithms = "gost", or contour = "test" where no real data flow"#,
    },
    Case {
        mistake: "a certificate that is not there",
        file: "routes.toml",
        from: r#"certificates = ["certs/is/zags.pem"]"#,
        to: r#"certificates = ["certs/is/zagz.pem"]"#,
        said: r"routes.toml:76:17: system.certificates: cannot read certs/is/zagz.pem: no such file
  hint: did you mean certs/is/zags.pem?",
    },
    Case {
        mistake: "a system without certificates",
        file: "routes.toml",
        from: r#"certificates = ["certs/is/zags.pem"]"#,
        to: "certificates = []",
        said: r"routes.toml:76:16: system.certificates: is empty
  allowed: a list of: a path relative to the directory of this file
  hint: name at least one",
    },
];
