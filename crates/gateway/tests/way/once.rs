//! A signed request is taken once, and where its service asks so, only while its date is fresh.

use bytes::Bytes;
use gateway::SignatureDigest;
use journal::Filter;

use crate::fixture::{Region, message, noon, sign};

fn request(region: &Region) -> Bytes {
    sign(&region.socz, &message("SOCZ01641", "ZAGS01641", "REQUEST", None))
}

#[tokio::test]
async fn a_request_caught_on_the_way_cannot_be_sent_again() {
    let region = Region::new();
    let zags = region.zags.clone();
    let answer = move |id: &str| sign(&zags, &message("ZAGS01641", "SOCZ01641", "RESULT", Some(id)));
    let caught = request(&region);
    let codes = |outgoing: gateway::Outgoing| outgoing.code.map(|code| code.to_string());
    assert_eq!(codes(region.send("SID0000001", caught.clone(), answer.clone()).await), None);
    let again = region.send("SID0000001", caught.clone(), answer.clone()).await;
    assert!(!String::from_utf8_lossy(&again.body).contains("RESULT"));
    assert_eq!(codes(again).as_deref(), Some("SMEV-100019"));
    // Dressed anew: what no signature covers does not make it another request.
    let dressed = String::from_utf8_lossy(&caught).replace("<s:Header>", "<s:Header >").into_bytes();
    assert_eq!(codes(region.send("SID0000001", dressed.into(), answer.clone()).await).as_deref(), Some("SMEV-100019"));
    // Signed anew it is another request: only its sender can do that.
    assert_eq!(codes(region.send("SID0000001", request(&region), answer).await), None);
}

#[tokio::test]
async fn a_request_that_got_no_answer_may_be_sent_again_as_it_is() {
    let region = Region::new();
    let zags = region.zags.clone();
    let tried = request(&region);
    let failed = region.send("SID0000001", tried.clone(), |_: &str| Bytes::new()).await;
    assert_eq!(failed.code.unwrap().to_string(), "SMEV-200002");
    let answer = move |id: &str| sign(&zags, &message("ZAGS01641", "SOCZ01641", "RESULT", Some(id)));
    assert_eq!(region.send("SID0000001", tried, answer).await.code, None);
}

#[tokio::test]
async fn a_service_may_allow_repeats() {
    let region = Region::new();
    let polled = request(&region);
    for _ in 0..2 {
        let came = region.send("SID0000003", polled.clone(), |_: &str| Bytes::new()).await;
        assert_eq!(came.code.unwrap().to_string(), "SMEV-200002", "it reached the provider");
    }
}

#[tokio::test]
async fn what_was_accepted_before_a_restart_is_not_accepted_again() {
    let region = Region::new();
    let zags = region.zags.clone();
    let answer = move |id: &str| sign(&zags, &message("ZAGS01641", "SOCZ01641", "RESULT", Some(id)));
    let caught = request(&region);
    assert_eq!(region.send("SID0000001", caught.clone(), answer.clone()).await.code, None);
    let header = region.reader().list(&Filter::default()).unwrap().next().unwrap().unwrap().header;
    let digest = SignatureDigest::from_hex(header.signature.as_deref().unwrap()).unwrap();

    let restarted = Region::new();
    restarted.gateway.recall(digest, header.exchange, noon());
    let again = restarted.send("SID0000001", caught, answer).await;
    assert_eq!(again.code.unwrap().to_string(), "SMEV-100019");
}

#[tokio::test]
async fn an_old_date_is_refused_where_the_service_asks_for_a_fresh_one() {
    let region = Region::new();
    let zags = region.zags.clone();
    let answer = move |id: &str| sign(&zags, &message("ZAGS01641", "SOCZ01641", "RESULT", Some(id)));
    for (date, code) in [
        ("2026-06-15T12:14:00.000+03:00", None),
        ("2026-06-15T11:40:00.000+03:00", Some("SMEV-100019")),
        ("2026-06-15T12:20:00.000+03:00", Some("SMEV-100019")),
    ] {
        let unsigned = message("SOCZ01641", "ZAGS01641", "REQUEST", None);
        let dated = String::from_utf8_lossy(&unsigned).replace("2026-06-15T12:00:00.000+03:00", date);
        let came = region.send("SID0000002", sign(&region.socz, &dated.into()), answer.clone()).await;
        assert_eq!(came.code.map(|code| code.to_string()).as_deref(), code, "{date}");
    }
}
