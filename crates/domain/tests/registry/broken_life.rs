//! Mistakes in the life of services: stages, days, cut-overs, windows of maintenance, routes that are tried out, messages of rights.

use crate::broken::Case;

pub(crate) const CASES: &[Case] = &[
    Case {
        mistake: "a cut-over without its version",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[cutover]]
consumer = "SOCZ01641"
service = "SID6400001""#,
        said: r"routes.toml:176:1: cutover.version: is missing
  allowed: one or two digits, a point, two digits, such as 1.00
  hint: add a line: version = …",
    },
    Case {
        mistake: "a cut-over to a version that is not declared",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[cutover]]
consumer = "SOCZ01641"
service = "SID6400001"
version = "3.00""#,
        said: r"routes.toml:179:11: cutover.version: SID6400001 has no version 3.00
  allowed: 1.00, 2.00
  hint: choose a declared version, or leave the key out for all of them",
    },
    Case {
        mistake: "a cut-over of a system that is not declared",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[cutover]]
consumer = "SOCZ01642"
service = "SID6400001"
version = "1.00""#,
        said: r#"routes.toml:177:12: cutover.consumer: no system "SOCZ01642" is declared
  allowed: ADMS01641, FNS001001, RPGU01641, SOCZ01641, ZAGS01641
  hint: did you mean "SOCZ01641"?"#,
    },
    Case {
        mistake: "a consumer moved to two versions",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[cutover]]
consumer = "SOCZ01641"
service = "SID6400001"
version = "1.00"
[[cutover]]
consumer = "SOCZ01641"
service = "SID6400001"
version = "2.00""#,
        said: r"routes.toml:180:1: cutover: SOCZ01641 has its version of SID6400001 already at routes.toml:176
  hint: take one of the two out",
    },
    Case {
        mistake: "a key of a cut-over misspelt",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[cutover]]
consumer = "SOCZ01641"
service = "SID6400001"
version = "1.00"
until = 2026-12-31"#,
        said: r"routes.toml:180:1: cutover.until: is not a known key
  allowed: consumer, service, version
  hint: take it out: it would have no effect",
    },
    Case {
        mistake: "a window of nothing",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[maintenance]]
from = 2026-12-01T22:00:00+03:00
until = 2026-12-02T02:00:00+03:00
reason = "замена сервера""#,
        said: r"routes.toml:176:1: maintenance: does not say what rests
  allowed: service (with or without version), or system
  hint: add a line: service = … for one service, or system = … for all that a system provides",
    },
    Case {
        mistake: "a window of a system and of a service",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[maintenance]]
system = "ZAGS01641"
service = "SID6400001"
from = 2026-12-01T22:00:00+03:00
until = 2026-12-02T02:00:00+03:00
reason = "замена сервера""#,
        said: r"routes.toml:178:11: maintenance.service: stands beside system
  hint: announce the window of the system and that of the service apart",
    },
    Case {
        mistake: "a window that ends before it begins",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[maintenance]]
service = "SID6400001"
from = 2026-12-02T02:00:00+03:00
until = 2026-12-02T01:00:00+03:00
reason = "замена сервера""#,
        said: r"routes.toml:179:9: maintenance.until: 2026-12-02T01:00:00 is not after from = 2026-12-02T02:00:00 (UTC+3)
  hint: exchange the two moments or correct one",
    },
    Case {
        mistake: "a window without an offset",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[maintenance]]
service = "SID6400001"
from = 2026-12-01T22:00:00
until = 2026-12-02T02:00:00+03:00
reason = "замена сервера""#,
        said: r"routes.toml:178:8: maintenance.from: 2026-12-01T22:00:00 is not a whole moment
  allowed: a moment without quotes and with its offset, such as 2026-12-01T22:00:00+03:00
  hint: write day, time of day and offset",
    },
    Case {
        mistake: "a moment in quotes",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[maintenance]]
service = "SID6400001"
from = "2026-12-01T22:00:00+03:00"
until = 2026-12-02T02:00:00+03:00
reason = "замена сервера""#,
        said: r#"routes.toml:178:8: maintenance.from: "2026-12-01T22:00:00+03:00" is text, not a moment
  allowed: a moment without quotes and with its offset, such as 2026-12-01T22:00:00+03:00
  hint: write it without quotes"#,
    },
    Case {
        mistake: "a day for a moment",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[maintenance]]
service = "SID6400001"
from = 2026-12-01
until = 2026-12-02T02:00:00+03:00
reason = "замена сервера""#,
        said: r"routes.toml:178:8: maintenance.from: 2026-12-01 is not a whole moment
  allowed: a moment without quotes and with its offset, such as 2026-12-01T22:00:00+03:00
  hint: write day, time of day and offset",
    },
    Case {
        mistake: "a window without a reason",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[maintenance]]
system = "ZAGS01641"
from = 2026-12-01T22:00:00+03:00
until = 2026-12-02T02:00:00+03:00"#,
        said: r"routes.toml:176:1: maintenance.reason: is missing
  allowed: text of 1 to 1000 characters on one line
  hint: add a line: reason = …",
    },
    Case {
        mistake: "a window of a system that is not declared",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[maintenance]]
system = "ZAGZ01641"
from = 2026-12-01T22:00:00+03:00
until = 2026-12-02T02:00:00+03:00
reason = "замена сервера""#,
        said: r#"routes.toml:177:10: maintenance.system: no system "ZAGZ01641" is declared
  allowed: ADMS01641, FNS001001, RPGU01641, SOCZ01641, ZAGS01641
  hint: did you mean "ZAGS01641"?"#,
    },
    Case {
        mistake: "a share of all messages",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
share = 100"#,
        said: r"routes.toml:179:9: route.share: 100 is out of range
  allowed: a whole number, from 1 to 99
  hint: choose a value within the range",
    },
    Case {
        mistake: "a share in quotes",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
share = "5 %""#,
        said: r"routes.toml:179:9: route.share: is of type string, not a number
  allowed: a whole number, from 1 to 99
  hint: write a whole number without quotes",
    },
    Case {
        mistake: "a bound for going back without a trial",
        file: "routes.toml",
        from: r#"to = "http://10.64.1.7:8080/zags""#,
        to: r#"to = "http://10.64.1.7:8080/zags"
return_at = 20"#,
        said: r"routes.toml:139:13: route.return_at: stands in a route that is not tried out: there is nothing to return to
  hint: add share or consumers, or take it out",
    },
    Case {
        mistake: "a bound for going back that is never reached",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
share = 5
return_at = 101"#,
        said: r"routes.toml:180:13: route.return_at: 101 is out of range
  allowed: a whole number, from 1 to 100
  hint: choose a value within the range",
    },
    Case {
        mistake: "a trial of nobody",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
consumers = []"#,
        said: r"routes.toml:179:13: route.consumers: is empty
  allowed: a list of: 1 to 64 of the characters A-Z a-z 0-9 _ . -
  hint: name at least one",
    },
    Case {
        mistake: "a trial by a system that is not declared",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
consumers = ["SOCZ01642"]"#,
        said: r#"routes.toml:179:14: route.consumers: no system "SOCZ01642" is declared
  allowed: ADMS01641, FNS001001, RPGU01641, SOCZ01641, ZAGS01641
  hint: did you mean "SOCZ01641"?"#,
    },
    Case {
        mistake: "two trials of the same messages",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
share = 5
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
share = 10"#,
        said: r"routes.toml:180:1: route: takes exactly the messages that the route at routes.toml:176 takes
  hint: take one of the two out, or tell them apart by version, recipient, oktmo or service_code",
    },
    Case {
        mistake: "two trials with a consumer in common",
        file: "routes.toml",
        from: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }"#,
        to: r#"to = "https://10.64.3.1/social"
tls = { ca = "certs/ca/tls-ca.pem" }
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
consumers = ["SOCZ01641", "RPGU01641"]
[[route]]
service = "SID6400001"
to = "http://10.64.1.8/zags"
consumers = ["RPGU01641"]"#,
        said: r"routes.toml:180:1: route: takes exactly the messages that the route at routes.toml:176 takes
  hint: take one of the two out, or tell them apart by version, recipient, oktmo or service_code",
    },
    Case {
        mistake: "a stage that is none",
        file: "routes.toml",
        from: r#"format = "strict""#,
        to: r#"format = "strict"
stage = "production2""#,
        said: r#"routes.toml:123:9: service.stage: "production2" is not a value of this key
  allowed: "pilot", "trial", "production"
  hint: did you mean "production"?"#,
    },
    Case {
        mistake: "the beginning of a stage as text",
        file: "routes.toml",
        from: r#"format = "strict""#,
        to: r#"format = "strict"
since = "2026-01-15""#,
        said: r#"routes.toml:123:9: service.since: "2026-01-15" is text, not a day
  allowed: a day without quotes and without time, such as 2027-12-31
  hint: write the day without quotes"#,
    },
    Case {
        mistake: "a version that ends before it begins",
        file: "routes.toml",
        from: r#"format = "strict""#,
        to: r#"format = "strict"
from = 2026-02-01
until = 2026-01-01"#,
        said: r"routes.toml:124:9: service.until: 2026-01-01 is before from = 2026-02-01
  hint: exchange the two days or correct one",
    },
    Case {
        mistake: "a format that is no digest",
        file: "routes.toml",
        from: r#"format = "strict""#,
        to: r#"format = "strict"
format_sha256 = "abc""#,
        said: r"routes.toml:123:17: service.format_sha256: is not a SHA-256 digest
  allowed: 64 hexadecimal digits
  hint: write the digest of the approved schema: sha256sum FILE.xsd",
    },
    Case {
        mistake: "a package without a name",
        file: "routes.toml",
        from: r#"format = "strict""#,
        to: r#"format = "strict"
package = """#,
        said: r"routes.toml:123:11: service.package: is empty
  allowed: a path relative to the directory of this file
  hint: write the text, or leave the key out where it may be missing",
    },
    Case {
        mistake: "messages that are none",
        file: "routes.d/access.toml",
        from: r#"ground = "постановление 88-П""#,
        to: r#"ground = "постановление 88-П"
messages = "tests""#,
        said: r#"routes.d/access.toml:22:12: access.messages: "tests" is not a value of this key
  allowed: "all", "test"
  hint: did you mean "test"?"#,
    },
    Case {
        mistake: "the number of an application as a number",
        file: "routes.d/access.toml",
        from: r#"ground = "постановление 88-П""#,
        to: r#"ground = "постановление 88-П"
application = 17"#,
        said: r#"routes.d/access.toml:22:15: access.application: is a number, not text: 17
  allowed: text of 1 to 1000 characters on one line
  hint: write it in quotes: "17""#,
    },
];
