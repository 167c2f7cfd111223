//! Routing by hand while the bus runs: canary routes that go back, maintenance, cut-over, another endpoint under load; one service
//! of many municipalities.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use serde_json::Value;

use crate::http;
use crate::process::Process;
use crate::region::{Ran, Region};

/// The service that `stand load` asks.
const LOADED: &str = "SID0064903";
/// Messages under way at once under load.
const WORKERS: usize = 4;
const DEADLINE: Duration = Duration::from_secs(60);

impl Region {
    /// So many exchanges, one after the other; how many of them failed.
    fn errors_of(&self, count: u64) -> u64 {
        let count = count.to_string();
        let words = ["stand", "load", ".", "--workers", "1", "--body-bytes", "512", "--verify-every", "0", "--json"];
        let ran = self.run(&[&words[..], &["--count", &count, "--distinct", &count]].concat());
        ran.json()["errors"].as_u64().unwrap()
    }

    fn canaries(&self) -> Value {
        self.run(&["status", "--json"]).good().json()["canaries"].clone()
    }

    fn endpoint(&self, sid: &str) -> String {
        let provider = &self.described.service(sid).unwrap().provider;
        format!("http://{}/{provider}/{sid}", self.described.agencies)
    }

    /// The step of an exchange that a system had with a service last.
    fn last(&self, kind: &str, sender: &str) -> Value {
        self.records(&["--kind", kind, "--sender", sender]).pop().unwrap()["header"].clone()
    }
}

#[test]
fn a_canary_that_fails_goes_back_by_itself_also_across_a_restart_until_told_to_try_again() {
    let mut region = Region::running();
    // Nobody listens there.
    let bad = "http://127.0.0.1:1/new";
    let begin = ["service", "canary", LOADED, "--to", bad, "--share", "50", "--reason", "новая версия", "--reload"];
    let told = region.run(&begin).good().text();
    for line in ["+[[route]]", "+share = 50", "+return_at = 20", "is tried out beside http://127.0.0.1:"] {
        assert!(told.contains(line), "{line} in {told}");
    }
    let example = region.control_example(LOADED);
    let explain = ["explain", example.to_str().unwrap(), "--service", LOADED, "--lang", "ru"];
    let told = region.run(&explain).text();
    assert!(told.contains("пробный, для 50 % сообщений: решает случай, один раз на сеанс"), "{told}");
    assert_eq!(region.errors_of(60), 4, "four of the first twenty are a fifth: then all traffic takes the route");
    let line = region.bus().says("a canary route has gone back");
    for figure in ["\"ERROR\"", "\"ends\":", "\"faults\":4", "\"return_at\":20", LOADED] {
        assert!(line.contains(figure), "{figure} in {line}");
    }
    let state = region.canaries();
    assert_eq!((&state[0]["state"], &state[0]["faults"]), (&"returned".into(), &4.into()), "{state}");
    let text = region.run(&["status"]).good().text();
    assert!(text.contains(&format!("{LOADED} * {bad} HAS GONE BACK")) && text.contains("next: mend it"), "{text}");
    let example = format!("services/{LOADED}/1.00/control-example/request.xml");
    let explain = ["explain", example.as_str(), "--service", LOADED, "--lang", "ru"];
    let told = region.run(&explain).text();
    assert!(told.contains("пробный, возвращён: слишком много обменов закончились ошибкой"), "{told}");

    assert!(region.stop_bus().success());
    region.start_bus();
    assert_eq!(region.errors_of(20), 0, "a restart does not try it again");
    let again = ["service", "canary", LOADED, "--again"];
    assert!(region.run(&[&again[..], &["--dry-run"]].concat()).good().text().contains("nothing was changed"));
    assert_eq!(region.canaries()[0]["state"], "returned");
    region.run(&again).good();
    let not_back = region.run(&again);
    assert_eq!(not_back.code, 1);
    assert!(not_back.stderr.contains("has not gone back") && not_back.stderr.contains("hint: "), "{}", not_back.stderr);
    assert_eq!(region.errors_of(40), 4, "it is tried again, and goes back again");

    region.run(&["service", "canary", LOADED, "--end", "--reload"]).good();
    assert_eq!(region.canaries(), Value::Array(Vec::new()));
    let kept = fs::read_to_string(region.path().join("data/_canary.json")).unwrap();
    assert_eq!(kept.trim(), "[]", "what has ended is forgotten");
    let changes = region.records(&["--kind", "audited"]);
    let reasons = changes.iter().filter(|record| record["header"]["audit"]["reason"] == "новая версия").count();
    assert_eq!(reasons, 1, "who changed it and why is on record: {changes:?}");
    assert_eq!(region.audit()["pending"], 0);
}

#[test]
fn what_was_tried_out_becomes_the_route() {
    let mut region = Region::without_bus();
    let new = proxy(region.described.agencies);
    region.start_bus();
    let agencies = region.described.agencies.to_string();
    let url = region.endpoint(LOADED).replace(&agencies, &new.address.to_string());
    let canary = |words: &[&str]| region.run(&[&["service", "canary", LOADED], words, &["--reload"]].concat());
    canary(&["--to", &url, "--consumers", "RPGU01641"]).good();
    assert_eq!(region.errors_of(3), 0);
    assert!(new.called.try_recv().is_err(), "the consumer that loads is none of those");
    canary(&["--consumers", "RPGU01641,SOCZ01641", "--return-at", "7"]).good();
    assert_eq!(region.errors_of(3), 0);
    new.wait_for(3);
    let state = region.canaries();
    assert_eq!((&state[0]["ends"], &state[0]["faults"], &state[0]["return_at"]), (&3.into(), &0.into(), &7.into()));

    let before = fs::read_to_string(region.path().join("routes.d/services.toml")).unwrap();
    let dry = region.run(&["service", "canary", LOADED, "--promote", "--dry-run"]).good().text();
    assert!(dry.contains("-consumers = ") && dry.contains("nothing was changed: --dry-run"), "{dry}");
    assert_eq!(fs::read_to_string(region.path().join("routes.d/services.toml")).unwrap(), before);
    canary(&["--promote"]).good();
    let after = fs::read_to_string(region.path().join("routes.d/services.toml")).unwrap();
    assert!(after.contains(&url) && !after.contains(&region.endpoint(LOADED)), "{after}");
    assert!(!after.contains("return_at") && !after.contains("consumers = "), "{after}");
    assert_eq!(region.errors_of(2), 0);
    new.wait_for(2);
    let none = canary(&["--end"]);
    assert_eq!(none.code, 1);
    assert!(none.stderr.contains("no route of SID0064903 is tried out"), "{}", none.stderr);
}

#[test]
fn a_window_of_maintenance_is_told_to_consumers_and_ends_when_it_is_cancelled() {
    let region = Region::running();
    let send = || region.run(&["stand", "send", ".", "--kind", "hosted", "--json"]).json()[0]["fault"].clone();
    assert_eq!(send(), Value::Null);
    let window = ["service", "maintenance", "SID0064001", "--until", "2099-01-01T03:00:00+03:00"];
    let no_reason = region.run(&window);
    assert_eq!((no_reason.code, no_reason.stderr.contains("--reason is needed")), (2, true));
    region.run(&[&window[..], &["--reason", "замена сервера", "--reload"]].concat()).good();
    assert_eq!(send(), "SMEV-100001");
    let refused = region.last("refused", "ARHV01641");
    let verdict = refused["verdict"].as_str().unwrap();
    assert!(verdict.contains("in maintenance until 2099-01-01 03:00:00 UTC+3: замена сервера"), "{verdict}");

    let example = fs::read(region.control_example("SID0064001")).unwrap();
    let stream = http::connect(region.described.node.soap);
    let answer = http::exchange(stream, "POST", "/gateway/services/SID0064001", &example).unwrap();
    assert_eq!(answer.status, 500);
    let after = answer.head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!(after.trim().parse::<u64>().unwrap() > 1_000_000_000, "{after}");
    let body = String::from_utf8(answer.body).unwrap();
    assert!(body.contains("сервис SID0064001 на регламентных работах до 2099-01-01 03:00:00 UTC+3"), "{body}");
    let example = region.control_example("SID0064001");
    let example = example.to_str().unwrap();
    let told = region.run(&["explain", example, "--service", "SID0064001"]).text();
    assert!(told.contains("rsmev service maintenance --cancel") && told.contains("services.toml:"), "{told}");
    let later = ["explain", example, "--service", "SID0064001", "--at", "2099-01-01T00:00:00Z"];
    assert!(!region.run(&later).text().contains("maintenance"), "the window is over at its end");

    let state = region.run(&["status"]).good().text();
    assert!(state.contains("window     SID0064001 RESTS from ") && state.contains(": замена сервера"), "{state}");
    let listed = region.run(&["service", "maintenance", "--list", "--json"]).good().json();
    assert_eq!((&listed[0]["of"], &listed[0]["state"]), (&"SID0064001".into(), &"in force".into()), "{listed}");
    let wrong = region.run(&["service", "maintenance", "SID0064010", "--cancel"]);
    assert!(wrong.stderr.contains("did you mean SID006400"), "{}", wrong.stderr);
    region.run(&["service", "maintenance", "SID0064001", "--cancel", "--reload"]).good();
    assert_eq!(send(), Value::Null);

    let of_system = ["--until", "2099-01-01T03:00:00+03:00", "--reason", "переезд", "--reload"];
    region.run(&[&["service", "maintenance", "ZAGS01641"], &of_system[..]].concat()).good();
    assert_eq!(send(), "SMEV-100001", "all that the system provides rests");
    region.run(&["service", "maintenance", "ZAGS01641", "--cancel", "--reload"]).good();
    assert_eq!(send(), Value::Null);
}

#[test]
fn one_consumer_after_the_other_is_cut_over_to_the_new_version() {
    let mut region = Region::without_bus();
    let row = "sid = \"SID0064001\"\nversion = \"1.00\"\n";
    region.edit("routes.d/services.toml", row, &format!("{row}default = true\n"));
    region.append(
        "routes.d/services.toml",
        "\n[[service]]\nsid = \"SID0064001\"\nversion = \"2.00\"\nname = \"Запись\"\nowner = \"ZAGS\"\n\
         provider = \"ZAGS01641\"\naccess = \"by_consent\"\n",
    );
    region.start_bus();
    let version = |region: &Region, kind: &str, sender: &str| {
        region.run(&["stand", "send", ".", "--kind", kind, "--service", "SID0064001", "--json"]).good();
        region.last("accepted", sender)["service_version"].clone()
    };
    let hosted = |region: &Region| version(region, "hosted", "ARHV01641");
    assert_eq!(hosted(&region), "1.00");
    let cutover = |words: &[&str]| region.run(&[&["service", "cutover", "SID0064001"], words].concat());
    let wrong = cutover(&["2.10", "--consumer", "ARHV01641"]);
    assert!(wrong.code == 1 && wrong.stderr.contains("did you mean 2.00?"), "{}", wrong.stderr);
    let wrong = cutover(&["2.00", "--consumer", "ARHV01614"]);
    assert!(wrong.code == 1 && wrong.stderr.contains("did you mean ARHV01641?"), "{}", wrong.stderr);
    cutover(&["2.00", "--consumer", "ARHV01641", "--reload"]).good();
    assert_eq!(hosted(&region), "2.00");
    assert_eq!(version(&region, "region", "MFCS01641"), "1.00", "nobody else has moved");
    cutover(&["--back", "--consumer", "ARHV01641", "--reload"]).good();
    assert_eq!(hosted(&region), "1.00");
    assert_eq!(cutover(&["--back", "--consumer", "ARHV01641"]).code, 1);
}

#[test]
fn another_endpoint_takes_over_under_load_and_no_message_is_lost() {
    let mut region = Region::without_bus();
    let (old, new) = (proxy(region.described.agencies), proxy(region.described.agencies));
    let direct = region.endpoint(LOADED);
    let agencies = region.described.agencies.to_string();
    let at = |proxy: &Proxy| direct.replace(&agencies, &proxy.address.to_string());
    region.edit("routes.d/services.toml", &direct, &at(&old));
    region.start_bus();
    let words = ["stand", "load", ".", "--seconds", "120", "--stop-when", "stop", "--workers", &WORKERS.to_string()];
    let more = ["--body-bytes", "512", "--distinct", "50", "--verify-every", "20"];
    let load = Process::start("stand load", &mut region.command(&[&words[..], &more].concat()));
    for (to, from) in [(&new, &old), (&old, &new), (&new, &old)] {
        from.wait_for(10);
        region.run(&["service", "endpoint", LOADED, &at(to), "--reload"]).good();
        while from.called.try_recv().is_ok() {}
        to.wait_for(20);
        // Messages that had begun before the switch end where they were going: one for each worker at most.
        assert!(from.called.try_iter().count() <= WORKERS, "the old endpoint is still called");
    }
    fs::write(region.path().join("stop"), "").unwrap();
    assert!(load.ended().success(), "not one exchange failed");
    let audit = region.audit();
    assert_eq!((&audit["failed"], &audit["pending"], &audit["refused"]), (&0.into(), &0.into(), &0.into()));
    assert!(audit["answered"].as_u64() >= Some(60), "{audit}");
    let nothing = region.run(&["service", "endpoint", LOADED, "1.00", &at(&new)]).good().text();
    assert!(nothing.contains("nothing to change"), "{nothing}");
    let federal = region.run(&["service", "endpoint", "SID0003245", "http://127.0.0.1:1"]);
    assert!(federal.code == 1 && federal.stderr.contains("[federal] endpoint"), "{}", federal.stderr);
}

/// Territories with the system of the stand that answers for each, and the service of the stand that it answers with.
const TERRITORIES: [(&str, &str, &str); 4] = [
    ("63", "RPGU01641", "SID0064004"),
    ("63701", "ADMS01641", "SID0064003"),
    ("63701000", "ZAGS01641", "SID0064001"),
    ("63701000001", "SOCZ01641", "SID0064002"),
];

#[test]
fn one_service_of_many_municipalities_is_answered_by_that_of_the_territory() {
    let mut region = Region::without_bus();
    let mut rows = "\n[[service]]\nsid = \"SID0064100\"\nversion = \"1.00\"\nname = \"Справка муниципалитета\"\n\
                    owner = \"ADMS\"\nprovider = \"ADMS01641\"\naccess = \"by_consent\"\n\n[[access]]\n\
                    consumer = \"SOCZ01641\"\nservice = \"SID0064100\"\nground = \"постановление 88-П\"\n"
        .to_owned();
    for (oktmo, provider, sid) in TERRITORIES {
        let to = region.endpoint(sid);
        let _ = write!(
            rows,
            "\n[[route]]\nservice = \"SID0064100\"\noktmo = \"{oktmo}\"\nprovider = \"{provider}\"\nto = \"{to}\"\n"
        );
    }
    region.append("routes.d/services.toml", &rows);
    region.start_bus();
    for (oktmo, provider) in [
        ("63", "RPGU01641"),
        ("63999000", "RPGU01641"),
        ("63701", "ADMS01641"),
        ("63701999", "ADMS01641"),
        ("63701000", "ZAGS01641"),
        ("63701000002", "ZAGS01641"),
        ("63701000001", "SOCZ01641"),
    ] {
        let message = canonical_message(&region, Some(oktmo));
        let answer = post(&region, "SID0064100", &message);
        assert_eq!(answer.status, 200, "{oktmo}: {}", String::from_utf8_lossy(&answer.body));
        let answered = region.last("answered", provider);
        assert_eq!(answered["recipient"], "SOCZ01641", "{oktmo} is answered by {provider}");
    }
    for oktmo in [Some("64701000"), Some("6"), None] {
        let answer = post(&region, "SID0064100", &canonical_message(&region, oktmo));
        let body = String::from_utf8(answer.body).unwrap();
        assert!(answer.status == 500 && body.contains("SMEV-100022"), "{oktmo:?}: {body}");
    }
    fs::write(region.path().join("canonical.xml"), canonical_message(&region, Some("63701000002"))).unwrap();
    let explain =
        |lang: &str| region.run(&["explain", "canonical.xml", "--service", "SID0064100", "--lang", lang]).good().text();
    let (ru, en) = (explain("ru"), explain("en"));
    for told in
        ["по правилу routes.d/services.toml:", "в ZAGS01641 по адресу", "для территории (ОКТМО) 63701000001", "точнее"]
    {
        assert!(ru.contains(told), "{told} in {ru}");
    }
    for told in ["by the rule at routes.d/services.toml:", "for territory (OKTMO) 63701000001", "says more"] {
        assert!(en.contains(told), "{told} in {en}");
    }
}

#[test]
fn of_two_agencies_behind_one_key_each_finds_its_own_messages() {
    let mut region = Region::without_bus();
    let row = "mnemonic = \"SOCZ01641\"\n";
    region.edit("routes.d/participants.toml", row, &format!("{row}agencies = [\"ARHV\", \"ADMS\"]\n"));
    region.start_bus();
    for agency in ["ARHV", "ADMS", "RPGU01641"] {
        let party = format!("<m:Originator><m:Code>{agency}</m:Code><m:Name>Ведомство</m:Name></m:Originator>");
        let message = signed(&region, "getRecord", "ZAGS01641", &party, "");
        let answer = post(&region, "SID0064001", &message);
        assert_eq!(answer.status, 200, "{agency}: {}", String::from_utf8_lossy(&answer.body));
    }
    for agency in ["ARHV", "ADMS"] {
        let own = region.records(&["--store", agency]);
        let told: Vec<_> = own.iter().map(|record| (&record["header"]["kind"], &record["header"]["agency"])).collect();
        let agency = Value::from(agency);
        assert_eq!(told, [(&"accepted".into(), &agency), (&"answered".into(), &agency)], "its own, and nobody else's");
    }
    assert_eq!(region.records(&["--store", "SOCZ"]).len(), 6, "the owner of the key has all of them");
    assert_eq!(region.records(&["--store", "SOCZ", "--agency", "ADMS"]).len(), 2);
    let csv = region.run(&["journal", "export", "--format", "csv", "--store", "SOCZ"]).good().text();
    assert_eq!(csv.lines().filter(|line| line.ends_with(",ARHV")).count(), 2, "{csv}");
    assert_eq!(region.audit()["pending"], 0);
}

/// A signed message to the router of typical data, which only its OKTMO gives a way (protocol §6.5).
fn canonical_message(region: &Region, oktmo: Option<&str>) -> Vec<u8> {
    let oktmo = oktmo.map_or_else(String::new, |oktmo| format!("<m:OKTMO>{oktmo}</m:OKTMO>"));
    signed(region, "processCanonicalService", "ISMV01001", "", &oktmo)
}

/// A message of SOCZ01641 with its signature; `originator` and `oktmo` are elements, or nothing.
fn signed(region: &Region, operation: &str, recipient: &str, originator: &str, oktmo: &str) -> Vec<u8> {
    let text = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <o:{operation} xmlns:o=\"urn:mvvact\" xmlns:m=\"http://smev.gosuslugi.ru/rev111111\"><m:Message>\
         <m:Sender><m:Code>SOCZ01641</m:Code><m:Name>Соцзащита</m:Name></m:Sender>\
         <m:Recipient><m:Code>{recipient}</m:Code><m:Name>Получатель</m:Name></m:Recipient>{originator}\
         <m:TypeCode>GSRV</m:TypeCode><m:Status>REQUEST</m:Status><m:Date>2026-11-27T12:00:00.000+03:00</m:Date>\
         <m:ExchangeType>2</m:ExchangeType>{oktmo}</m:Message><m:MessageData><m:AppData/></m:MessageData>\
         </o:{operation}></s:Body></s:Envelope>"
    );
    fs::write(region.path().join("unsigned.xml"), text).unwrap();
    let system = region.described.system("SOCZ01641").unwrap();
    let (certificate, key) = (system.certificate.to_str().unwrap(), system.key.to_str().unwrap());
    let words = ["signature", "sign", "unsigned.xml", "--certificate", certificate, "--key", key];
    Ran::of(region.command(&words).output().unwrap()).good().stdout
}

fn post(region: &Region, sid: &str, message: &[u8]) -> http::Answer {
    let path = format!("/gateway/services/{sid}");
    http::exchange(http::connect(region.described.node.soap), "POST", &path, message).unwrap()
}

/// An address that leads to the agencies and tells of every request.
struct Proxy {
    address: SocketAddr,
    called: Receiver<()>,
}

impl Proxy {
    fn wait_for(&self, requests: usize) {
        for _ in 0..requests {
            self.called.recv_timeout(DEADLINE).unwrap();
        }
    }
}

fn proxy(agencies: SocketAddr) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, called) = sync_channel(1 << 20);
    std::thread::spawn(move || {
        for bus in listener.incoming().map_while(Result::ok) {
            let agency = TcpStream::connect(agencies).unwrap();
            let (from_bus, to_agency) = (bus.try_clone().unwrap(), agency.try_clone().unwrap());
            let tell = tell.clone();
            std::thread::spawn(move || {
                pass(from_bus, to_agency, |octets| {
                    if octets.starts_with(b"POST ") {
                        let _ = tell.try_send(());
                    }
                });
            });
            std::thread::spawn(move || pass(agency, bus, |_| {}));
        }
    });
    Proxy { address, called }
}

/// Everything from one side to the other, until the one has no more.
fn pass(mut from: TcpStream, mut to: TcpStream, see: impl Fn(&[u8])) {
    let mut octets = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        see(&octets[..count]);
        if to.write_all(&octets[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
