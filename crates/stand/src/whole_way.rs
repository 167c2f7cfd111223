//! Tests of the stand without the bus: a small regional node of the test's own stands where the bus would, so that what
//! the stand sends, answers, seals and judges is seen to fit together.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{FaultRow, Side};
use tempfile::TempDir;

use crate::node::{Origin, Refused, Sealer, internal, refused};
use crate::region::{SignedBy, Standing, SystemKind};
use crate::roster::{Roster, identity};
use crate::wire::http::{Answering, Asked, Caller, Handler, Listening, Post, Reply, listen};
use crate::{
    Behaviour, Exchange, InitOptions, Kind, LoadOptions, RefusalOptions, Running, SendOptions, SwitchKey, UpOptions,
    Verdict, init, load, refusals, send, up,
};

/// A region at work: directory, node, agencies.
struct Stage {
    directory: TempDir,
    _node: Listening,
    _region: Running,
}

/// A regional node with no registry but `region.json`: it verifies, seals and passes on.
struct Node {
    roster: Roster,
    sealer: Sealer,
    caller: Caller,
}

impl Node {
    async fn pass(&self, asked: Asked) -> Result<Reply, Refused> {
        let region = &self.roster.region;
        let sid = asked.path.rsplit('/').next().unwrap_or_default();
        let service = region.service(sid).map_err(|_| refused(FaultRow::RouteEndPointUnknown, sid))?;
        let known = region.systems.iter().filter(|system| system.standing != Standing::Unregistered);
        let senders = known.flat_map(|system| self.roster.certificates_of(&system.mnemonic).unwrap()).collect();
        let sealed = self.sealer.seal(
            &Origin { side: Side::Request, senders, nodes: Vec::new() },
            asked.body,
            &asked.content_type,
        )?;
        let federal = region.system(&service.provider).unwrap().kind == SystemKind::Federal;
        let url =
            if federal { format!("{}/{sid}", region.federal.services_url) } else { service.provider_endpoint.clone() };
        let deadline = Duration::from_secs(20);
        let post = Post { url, soap_action: asked.soap_action, token: None, body: sealed.body, deadline };
        let answer =
            self.caller.post(post).await.map_err(|error| Refused { side: Side::Response, ..internal(error) })?;
        let origin = Origin {
            side: Side::Response,
            senders: self.roster.certificates_of(&service.provider).unwrap(),
            nodes: federal.then(|| self.roster.federal.certificate().clone()).into_iter().collect(),
        };
        let back = self.sealer.seal(&origin, answer.body, &answer.content_type)?;
        Ok(Reply { status: answer.status, ..back })
    }
}

async fn node(directory: &Path) -> Listening {
    let roster = Roster::load(directory).unwrap();
    let own = identity(directory, "certs/node/node.pem".as_ref(), "certs/node/node.key.pem".as_ref()).unwrap();
    let address = roster.region.node.soap;
    let sealer = Sealer { node_id: "64".to_owned(), identity: own };
    let node = Arc::new(Node { roster, sealer, caller: Caller::new(4) });
    let handler: Handler = Arc::new(move |asked| -> Answering {
        let node = Arc::clone(&node);
        Box::pin(async move { Some(node.pass(asked).await.unwrap_or_else(|refused| node.sealer.refusal(&refused))) })
    });
    listen(address, handler).await.unwrap()
}

async fn stage() -> Stage {
    let directory = tempfile::tempdir().unwrap();
    init(directory.path(), &InitOptions::with_free_ports().unwrap(), &mut io::sink()).unwrap();
    let node = node(directory.path()).await;
    let region = up(directory.path(), &UpOptions::default(), &mut io::sink()).await.unwrap();
    Stage { directory, _node: node, _region: region }
}

impl Stage {
    async fn send(&self, options: SendOptions) -> Vec<Exchange> {
        send(self.directory.path(), &options, &mut io::sink()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_with_own_signatures_goes_all_the_way_and_back() {
    let stage = stage().await;
    let ways: [(Kind, &[&str]); 5] = [
        (Kind::FederalSync, &["RESULT"]),
        (Kind::FederalAsync, &["ACCEPT", "PROCESS", "RESULT"]),
        (Kind::FromFederal, &["RESULT"]),
        (Kind::Region, &["RESULT", "-"]),
        (Kind::Portal, &["ACCEPT", "ACCEPT", "STATE", "RESULT"]),
    ];
    for (kind, statuses) in ways {
        let exchanges = stage.send(SendOptions { kind: Some(kind), ..SendOptions::default() }).await;
        let came: Vec<&str> = exchanges.iter().map(|exchange| exchange.status.as_deref().unwrap_or("-")).collect();
        assert_eq!(came, statuses, "{kind}: {exchanges:#?}");
        for exchange in &exchanges {
            assert!(exchange.good(), "{kind}: {exchange:#?}");
            assert_eq!(exchange.received_sha256.as_ref(), Some(&exchange.sha256), "{kind}: the provider kept the Body");
            assert!(exchange.answer_message_id.is_some() && exchange.bus_message_id.is_some(), "{kind}");
            let federal = matches!(kind, Kind::FederalSync | Kind::FederalAsync);
            assert_eq!(federal, exchange.bus_message_id != exchange.request_message_id, "{kind}: whose id is quoted");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_providers_receive_is_kept_octet_for_octet_with_both_signatures_checked() {
    let stage = stage().await;
    let options = SendOptions { kind: Some(Kind::Portal), body_bytes: 20_000, ..SendOptions::default() };
    let exchanges = stage.send(options).await;
    let kept = std::fs::read(exchanges[0].received_file.as_ref().unwrap()).unwrap();
    let kept = String::from_utf8(kept).unwrap();
    let sent = std::fs::read_to_string(&exchanges[0].sent_file).unwrap();
    let body = |text: &str| text.split_once("<soapenv:Body").unwrap().1.to_owned();
    assert_eq!(body(&kept), body(&sent));
    assert!(kept.len() > 20_000);
    let index = std::fs::read_to_string(stage.directory.path().join("received/ADMS01641/index.jsonl")).unwrap();
    let first = index.lines().next().unwrap();
    assert!(first.contains("\"node\":\"good: ") && first.contains("\"sender\":\"good: RPGU01641\""), "{first}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_made_to_be_refused_are_wrong_in_the_way_they_claim() {
    let stage = stage().await;
    let signature_tries = [
        "unsigned",
        "body-changed",
        "signature-value-changed",
        "expired-certificate",
        "unknown-certificate",
        "malformed-xml",
        "dtd",
        "other-element-signed",
        "body-wrapped",
        "answer-unsigned",
        "answer-forged",
        "answer-by-impostor",
        "provider-drops",
        "provider-fault",
    ];
    for name in signature_tries {
        let options = RefusalOptions { only: Some(name.to_owned()), bus: None };
        let tries = refusals(stage.directory.path(), &options, &mut io::sink()).await.unwrap();
        assert!(!tries.is_empty() && tries.iter().all(|one| one.passed), "{name}: {tries:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_refuses_what_no_node_has_sealed() {
    let stage = stage().await;
    let roster = Roster::load(stage.directory.path()).unwrap();
    let service = roster.region.service("SID0064001").unwrap();
    let example = std::fs::read(stage.directory.path().join("services/SID0064001/1.00/control-example/request.xml"));
    let post = Post {
        url: service.provider_endpoint.clone(),
        soap_action: service.soap_action.clone(),
        token: None,
        body: example.unwrap().into(),
        deadline: Duration::from_secs(20),
    };
    let reply = Caller::new(1).post(post).await.unwrap();
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    assert_eq!(reply.status, 500);
    assert!(text.contains("не принял сообщение: ЭП-СМЭВ — нет"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_federal_node_refuses_a_message_that_the_region_has_not_sealed() {
    let stage = stage().await;
    let roster = Roster::load(stage.directory.path()).unwrap();
    let example = std::fs::read(stage.directory.path().join("services/SID0003245/1.00/control-example/request.xml"));
    let post = Post {
        url: format!("{}/SID0003245", roster.region.federal.services_url),
        soap_action: "\"\"".to_owned(),
        token: None,
        body: example.unwrap().into(),
        deadline: Duration::from_secs(20),
    };
    let reply = Caller::new(1).post(post).await.unwrap();
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    assert_eq!(reply.status, 500);
    assert!(text.contains("SMEV-100008"), "{text}");
}

#[tokio::test]
async fn a_bus_that_is_down_is_a_result_not_an_error() {
    let directory = tempfile::tempdir().unwrap();
    init(directory.path(), &InitOptions::default(), &mut io::sink()).unwrap();
    let options = SendOptions {
        service: Some("SID0064001".to_owned()),
        bus: Some("127.0.0.1:1".parse().unwrap()),
        ..SendOptions::default()
    };
    let exchanges = send(directory.path(), &options, &mut io::sink()).await.unwrap();
    assert_eq!((exchanges.len(), exchanges[0].http_status), (1, 0));
    assert!(!exchanges[0].good());
    assert_eq!(exchanges[0].verdicts.node, Verdict::Absent);
    assert!(exchanges[0].fault_text.as_ref().unwrap().contains("no answer from http://127.0.0.1:1/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn load_counts_times_and_acknowledges_every_exchange() {
    let stage = stage().await;
    let acks = stage.directory.path().join("acks.txt");
    let options = LoadOptions {
        workers: 3,
        count: Some(25),
        body_bytes: 4096,
        distinct: 5,
        bus_pid: Some(std::process::id()),
        acks: Some(acks.clone()),
        verify_every: 10,
        ..LoadOptions::default()
    };
    let report = load(stage.directory.path(), &options, &mut io::sink()).await.unwrap();
    assert_eq!((report.exchanges, report.errors, report.verified), (25, 0, 3), "{report:#?}");
    assert!(report.p50_milliseconds > 0.0 && report.p50_milliseconds <= report.p99_milliseconds);
    assert!(report.bus.unwrap().cpu_seconds > 0.0 && report.raw.sum_microseconds > 0.0);
    let lines = std::fs::read_to_string(acks).unwrap();
    let ids: Vec<&str> = lines.lines().flat_map(|line| line.split(' ')).collect();
    assert_eq!(ids.len(), 50);
    assert!(ids.iter().all(|id| id.len() == 36), "{lines}");
    assert!(!stage.directory.path().join("received/ADMS01641").exists(), "load is not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_takes_up_its_next_key_in_the_middle_of_a_run() {
    let stage = stage().await;
    let run = |kind, switch_key| {
        let (count, verify_every) = (Some(20), 1);
        LoadOptions { kind, workers: 3, count, distinct: 5, verify_every, switch_key, ..LoadOptions::default() }
    };
    let there = stage.directory.path().join("region.json");
    for (switch, with_next) in [
        (SwitchKey::AfterPercent(50), 10),
        (SwitchKey::AfterPercent(100), 0),
        (SwitchKey::WhenFile(there), 20),
        (SwitchKey::WhenFile("never".into()), 0),
    ] {
        let options = run(Kind::Region, Some(switch.clone()));
        let report = load(stage.directory.path(), &options, &mut io::sink()).await.unwrap();
        assert_eq!((report.exchanges, report.errors, report.verified), (20, 0, 20), "{switch:?}: {report:#?}");
        assert_eq!(report.exchanges_with_next_key, Some(with_next), "{switch:?}");
    }
    let hosted = run(Kind::Hosted, Some(SwitchKey::AfterPercent(50)));
    let refused = load(stage.directory.path(), &hosted, &mut io::sink()).await.unwrap_err();
    assert!(refused.to_string().contains("no next key"), "{refused}");
}

#[test]
fn hosted_systems_have_a_token_and_others_have_none() {
    let directory = tempfile::tempdir().unwrap();
    let region = init(directory.path(), &InitOptions::default(), &mut io::sink()).unwrap().region;
    for system in &region.systems {
        assert_eq!(system.token.is_some(), system.signature == SignedBy::Hosted, "{}", system.mnemonic);
    }
}

#[test]
fn words_of_kinds_and_behaviours_are_read_back() {
    for kind in Kind::ALL {
        assert_eq!(kind.label().parse::<Kind>().unwrap(), kind);
    }
    for behaviour in Behaviour::ALL {
        assert_eq!(behaviour.word().parse::<Behaviour>().unwrap(), behaviour);
    }
    assert!("sideways".parse::<Kind>().unwrap_err().to_string().contains("federal-sync, federal-async"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_is_measured_on_the_same_way_where_it_is_installed() {
    let stage = stage().await;
    let options = LoadOptions { workers: 2, count: Some(20), distinct: 2, plain_proxy: true, ..LoadOptions::default() };
    let report = load(stage.directory.path(), &options, &mut io::sink()).await.unwrap();
    match report.plain_proxy {
        Some(proxy) => assert!(proxy.exchanges_per_second > 0.0, "{proxy:?}"),
        None => assert!(!Path::new("/usr/sbin/nginx").exists(), "nginx is installed but was not measured"),
    }
}
