//! Mistakes in what the registry says of people and papers: contacts, officers, agreements, suspensions, agencies, approval.

use crate::broken::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        mistake: "a contact without a role",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[contact]]
participant = "ZAGS"
name = "Дежурный"
phone = "+7 8452 000000""#,
        said: r#"routes.toml:176:1: contact.role: is missing
  allowed: "head", "technical", "security", "access"
  hint: add a line: role = …"#,
    },
    Case {
        mistake: "a role that is none",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[contact]]
participant = "ZAGS"
name = "Дежурный"
role = "tehnical""#,
        said: r#"routes.toml:179:8: contact.role: "tehnical" is not a value of this key
  allowed: "head", "technical", "security", "access"
  hint: did you mean "technical"?"#,
    },
    Case {
        mistake: "a contact of nobody",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[contact]]
participant = "ZAGZ"
name = "Дежурный"
role = "head""#,
        said: r#"routes.toml:177:15: contact.participant: no participant "ZAGZ" is declared
  allowed: ADMS, FNS0, RPGU, SOCZ, ZAGS
  hint: did you mean "ZAGS"?"#,
    },
    Case {
        mistake: "a substitute who is not there",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[contact]]
participant = "ZAGS"
name = "Дежурный"
role = "head"
substitute = "Дежурная""#,
        said: r#"routes.toml:180:14: contact.substitute: ZAGS has no contact "Дежурная"
  hint: did you mean "Дежурный"?"#,
    },
    Case {
        mistake: "the last day of a contact as text",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[contact]]
participant = "ZAGS"
name = "Дежурный"
role = "head"
until = "2027-01-01""#,
        said: r#"routes.toml:180:9: contact.until: "2027-01-01" is text, not a day
  allowed: a day without quotes and without time, such as 2027-12-31
  hint: write the day without quotes"#,
    },
    Case {
        mistake: "an officer of nobody",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[officer]]
name = "Иванов И. И."
side = "ZAGZ"
certificate = "certs/is/zags.pem""#,
        said: r#"routes.toml:178:8: officer.side: no participant "ZAGZ" is declared
  allowed: ADMS, FNS0, RPGU, SOCZ, ZAGS
  hint: did you mean "ZAGS"?"#,
    },
    Case {
        mistake: "an officer without a certificate",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[officer]]
name = "Иванов И. И."
side = "operator""#,
        said: r"routes.toml:176:1: officer.certificate: is missing
  allowed: a path relative to the directory of this file
  hint: add a line: certificate = …",
    },
    Case {
        mistake: "an officer's certificate that is not there",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[officer]]
name = "Иванов И. И."
side = "operator"
certificate = "certs/officers/ivanov.pem""#,
        said: r"routes.toml:179:15: officer.certificate: cannot read certs/officers/ivanov.pem: no such file
  hint: paths are relative to the directory of the file they are written in",
    },
    Case {
        mistake: "two officers with one certificate",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[officer]]
name = "Иванов И. И."
side = "operator"
certificate = "certs/is/zags.pem"
[[officer]]
name = "Петров П. П."
side = "operator"
certificate = "certs/is/zags.pem""#,
        said: r#"routes.toml:180:1: officer.certificate: has the certificate of "Иванов И. И." at routes.toml:176
  hint: each person signs with a key of its own: order another certificate"#,
    },
    Case {
        mistake: "a side that is no code",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[officer]]
name = "Иванов И. И."
side = "оператор"
certificate = "certs/is/zags.pem""#,
        said: r#"routes.toml:178:8: officer.side: "оператор" is not a participant code
  allowed: "operator", or 1 to 32 of the characters A-Z a-z 0-9 _ -, the first a letter or digit
  hint: it holds letters that are not Latin, perhaps look-alikes: type it anew on a Latin keyboard"#,
    },
    Case {
        mistake: "an agreement without its date",
        file: "routes.toml",
        from: r#"code = "ZAGS"
"#,
        to: r#"code = "ZAGS"
agreement = { number = "12-С" }
"#,
        said: r"routes.toml:45:13: participant.agreement.date: is missing
  allowed: a day without quotes and without time, such as 2027-12-31
  hint: add a line: date = …",
    },
    Case {
        mistake: "an agreement as text",
        file: "routes.toml",
        from: r#"code = "ZAGS"
"#,
        to: r#"code = "ZAGS"
agreement = "12-С"
"#,
        said: r"routes.toml:45:13: participant.agreement: is of type string, not a table
  hint: write it as [participant.agreement], once",
    },
    Case {
        mistake: "a key of an agreement misspelt",
        file: "routes.toml",
        from: r#"code = "ZAGS"
"#,
        to: r#"code = "ZAGS"
agreement = { number = "12-С", data = 2026-01-15 }
"#,
        said: r"routes.toml:45:32: participant.agreement.data: is not a known key
  allowed: number, date
  hint: did you mean date?",
    },
    Case {
        mistake: "a suspension without a reason",
        file: "routes.toml",
        from: r#"code = "ZAGS"
"#,
        to: r#"code = "ZAGS"
suspended = ""
"#,
        said: r"routes.toml:45:13: participant.suspended: is empty
  allowed: text of 1 to 1000 characters on one line
  hint: write the text, or leave the key out where it may be missing",
    },
    Case {
        mistake: "a suspension that is no text",
        file: "routes.toml",
        from: r#"code = "ZAGS"
"#,
        to: r#"code = "ZAGS"
suspended = true
"#,
        said: r"routes.toml:45:13: participant.suspended: is of type boolean, not text
  allowed: text of 1 to 1000 characters on one line
  hint: write text in double quotes",
    },
    Case {
        mistake: "an agency that is not declared",
        file: "routes.toml",
        from: r#"codes = ["SOC"]"#,
        to: r#"codes = ["SOC"]
agencies = ["ZAGZ"]"#,
        said: r#"routes.toml:72:13: system.agencies: no participant "ZAGZ" is declared
  allowed: ADMS, FNS0, RPGU, SOCZ, ZAGS
  hint: did you mean "ZAGS"?"#,
    },
    Case {
        mistake: "agencies that are no list",
        file: "routes.toml",
        from: r#"codes = ["SOC"]"#,
        to: r#"codes = ["SOC"]
agencies = "ZAGS""#,
        said: r"routes.toml:72:12: system.agencies: is of type string, not a list
  allowed: a list of: 1 to 32 of the characters A-Z a-z 0-9 _ -, the first a letter or digit
  hint: write it in square brackets",
    },
    Case {
        mistake: "two persons as a word",
        file: "routes.toml",
        from: r"[limits]
",
        to: r#"[approval]
two_persons = "yes"

[limits]
"#,
        said: r"routes.toml:32:15: approval.two_persons: is of type string, not true or false
  allowed: true, false
  hint: write true or false without quotes",
    },
    Case {
        mistake: "approval in an included file",
        file: "routes.d/access.toml",
        from: r"# The access matrix",
        to: r"[approval]
two_persons = true
# The access matrix",
        said: r"routes.d/access.toml:1:1: approval: may stand in the entry file only
  hint: move it to routes.toml",
    },
    Case {
        mistake: "a kind that is none",
        file: "routes.toml",
        from: r#"kind = "municipal""#,
        to: r#"kind = "nodes""#,
        said: r#"routes.toml:51:8: participant.kind: "nodes" is not a value of this key
  allowed: "regional", "municipal", "federal", "portal", "mfc", "node"
  hint: did you mean "node"?"#,
    },
];
