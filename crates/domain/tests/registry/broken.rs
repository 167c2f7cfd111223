//! Mistakes an operator makes, each with exactly what is said about it.

use crate::demo::Memory;

/// An edit of the demo region, and every line that `rsmev check` prints.
struct Case {
    mistake: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    said: &'static str,
}

const CASES: &[Case] = &[
    Case {
        mistake: "a key misspelt",
        file: "routes.toml",
        from: r#"participant = "ZAGS""#,
        to: r#"particpant = "ZAGS""#,
        said: r"routes.toml:75:1: system.particpant: is not a known key
  allowed: mnemonic, participant, name, certificates, signature, key, token_sha256, codes
  hint: did you mean participant?",
    },
    Case {
        mistake: "a key that does not exist",
        file: "routes.toml",
        from: r#"contour = "test""#,
        to: r#"contour = "test"
retries = 3"#,
        said: r"routes.toml:12:1: node.retries: is not a known key
  allowed: id, mnemonic, name, certificate, key, contour, algorithms
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
  allowed: include, limits, node, listen, journal, trust, federal, participant, system, service, route, access
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
  allowed: "regional", "municipal", "federal", "portal", "mfc"
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
  allowed: a whole number and B, KiB, MiB or GiB, such as "10 MiB", from 4 KiB to 1 GiB
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
  allowed: a whole number and B, KiB, MiB or GiB, such as "10 MiB", from 4 KiB to 1 GiB
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
  allowed: message_bytes, http_header_bytes, header_bytes, depth, elements, attributes_per_element, name_bytes, attribute_value_bytes, text_bytes, field_bytes, security_blocks, ids, mime_parts, connections, connections_per_peer, work_in_flight, bytes_in_flight, consumer_in_flight, provider_in_flight, connect_timeout_ms, answer_deadline_ms, request_read_ms, tls_handshake_ms, idle_ms, drain_ms, registry_files_bytes
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
    Case {
        mistake: "one certificate for two systems",
        file: "routes.toml",
        from: r#"certificates = ["certs/is/zags.pem"]"#,
        to: r#"certificates = ["certs/is/rpgu.pem"]"#,
        said: r"routes.toml:87:1: system.certificates: rpgu.pem is registered for ZAGS01641 already at routes.toml:73
  hint: each system needs a certificate of its own: order another one",
    },
    Case {
        mistake: "a code that is another participant's mnemonic",
        file: "routes.toml",
        from: r#"codes = ["SOC"]"#,
        to: r#"codes = ["SOC", "ZAGS01641"]"#,
        said: r#"routes.toml:71:17: system.codes: "ZAGS01641" is the mnemonic of a system of ZAGS
  hint: a code may belong to one participant only: take it out of one of the two"#,
    },
    Case {
        mistake: "a key of a system that signs itself",
        file: "routes.toml",
        from: r#"signature = "hosted""#,
        to: r#"signature = "own""#,
        said: r#"routes.toml:84:7: system.key: stands beside signature = "own"
  hint: take it out, or write signature = "hosted" if the bus is to sign for the system
routes.toml:85:16: system.token_sha256: stands beside signature = "own"
  hint: take it out, or write signature = "hosted" if the bus is to sign for the system"#,
    },
    Case {
        mistake: "a hosted system without its key",
        file: "routes.toml",
        from: r#"key = "certs/is/adms.key.pem"
"#,
        to: "",
        said: r"routes.toml:79:1: system.key: is missing
  allowed: a path relative to the directory of this file
  hint: add a line: key = …",
    },
    Case {
        mistake: "the token instead of its digest",
        file: "routes.toml",
        from: r#"token_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08""#,
        to: r#"token_sha256 = "top-secret-token""#,
        said: r#"routes.toml:85:16: system.token_sha256: is not a SHA-256 digest
  allowed: 64 hexadecimal digits
  hint: write the digest of the token, not the token: printf %s "$TOKEN" | sha256sum"#,
    },
    Case {
        mistake: "a system declared twice",
        file: "routes.toml",
        from: r#"mnemonic = "ZAGS01641""#,
        to: r#"mnemonic = "SOCZ01641""#,
        said: r#"routes.toml:74:12: system.mnemonic: system SOCZ01641 is already declared at routes.toml:66
  hint: take one of the two out, or correct its name
routes.toml:120:12: service.provider: no system "ZAGS01641" is declared
  allowed: ADMS01641, FNS001001, RPGU01641, SOCZ01641
  hint: declare it: [[system]] with mnemonic = "ZAGS01641"
routes.toml:132:12: service.provider: no system "ZAGS01641" is declared
  allowed: ADMS01641, FNS001001, RPGU01641, SOCZ01641
  hint: declare it: [[system]] with mnemonic = "ZAGS01641""#,
    },
    Case {
        mistake: "a participant that is not declared",
        file: "routes.toml",
        from: r#"owner = "FNS0""#,
        to: r#"owner = "FNSO""#,
        said: r#"routes.toml:105:9: service.owner: no participant "FNSO" is declared
  allowed: ADMS, FNS0, RPGU, SOCZ, ZAGS
  hint: did you mean "FNS0"?"#,
    },
    Case {
        mistake: "a provider that is not declared",
        file: "routes.toml",
        from: r#"provider = "FNS001001""#,
        to: r#"provider = "MVDR01001""#,
        said: r#"routes.toml:106:12: service.provider: no system "MVDR01001" is declared
  allowed: ADMS01641, FNS001001, RPGU01641, SOCZ01641, ZAGS01641
  hint: declare it: [[system]] with mnemonic = "MVDR01001""#,
    },
    Case {
        mistake: "a right for a system that is not declared",
        file: "routes.d/access.toml",
        from: r#"consumer = "SOCZ01641""#,
        to: r#"consumer = "SOCZ01642""#,
        said: r#"routes.d/access.toml:4:12: access.consumer: no system "SOCZ01642" is declared
  allowed: ADMS01641, FNS001001, RPGU01641, SOCZ01641, ZAGS01641
  hint: did you mean "SOCZ01641"?"#,
    },
    Case {
        mistake: "a right to a service that is not declared",
        file: "routes.d/access.toml",
        from: r#"service = "SID0003245""#,
        to: r#"service = "SID0003254""#,
        said: r#"routes.d/access.toml:5:11: access.service: no service "SID0003254" is declared
  allowed: SID0003245, SID6400001, SID6400002
  hint: did you mean "SID0003245"?"#,
    },
    Case {
        mistake: "a right to a version that is not declared",
        file: "routes.d/access.toml",
        from: r#"version = "1.00""#,
        to: r#"version = "3.00""#,
        said: r"routes.d/access.toml:12:11: access.version: SID6400001 has no version 3.00
  allowed: 1.00, 2.00
  hint: choose a declared version, or leave the key out for all of them",
    },
    Case {
        mistake: "a right to an operation that is not declared",
        file: "routes.d/access.toml",
        from: r#"operations = ["getState"]"#,
        to: r#"operations = ["getStates"]"#,
        said: r#"routes.d/access.toml:13:15: access.operations: SID6400001 has no operation "getStates"
  allowed: getRecord, getState
  hint: did you mean "getState"?"#,
    },
    Case {
        mistake: "a right to an empty list of operations",
        file: "routes.d/access.toml",
        from: r#"operations = ["getState"]"#,
        to: "operations = []",
        said: r"routes.d/access.toml:13:14: access.operations: is empty
  allowed: a list of: text of 1 to 1000 characters on one line
  hint: name at least one",
    },
    Case {
        mistake: "a right that ends before it begins",
        file: "routes.d/access.toml",
        from: "until = 2026-06-30",
        to: "until = 2025-06-30",
        said: r"routes.d/access.toml:15:9: access.until: 2025-06-30 is before from = 2026-01-01
  hint: exchange the two days or correct one",
    },
    Case {
        mistake: "a day in quotes",
        file: "routes.d/access.toml",
        from: "until = 2026-06-30",
        to: r#"until = "2026-06-30""#,
        said: r#"routes.d/access.toml:15:9: access.until: "2026-06-30" is text, not a day
  allowed: a day without quotes and without time, such as 2027-12-31
  hint: write the day without quotes"#,
    },
    Case {
        mistake: "a day with a time",
        file: "routes.d/access.toml",
        from: "until = 2026-06-30",
        to: "until = 2026-06-30T12:00:00",
        said: r"routes.d/access.toml:15:9: access.until: 2026-06-30T12:00:00 has a time of day
  allowed: a day without quotes and without time, such as 2027-12-31
  hint: write the day alone: rights begin and end with the day, Moscow time",
    },
    Case {
        mistake: "a day that is not in the calendar",
        file: "routes.d/access.toml",
        from: "until = 2026-06-30",
        to: "until = 2026-02-30",
        said: r"routes.d/access.toml:15:9: is not TOML: invalid date, expected day between 01 and 28
  hint: mend it here or just before: a quote, a bracket or = may be missing",
    },
    Case {
        mistake: "a right given twice",
        file: "routes.d/access.toml",
        from: r#"consumer = "RPGU01641"
service = "SID6400002""#,
        to: r#"consumer = "SOCZ01641"
service = "SID0003245""#,
        said: r"routes.d/access.toml:18:1: access: repeats the right at routes.d/access.toml:3
  hint: take one of the two out, or let one end before the other begins",
    },
    Case {
        mistake: "two routes for the same messages",
        file: "routes.toml",
        from: r#"oktmo = "63701000001""#,
        to: r#"oktmo = "63701""#,
        said: r"routes.toml:159:1: route: takes exactly the messages that the route at routes.toml:154 takes
  hint: take one of the two out, or tell them apart by version, recipient, oktmo or service_code",
    },
    Case {
        mistake: "an OKTMO of a wrong length",
        file: "routes.toml",
        from: r#"oktmo = "63701000001""#,
        to: r#"oktmo = "6370100""#,
        said: r#"routes.toml:161:9: route.oktmo: "6370100" is not an OKTMO code
  allowed: 2, 5, 8 or 11 digits (region, district, settlement, locality)
  hint: a shorter code takes all territories below it"#,
    },
    Case {
        mistake: "a federal route without a federal node",
        file: "routes.toml",
        from: r#"[federal]
endpoint = "https://127.0.0.1:9000/gateway/services"
node_id = "00"
certificates = ["certs/federal/node.pem"]
tls = { ca = "certs/ca/tls-ca.pem", certificate = "certs/node/tls.pem", key = "certs/node/tls.key.pem" }
"#,
        to: "",
        said: r#"routes.toml:108:6: route.to: "federal", but there is no federal node here
  hint: add a table [federal], or write an address"#,
    },
    Case {
        mistake: "several versions and no default",
        file: "routes.toml",
        from: r"default = true
",
        to: "",
        said: r"routes.toml:127:1: service.default: SID6400001 has 2 versions and none is the default
  hint: write default = true under the version meant when a request names none",
    },
    Case {
        mistake: "two default versions",
        file: "routes.toml",
        from: r#"format = "strict""#,
        to: "default = true",
        said: r"routes.toml:127:1: service.default: SID6400001 has a default version already at routes.toml:115
  hint: take default = true out of one of the two",
    },
    Case {
        mistake: "settings in an included file",
        file: "routes.d/access.toml",
        from: "# The access matrix",
        to: r"[limits]
depth = 10
# The access matrix",
        said: r"routes.d/access.toml:1:1: limits: may stand in the entry file only
  hint: move it to routes.toml",
    },
    Case {
        mistake: "an included file that is not there",
        file: "routes.toml",
        from: r#"include = ["routes.d/*.toml"]"#,
        to: r#"include = ["routes.d/acces.toml"]"#,
        said: r"routes.toml:3:12: include: cannot read routes.d/acces.toml: no such file
  hint: did you mean routes.d/access.toml?",
    },
    Case {
        mistake: "a star in a directory",
        file: "routes.toml",
        from: r#"include = ["routes.d/*.toml"]"#,
        to: r#"include = ["*/access.toml"]"#,
        said: r#"routes.toml:3:12: include: "*/access.toml" has a * in a directory
  allowed: a file, or a directory and a file name with *
  hint: name the directory; * is for file names"#,
    },
    Case {
        mistake: "three mistakes at once, in two rows",
        file: "routes.toml",
        from: r#"participant = "RPGU"
certificates = ["certs/is/rpgu.pem"]
signature = "own""#,
        to: r#"participant = "RGPU"
certificates = "certs/is/rpgu.pem"
signature = true"#,
        said: r#"routes.toml:89:15: system.participant: no participant "RGPU" is declared
  allowed: ADMS, FNS0, RPGU, SOCZ, ZAGS
  hint: did you mean "RPGU"?
routes.toml:90:16: system.certificates: is of type string, not a list
  allowed: a list of: a path relative to the directory of this file
  hint: write it in square brackets
routes.toml:91:13: system.signature: is of type boolean, not text
  allowed: "own", "hosted"
  hint: write text in double quotes"#,
    },
];

#[test]
fn each_mistake_is_told_with_its_place_what_is_allowed_and_the_next_step() {
    let mut wrong = Vec::new();
    for case in CASES {
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
