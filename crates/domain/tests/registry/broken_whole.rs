//! Mistakes that only the whole registry shows: what is declared twice, not at all, or contradicts something else.

use crate::broken::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        mistake: "one certificate for two systems",
        file: "routes.toml",
        from: r#"certificates = ["certs/is/zags.pem"]"#,
        to: r#"certificates = ["certs/is/rpgu.pem"]"#,
        said: r"routes.toml:87:1: system.certificates: rpgu.pem is registered for ZAGS01641 already at routes.toml:73
  hint: each system needs a certificate of its own: order another one",
    },
    Case {
        mistake: "a certificate on trial that is another system's",
        file: "routes.toml",
        from: r#"certificates = ["certs/is/zags.pem"]"#,
        to: r#"certificates = ["certs/is/zags.pem"]
trial_certificates = ["certs/is/rpgu.pem"]"#,
        said: r"routes.toml:88:1: system.certificates: rpgu.pem is registered for ZAGS01641 already at routes.toml:73
  hint: each system needs a certificate of its own: order another one",
    },
    Case {
        mistake: "revocation lists of nobody",
        file: "routes.toml",
        from: r#"anchors = ["certs/ca/test-ca.pem"]"#,
        to: r#"crl_directory = "crl""#,
        said: r"routes.toml:23:17: trust.crl_directory: names revocation lists, but there is no authority whose signature they could bear
  hint: write the authorities into anchors",
    },
    Case {
        mistake: "officials without an authority",
        file: "routes.toml",
        from: r#"anchors = ["certs/ca/test-ca.pem"]"#,
        to: r#"[[service]]
sid = "SID0009999"
version = "1.00"
name = "Заявления"
owner = "ZAGS"
provider = "ZAGS01641"
access = "open"
official_signature = "require""#,
        said: r"routes.toml:23:1: service.official_signature: demands signatures of officials, but there is no authority to know their certificates by
  hint: write the authorities into [trust] anchors",
    },
    Case {
        mistake: "a list of every authority, but no place for it",
        file: "routes.toml",
        from: r#"anchors = ["certs/ca/test-ca.pem"]"#,
        to: r#"anchors = ["certs/ca/test-ca.pem"]
crl = "always""#,
        said: r#"routes.toml:24:7: trust.crl: asks for a revocation list of every authority, but names no directory of lists
  hint: add a line: crl_directory = "crl""#,
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
  allowed: a path relative to the directory of this file, or pkcs11:token=…;object=…?module-path=/…&pin-source=file:…
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
