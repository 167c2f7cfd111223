//! Which way a message goes and whether it may: one region, many questions.

use domain::{
    AccessQuestion, DenyReason, FaultRow, MissingReason, Mnemonic, Registry, RouteQuestion, Sid, Trying, Version,
};

use domain::registry::Route;

use crate::demo::Memory;

fn sid(text: &str) -> Sid {
    Sid::new(text).unwrap()
}

/// A message: service, version, recipient, OKTMO, service code.
type Message = (&'static str, Option<&'static str>, Option<&'static str>, Option<&'static str>, Option<&'static str>);

fn way(registry: &Registry, message: Message) -> String {
    let (service, version, recipient, oktmo, service_code) = message;
    let sid = sid(service);
    match registry.route(&RouteQuestion {
        sid: &sid,
        version,
        recipient,
        oktmo,
        service_code,
        consumer: None,
        trying: Trying::default(),
    }) {
        Ok(routed) => format!("{} {} → {}", routed.service.version, routed.provider.mnemonic, routed.endpoint.url),
        Err(missing) => format!("{:?}: {missing}", missing.fault_row()),
    }
}

#[test]
fn the_most_specific_route_wins() {
    let registry = Memory::demo().loaded();
    let cases: &[(Message, &str)] = &[
        (("SID0003245", None, None, None, None), "1.00 FNS001001 → https://127.0.0.1:9000/gateway/services/SID0003245"),
        (
            ("SID0003245", Some("1.00"), None, None, None),
            "1.00 FNS001001 → https://127.0.0.1:9000/gateway/services/SID0003245/1.00",
        ),
        (("SID6400001", None, None, None, None), "2.00 ZAGS01641 → http://10.64.1.7:8080/zags"),
        (("SID6400001", Some("1.00"), None, None, None), "1.00 ZAGS01641 → http://10.64.1.7:8080/zags-old"),
        (("SID6400001", Some("2.00"), Some("x"), Some("y"), Some("z")), "2.00 ZAGS01641 → http://10.64.1.7:8080/zags"),
        (("SID6400002", None, None, Some("63701000"), None), "1.00 ADMS01641 → http://10.64.2.2/adm"),
        (("SID6400002", None, None, Some("63701000001"), None), "1.00 ADMS01641 → http://10.64.2.3/adm-centre"),
        (
            ("SID6400002", None, None, Some("63701000"), Some("10000013628")),
            "1.00 ADMS01641 → http://10.64.2.4/adm-kindergarten",
        ),
        // A longer OKTMO says more than a service code, a recipient more than both.
        (
            ("SID6400002", None, None, Some("63701000001"), Some("10000013628")),
            "1.00 ADMS01641 → http://10.64.2.3/adm-centre",
        ),
        (
            ("SID6400002", None, Some("SOCZ01641"), Some("63701000001"), None),
            "1.00 SOCZ01641 → https://10.64.3.1/social",
        ),
        (
            ("SID0003246", None, None, None, None),
            "RouteEndPointUnknown: service SID0003246 is not registered on this node",
        ),
        (
            ("SID6400001", Some("3.00"), None, None, None),
            "RouteEndPointUnknown: service SID6400001 has no version 3.00, only: 1.00, 2.00",
        ),
        (
            ("SID6400002", None, None, None, None),
            "TargetRegionUnknown: service SID6400002 is given by territory, and the message has no OKTMO",
        ),
        (
            ("SID6400002", None, None, Some("63801000"), None),
            "TargetRegionUnknown: service SID6400002 is not given in the territory of OKTMO 63801000",
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(way(&registry, *message), *expected, "{message:?}");
    }
}

#[test]
fn a_route_tells_who_lost_and_why() {
    let registry = Memory::demo().loaded();
    let sid = sid("SID6400002");
    let ask = RouteQuestion {
        sid: &sid,
        version: None,
        recipient: None,
        oktmo: Some("63701000001"),
        service_code: None,
        consumer: None,
        trying: Trying::default(),
    };
    let routed = registry.route(&ask).unwrap();
    let losers: Vec<_> = routed.losers.iter().map(|loser| format!("{} {}", loser.place, loser.why)).collect();
    assert_eq!(
        losers,
        [
            "routes.toml:154 is less specific than routes.toml:159",
            "routes.toml:164 is for service code 10000013628",
            "routes.toml:170 is for recipient SOCZ01641",
        ]
    );
    let ask = RouteQuestion { recipient: Some("nobody"), oktmo: None, ..ask };
    let missing = registry.route(&ask).unwrap_err();
    assert!(matches!(&missing.reason, MissingReason::RegionUnknown { oktmo: None, known } if known.len() == 2));
    assert_eq!(missing.sentence_ru(), "сервис SID6400002 предоставляется по территориям, а в сообщении нет ОКТМО");
    assert_eq!(
        missing.operator_step_en(),
        "add [[route]] service = \"SID6400002\" with this oktmo or with none; known: 63701, 63701000001"
    );
}

fn right(registry: &Registry, (consumer, service, version, operation, at): (&str, &str, &str, &str, &str)) -> String {
    let (consumer, sid, version) = (Mnemonic::new(consumer).unwrap(), sid(service), Version::new(version).unwrap());
    let operation = (operation != "-").then_some(operation);
    let ask = AccessQuestion {
        consumer: &consumer,
        sid: &sid,
        version: &version,
        operation,
        agency: None,
        provider: None,
        test: false,
        at: at.parse().unwrap(),
    };
    match registry.permit(&ask) {
        Ok(grant) => format!("granted by {grant}"),
        Err(denied) => {
            assert_eq!(denied.fault_row(), FaultRow::NoAccessRights);
            for wire in [denied.sentence_ru(), denied.sentence_en(), denied.hint_ru().into(), denied.hint_en().into()] {
                assert!(!wire.contains(".toml") && !wire.is_empty(), "{wire}");
            }
            let row = denied.reason.row().map_or_else(String::new, |row| format!(" ({row})"));
            format!("{denied}{row}")
        }
    }
}

#[test]
fn a_right_is_a_row_in_its_days() {
    let registry = Memory::demo().loaded();
    let cases = [
        (
            ("SOCZ01641", "SID0003245", "1.00", "-", "2026-11-01T00:00:00Z"),
            "granted by routes.d/access.toml:3 заявка 17 от 2026-10-01",
        ),
        // The last day ends at midnight in Moscow.
        (
            ("SOCZ01641", "SID0003245", "1.00", "-", "2027-12-31T20:59:59Z"),
            "granted by routes.d/access.toml:3 заявка 17 от 2026-10-01",
        ),
        (
            ("SOCZ01641", "SID0003245", "1.00", "-", "2027-12-31T21:00:00Z"),
            "the right of SOCZ01641 to SID0003245 version 1.00 ended on 2027-12-31 (routes.d/access.toml:3)",
        ),
        (
            ("RPGU01641", "SID6400001", "1.00", "getState", "2025-12-31T20:59:59Z"),
            "the right of RPGU01641 to SID6400001 version 1.00 begins on 2026-01-01 (routes.d/access.toml:9)",
        ),
        (
            ("RPGU01641", "SID6400001", "1.00", "getState", "2025-12-31T21:00:00Z"),
            "granted by routes.d/access.toml:9 соглашение 4/2025",
        ),
        (
            ("RPGU01641", "SID6400001", "1.00", "getRecord", "2026-02-01T00:00:00Z"),
            "the right of RPGU01641 to SID6400001 version 1.00 does not extend to operation getRecord, only to: getState (routes.d/access.toml:9)",
        ),
        (
            ("RPGU01641", "SID6400001", "1.00", "-", "2026-02-01T00:00:00Z"),
            "the right of RPGU01641 to SID6400001 version 1.00 does not extend to operation (not named), only to: getState (routes.d/access.toml:9)",
        ),
        (
            ("RPGU01641", "SID6400001", "2.00", "getState", "2026-02-01T00:00:00Z"),
            "the right of RPGU01641 to SID6400001 version 2.00 has not been granted, only to: 1.00 (routes.d/access.toml:9)",
        ),
        (
            ("RPGU01641", "SID6400002", "1.00", "-", "1970-01-01T00:00:00Z"),
            "granted by routes.d/access.toml:18 постановление 88-П",
        ),
        // A version nobody declared is nobody's right, even where the row names no version.
        (
            ("RPGU01641", "SID6400002", "9.99", "-", "2026-02-01T00:00:00Z"),
            "the right of RPGU01641 to SID6400002 version 9.99 has not been granted, only to: 1.00 (routes.d/access.toml:18)",
        ),
        // "open" and "base_resource" are terms of application, not rights; owning a service is none either.
        (
            ("SOCZ01641", "SID6400001", "2.00", "-", "2026-02-01T00:00:00Z"),
            "the right of SOCZ01641 to SID6400001 version 2.00 has not been granted",
        ),
        (
            ("ZAGS01641", "SID6400001", "2.00", "-", "2026-02-01T00:00:00Z"),
            "the right of ZAGS01641 to SID6400001 version 2.00 has not been granted",
        ),
        (
            ("NOBODY", "SID6400001", "2.00", "-", "2026-02-01T00:00:00Z"),
            "the right of NOBODY to SID6400001 version 2.00 has not been granted",
        ),
        (
            ("SOCZ01641", "SID9999999", "1.00", "-", "2026-02-01T00:00:00Z"),
            "the right of SOCZ01641 to SID9999999 version 1.00 has not been granted",
        ),
    ];
    for (ask, expected) in cases {
        assert_eq!(right(&registry, ask), expected, "{ask:?}");
    }
}

#[test]
fn extreme_instants_are_answered() {
    let registry = Memory::demo().loaded();
    assert!(
        right(&registry, ("SOCZ01641", "SID0003245", "1.00", "-", "-009999-01-02T01:59:59Z")).starts_with("granted")
    );
    let (consumer, sid, version) =
        (Mnemonic::new("SOCZ01641").unwrap(), sid("SID0003245"), Version::new("1.00").unwrap());
    let ask = AccessQuestion {
        consumer: &consumer,
        sid: &sid,
        version: &version,
        operation: None,
        agency: None,
        provider: None,
        test: false,
        at: jiff::Timestamp::MAX,
    };
    assert!(matches!(registry.permit(&ask).unwrap_err().reason, DenyReason::Expired { .. }));
}

#[test]
fn a_denial_tells_the_operator_the_application_to_file() {
    let registry = Memory::demo().loaded();
    let (consumer, sid, version) =
        (Mnemonic::new("SOCZ01641").unwrap(), sid("SID6400001"), Version::new("2.00").unwrap());
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    let denied = registry
        .permit(&AccessQuestion {
            consumer: &consumer,
            sid: &sid,
            version: &version,
            operation: None,
            agency: None,
            provider: None,
            test: false,
            at,
        })
        .unwrap_err();
    assert_eq!(denied.sentence_ru(), "доступ системы SOCZ01641 к сервису SID6400001 версии 2.00 не предоставлен");
    assert_eq!(
        denied.operator_step_ru(),
        "если есть основание, оформите заявку: rsmev access request SOCZ01641 SID6400001 --version 2.00 …"
    );
    let json = serde_json::to_value(&denied).unwrap();
    assert_eq!(json["reason"]["reason"], "no_row");
}

/// Where a message of that consumer and draw goes, when the canaries of `returned` have gone back.
fn tried(registry: &Registry, version: Option<&str>, consumer: &str, draw: u8, returned: &[&str]) -> String {
    let sid = sid("SID6400001");
    let returned = returned.iter().map(|id| (*id).to_owned()).collect();
    let ask = RouteQuestion {
        sid: &sid,
        version,
        recipient: None,
        oktmo: None,
        service_code: None,
        consumer: Some(consumer),
        trying: Trying { draw, returned: Some(&returned) },
    };
    let routed = registry.route(&ask).unwrap();
    format!("{} {}", routed.service.version, routed.endpoint.url.trim_start_matches("http://10.64.1."))
}

const NEW: &str = "SID6400001 * http://10.64.1.8/new";
const PILOT: &str = "SID6400001 * http://10.64.1.9/pilot";

/// A message and its way: version, consumer, draw, canaries that have gone back.
type Tried = (Option<&'static str>, &'static str, u8, &'static [&'static str], &'static str);

/// The demo region with more rows at the end of its entry file.
fn with(rows: &str) -> Registry {
    let last = "tls = { ca = \"certs/ca/tls-ca.pem\" }";
    Memory::demo().edited("routes.toml", last, &format!("{last}\n{rows}")).loaded()
}

#[test]
fn a_canary_takes_its_consumers_or_its_share_until_it_goes_back() {
    let route = "[[route]]\nservice = \"SID6400001\"\n";
    let registry = with(&format!(
        "{route}to = \"http://10.64.1.8/new\"\nshare = 5\nreturn_at = 20\n\
         {route}to = \"http://10.64.1.9/pilot\"\nconsumers = [\"SOCZ01641\"]\nreturn_at = 50\n"
    ));
    let cases: &[Tried] = &[
        (None, "RPGU01641", 0, &[], "2.00 8/new"),
        (None, "RPGU01641", 4, &[], "2.00 8/new"),
        (None, "RPGU01641", 5, &[], "2.00 7:8080/zags"),
        (None, "RPGU01641", 99, &[], "2.00 7:8080/zags"),
        (None, "RPGU01641", 0, &[NEW], "2.00 7:8080/zags"),
        // A named consumer says more than a share; further codes of it are its names too.
        (None, "SOCZ01641", 0, &[], "2.00 9/pilot"),
        (None, "SOC", 99, &[], "2.00 9/pilot"),
        (None, "SOCZ01641", 0, &[PILOT], "2.00 8/new"),
        (None, "SOCZ01641", 99, &[PILOT], "2.00 7:8080/zags"),
        (None, "SOCZ01641", 0, &[PILOT, NEW], "2.00 7:8080/zags"),
        // A route that names the version says more than a trial that does not.
        (Some("1.00"), "SOCZ01641", 0, &[], "1.00 7:8080/zags-old"),
    ];
    for (version, consumer, draw, returned, expected) in cases {
        assert_eq!(tried(&registry, *version, consumer, *draw, returned), *expected, "{consumer} {draw} {returned:?}");
    }
    let canaries: Vec<_> = registry.routes().iter().filter(|route| route.is_canary()).map(Route::canary_id).collect();
    assert_eq!(canaries, [NEW, PILOT]);
    let of_version = with(&format!("{route}version = \"1.00\"\nto = \"http://10.64.1.8/new\"\nshare = 5\n"));
    let id = of_version.routes().iter().find(|route| route.is_canary()).unwrap().canary_id();
    assert_eq!(id, "SID6400001 1.00 http://10.64.1.8/new", "a trial of one version is another trial");
}

#[test]
fn a_share_is_the_share_of_conversations() {
    let below =
        |share: u8| (0..10_000).filter(|number| Trying::draw_of(&format!("conversation {number}")) < share).count();
    for share in [1, 5, 50, 99] {
        let (found, expected) = (below(share), usize::from(share) * 100);
        assert!(found.abs_diff(expected) < 250, "{share} %: {found} of 10000");
    }
    assert!((0..10_000).all(|number: u32| Trying::draw_of(&number.to_string()) < 100));
    assert_eq!(Trying::draw_of("a"), Trying::draw_of("a"), "the same for all messages of a conversation");
}

#[test]
fn a_cut_over_moves_one_consumer_where_it_names_no_version() {
    let registry = with(
        "[[cutover]]\nconsumer = \"SOCZ01641\"\nservice = \"SID6400001\"\nversion = \"1.00\"\n\
         [[cutover]]\nconsumer = \"SOCZ01641\"\nservice = \"SID0003245\"\nversion = \"1.00\"",
    );
    for (version, consumer, expected) in [
        (None, "SOCZ01641", "1.00 7:8080/zags-old"),
        (None, "SOC", "1.00 7:8080/zags-old"),
        (Some("2.00"), "SOCZ01641", "2.00 7:8080/zags"),
        (None, "RPGU01641", "2.00 7:8080/zags"),
        (None, "nobody", "2.00 7:8080/zags"),
    ] {
        assert_eq!(tried(&registry, version, consumer, 0, &[]), expected, "{version:?} {consumer}");
    }
    let federal = sid("SID0003245");
    let mut ask = RouteQuestion {
        sid: &federal,
        version: None,
        recipient: None,
        oktmo: None,
        service_code: None,
        consumer: Some("SOCZ01641"),
        trying: Trying::default(),
    };
    let url = |ask: &RouteQuestion<'_>| registry.route(ask).unwrap().endpoint.url;
    assert_eq!(
        url(&ask),
        "https://127.0.0.1:9000/gateway/services/SID0003245/1.00",
        "the federal node is told the version"
    );
    ask.consumer = Some("RPGU01641");
    assert_eq!(url(&ask), "https://127.0.0.1:9000/gateway/services/SID0003245");
}

#[test]
fn a_window_is_in_force_from_its_first_moment_to_the_one_before_its_end() {
    let times = "from = 2026-12-01T22:00:00+03:00\nuntil = 2026-12-02T02:00:00+03:00\nreason = \"замена сервера\"\n";
    let registry = with(&format!(
        "[[maintenance]]\nservice = \"SID6400001\"\nversion = \"2.00\"\n{times}\
         [[maintenance]]\nservice = \"SID6400002\"\n{times}\
         [[maintenance]]\nsystem = \"FNS001001\"\n{times}"
    ));
    let rests = |service: &str, version: &str, provider: &str, at: &str| {
        let (version, provider) = (Version::new(version).unwrap(), Mnemonic::new(provider).unwrap());
        let at = at.parse().unwrap();
        registry.resting(&sid(service), &version, &provider, at).map(|window| window.place.line)
    };
    let within = "2026-12-01T20:00:00Z";
    assert_eq!(rests("SID6400001", "2.00", "ZAGS01641", "2026-12-01T18:59:59Z"), None);
    assert_eq!(rests("SID6400001", "2.00", "ZAGS01641", "2026-12-01T19:00:00Z"), Some(176));
    assert_eq!(rests("SID6400001", "2.00", "ZAGS01641", "2026-12-01T22:59:59.999Z"), Some(176));
    assert_eq!(rests("SID6400001", "2.00", "ZAGS01641", "2026-12-01T23:00:00Z"), None);
    assert_eq!(rests("SID6400001", "1.00", "ZAGS01641", within), None, "the other version works");
    assert_eq!(rests("SID6400002", "1.00", "ADMS01641", within), Some(182), "all versions");
    assert_eq!(rests("SID0003245", "1.00", "FNS001001", within), Some(187), "all that the system provides");
    assert_eq!(rests("SID6400002", "7.00", "SOCZ01641", within), Some(182), "whoever provides it");
}
