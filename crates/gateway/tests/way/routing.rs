//! Routes that are tried out, windows of maintenance, agencies behind one key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use delivery::{Call, Reply};
use gateway::{CanaryStage, Outgoing};
use jiff::ToSpan as _;
use journal::{Entry, Filter, Kind, StoreName};

use crate::fixture::{ROUTES, Region, message, message_id, message_with, noon, reply, sign};

const BASE: &str = "http://127.0.0.1:1";
const TRIED: &str = "http://127.0.0.1:2";

/// The registry with SID0000001 tried out at another endpoint.
fn tried_out(keys: &str) -> String {
    format!("{ROUTES}[[route]]\nservice = \"SID0000001\"\nto = \"{TRIED}\"\n{keys}\n")
}

fn request(region: &Region) -> Bytes {
    sign(&region.socz, &message("SOCZ01641", "ZAGS01641", "REQUEST", None))
}

/// ZAGS answers, wherever it is asked.
fn zags(region: &Region) -> impl Fn(&Call) -> Reply + Clone + Send + Sync + 'static {
    let zags = region.zags.clone();
    move |call| reply(sign(&zags, &message("ZAGS01641", "SOCZ01641", "RESULT", Some(&message_id(call)))))
}

fn fault(region: &Region, code: &str) -> Reply {
    let text = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body><s:Fault>\
         <faultcode>{code}</faultcode><faultstring>NullPointerException</faultstring></s:Fault></s:Body></s:Envelope>"
    );
    Reply { status: 500, ..reply(sign(&region.zags, &text.into())) }
}

fn code(outgoing: &Outgoing) -> Option<String> {
    outgoing.code.map(|code| code.to_string())
}

fn records(region: &Region, filter: &Filter) -> Vec<Entry> {
    region.reader().list(filter).unwrap().map(|entry| entry.unwrap()).collect()
}

#[tokio::test]
async fn a_canary_that_fails_goes_back_by_itself_and_stays_back_until_it_is_told_to_try_again() {
    let region = Region::with(&tried_out("share = 50\nreturn_at = 20"));
    let (answer, called) = (zags(&region), Arc::new(AtomicU64::new(0)));
    let sends = async |count: usize| {
        let mut failed = 0;
        for _ in 0..count {
            let (answer, called) = (answer.clone(), Arc::clone(&called));
            let provider = move |call: &Call| {
                if call.endpoint.url == BASE {
                    return Ok(answer(call));
                }
                called.fetch_add(1, Ordering::Relaxed);
                Err(delivery::Error::AnswerTimeout { milliseconds: 1 })
            };
            let came = region.call("SID0000001", request(&region), provider).await;
            failed += usize::from(code(&came).as_deref() == Some("SMEV-200001"));
        }
        failed
    };
    assert_eq!(sends(40).await, 4, "four of the first twenty are 20 %: no consumer sees a fifth");
    assert_eq!(called.load(Ordering::Relaxed), 4, "every failure was one of the endpoint that is tried out");
    let state = region.gateway.canaries().remove(0);
    assert_eq!((state.state, state.faults, state.returned), (CanaryStage::Returned, 4, Some(noon())));

    region.reload(&tried_out("share = 60\nreturn_at = 20"));
    assert_eq!(sends(10).await, 0, "a reload brings nothing back");
    assert!(region.gateway.try_again(&state.id).await.unwrap());
    assert_eq!(sends(30).await, 4, "the next trial has counts of its own");

    region.reload(ROUTES);
    region.reload(&tried_out("share = 60\nreturn_at = 20"));
    let anew = region.gateway.canaries().remove(0);
    assert_eq!(
        (anew.state, anew.ends),
        (CanaryStage::Trying, 0),
        "what is taken out and put in again is another trial"
    );
}

#[tokio::test]
async fn only_what_the_endpoint_did_counts_against_it() {
    let region = Region::with(&tried_out("consumers = [\"SOCZ01641\"]\nreturn_at = 5"));
    let figures = || {
        let state = region.gateway.canaries().remove(0);
        (state.ends, state.faults, state.state)
    };
    // Refused before anything is called.
    let foreign = sign(&region.socz, &message("ZAGS01641", "ZAGS01641", "REQUEST", None));
    let answer = zags(&region);
    let good = move |call: &Call| Ok(answer(call));
    assert_eq!(code(&region.call("SID0000001", foreign, good.clone()).await).as_deref(), Some("SMEV-100012"));
    assert_eq!(figures(), (0, 0, CanaryStage::Trying), "a mistake of the consumer is no end of a trial");
    assert_eq!(code(&region.call("SID0000001", request(&region), good).await), None);
    assert_eq!(figures(), (1, 0, CanaryStage::Trying));
    let wrong_request = fault(&region, "s:Client");
    let came = region.call("SID0000001", request(&region), move |_| Ok(wrong_request.clone())).await;
    assert_eq!((code(&came), came.status), (None, 500), "a signed fault is an answer");
    assert_eq!(figures(), (2, 0, CanaryStage::Trying), "the provider says that the request was wrong");
    let broken_server = fault(&region, "s:Server");
    region.call("SID0000001", request(&region), move |_| Ok(broken_server.clone())).await;
    assert_eq!(figures(), (3, 1, CanaryStage::Returned), "1 of 20 is 5 %");
}

#[tokio::test]
async fn all_messages_of_a_conversation_go_to_one_side() {
    let region = Region::with(&tried_out("share = 50"));
    let answer = zags(&region);
    let ask = async |request: Bytes| {
        let (answer, side) = (answer.clone(), Arc::new(Mutex::new(String::new())));
        let told = Arc::clone(&side);
        let provider = move |call: &Call| {
            told.lock().unwrap().clone_from(&call.endpoint.url);
            Ok(answer(call))
        };
        let came = region.call("SID0000001", request, provider).await;
        assert_eq!(code(&came), None, "{}", String::from_utf8_lossy(&came.body));
        let side = side.lock().unwrap().clone();
        (came.exchange.to_string(), side)
    };
    let poll = |reference: &str, origin: &str| {
        let references = format!(
            "<m:RequestIdRef>{reference}</m:RequestIdRef><m:OriginRequestIdRef>{origin}</m:OriginRequestIdRef>"
        );
        sign(&region.socz, &message_with("SOCZ01641", "ZAGS01641", "PING", "", &references))
    };
    let mut sides = Vec::new();
    for _ in 0..16 {
        let (first, side) = ask(request(&region)).await;
        let (second, polled) = ask(poll(&first, &first)).await;
        assert_eq!(polled, side, "a poll goes where its request went");
        let braced = format!("{{{}}}", first.to_uppercase());
        assert_eq!(ask(poll(&braced, &braced)).await.1, side, "however the consumer spells the id");
        assert_eq!(ask(poll(&second, &first)).await.1, side, "also where it refers to the poll before");
        sides.push(side);
    }
    assert!(sides.iter().any(|side| side == BASE) && sides.iter().any(|side| side == TRIED), "{sides:?}");

    let (first, side) = ask(request(&region)).await;
    let told = gateway::explain(
        &region.gateway.snapshot(),
        crate::fixture::incoming("SID0000001", poll(&first, &first)),
        noon(),
        std::collections::BTreeSet::new(),
    );
    let route = told.route.unwrap();
    assert_eq!((route.endpoint, route.canary), (side.clone(), side == TRIED), "explain tells the same side");
    assert_eq!(route.draw.unwrap() < 50, side == TRIED);
}

#[tokio::test]
async fn a_service_in_maintenance_is_not_called_and_nothing_of_the_request_is_spent() {
    let window = |of: &str, from, until| {
        format!("{ROUTES}[[maintenance]]\n{of}\nfrom = {from}\nuntil = {until}\nreason = \"замена <сервера>\"\n")
    };
    let (before, after) = (noon() - 1.hours(), noon() + 90.minutes());
    let region = Region::with(&window("service = \"SID0000001\"", before, after));
    let sent = request(&region);
    let answer = zags(&region);
    let good = move |call: &Call| Ok(answer(call));
    let refused = region.call("SID0000001", sent.clone(), |_| panic!("nobody is called")).await;
    assert_eq!((code(&refused).as_deref(), refused.retry_after), (Some("SMEV-100001"), Some(5401)));
    let told = String::from_utf8(refused.body.to_vec()).unwrap();
    for words in [
        "сервис SID0000001 на регламентных работах до 2026-06-15 13:30:00 UTC+3: замена &lt;сервера&gt;",
        "SID0000001 is in maintenance until 2026-06-15 13:30:00 UTC+3",
        "повторите запрос после окончания работ",
    ] {
        assert!(told.contains(words), "{words} in {told}");
    }
    let kept = records(&region, &Filter { kind: Some(Kind::Refused), ..Filter::default() });
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].header.sender.as_deref(), Some("SOCZ01641"), "in the evidence of who asked");
    assert_eq!(kept[0].stores[0].as_str(), "SOCZ");

    // Whoever has no right is told so, and not what the provider does.
    let stranger = sign(&region.zags, &message("ZAGS01641", "ZAGS01641", "REQUEST", None));
    let came = region.call("SID0000001", stranger, |_| panic!("nobody is called")).await;
    assert_eq!(code(&came).as_deref(), Some("SMEV-100012"));

    let other = region.call("SID0000002", request(&region), good.clone()).await;
    assert_eq!(code(&other), None, "{}", String::from_utf8_lossy(&other.body));
    region.reload(&window("system = \"ZAGS01641\"", before, after));
    for sid in ["SID0000001", "SID0000002"] {
        let came = region.call(sid, sent.clone(), |_| panic!("nobody is called")).await;
        assert_eq!(code(&came).as_deref(), Some("SMEV-100001"), "all that the system provides rests");
    }
    region.reload(&window("system = \"ZAGS01641\"", before, noon()));
    let came = region.call("SID0000001", sent, good).await;
    assert_eq!(code(&came), None, "the window is over, and the very same octets pass");
}

#[tokio::test]
async fn agencies_behind_one_key_have_each_their_own_evidence() {
    let row = "[[system]]\nmnemonic = \"SOCZ01641\"\n";
    let region = Region::with(&ROUTES.replace(row, &format!("{row}agencies = [\"ARHV\"]\n")));
    let answer = zags(&region);
    let ask = async |originator: &str, provider: Option<Reply>| {
        let party = format!("<m:Originator><m:Code>{originator}</m:Code><m:Name>В</m:Name></m:Originator>");
        let request = sign(&region.socz, &message_with("SOCZ01641", "ZAGS01641", "REQUEST", &party, ""));
        let answer = answer.clone();
        let provider = move |call: &Call| Ok(provider.clone().unwrap_or_else(|| answer(call)));
        let exchange = region.call("SID0000001", request, provider).await.exchange;
        let store = Some(StoreName::new("SOCZ").unwrap());
        let all = records(&region, &Filter { store, id: Some(exchange.to_string()), ..Filter::default() });
        let told = |entry: &Entry| {
            let mut stores: Vec<_> = entry.stores.iter().map(|store| store.as_str().to_owned()).collect();
            stores.sort();
            (entry.header.kind, entry.header.agency.clone(), stores.join(" "))
        };
        all.iter().map(told).collect::<Vec<_>>()
    };
    let arhv = || Some("ARHV".to_owned());
    let all = || "ARHV SOCZ ZAGS".to_owned();
    assert_eq!(
        ask("ARHV", None).await,
        [(Kind::Accepted, arhv(), all()), (Kind::Answered, arhv(), all())],
        "the agency that the message names has both halves in its own store"
    );
    assert_eq!(
        ask("ARHV", Some(reply(Bytes::new()))).await,
        [(Kind::Accepted, arhv(), all()), (Kind::Failed, arhv(), all())]
    );
    // A chain that somebody else began; an agency that does not speak through this system; its own participant.
    for named in ["RPGU01641", "ZAGS", "SOCZ", "arhv"] {
        let two = || "SOCZ ZAGS".to_owned();
        assert_eq!(ask(named, None).await, [(Kind::Accepted, None, two()), (Kind::Answered, None, two())], "{named}");
    }
    let of_agency = records(&region, &Filter { agency: arhv(), ..Filter::default() });
    assert!(!of_agency.is_empty() && of_agency.iter().all(|entry| entry.header.agency == arhv()));
    let audit = region.reader().audit().unwrap();
    assert!(audit.holds(), "{audit:?}");
}
