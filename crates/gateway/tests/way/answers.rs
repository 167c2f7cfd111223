//! An answer is given to the consumer only when it is the provider's, to this consumer and to this request.

use bytes::Bytes;

use crate::fixture::{Region, message, sign};

#[tokio::test]
async fn an_answer_for_another_system_never_reaches_the_consumer() {
    let region = Region::new();
    let zags = region.zags.clone();
    let to = move |recipient: &'static str| {
        let zags = zags.clone();
        move |id: &str| sign(&zags, &message("ZAGS01641", recipient, "RESULT", Some(id)))
    };
    let good = region.ask("SID0000001", to("SOCZ01641")).await;
    assert_eq!(good.code, None, "{}", String::from_utf8_lossy(&good.body));
    let misdirected = region.ask("SID0000001", to("ARHV01641")).await;
    assert_eq!(misdirected.code.unwrap().to_string(), "SMEV-202000");
    assert!(!String::from_utf8_lossy(&misdirected.body).contains("RESULT"));
    // A text that is nobody's name is the provider's habit, where the format is not checked.
    assert_eq!(region.ask("SID0000001", to("8201")).await.code, None);
    assert_eq!(region.ask("SID0000002", to("PNZR01581")).await.code.unwrap().to_string(), "SMEV-202000");
}

#[tokio::test]
async fn an_answer_to_another_request_is_refused_and_where_the_format_is_strict_also_one_to_none() {
    let region = Region::new();
    let zags = region.zags.clone();
    let quoting = move |reference: Option<&'static str>| {
        let zags = zags.clone();
        move |_: &str| sign(&zags, &message("ZAGS01641", "SOCZ01641", "RESULT", reference))
    };
    let other = Some("11111111-1111-4111-8111-111111111111");
    for (sid, reference, code) in [
        ("SID0000001", other, Some("SMEV-202000")),
        ("SID0000001", None, None),
        ("SID0000002", other, Some("SMEV-202000")),
        ("SID0000002", None, Some("SMEV-202000")),
    ] {
        let came = region.ask(sid, quoting(reference)).await.code.map(|code| code.to_string());
        assert_eq!(came.as_deref(), code, "{sid} {reference:?}");
    }
}

#[tokio::test]
async fn an_answer_of_a_hosted_system_is_not_signed_with_an_ended_certificate() {
    let region = Region::new();
    let came = region.ask("SID0000003", |id| message("ARHV01641", "SOCZ01641", "RESULT", Some(id))).await;
    assert_eq!(came.code.unwrap().to_string(), "SMEV-200005");
}

#[tokio::test]
async fn an_answer_of_nobody_is_refused_and_both_ends_are_on_record() {
    let region = Region::new();
    let socz = region.socz.clone();
    let unsigned = region.ask("SID0000001", |id| message("ZAGS01641", "SOCZ01641", "RESULT", Some(id))).await;
    assert_eq!(unsigned.code.unwrap().to_string(), "SMEV-200008");
    let impostor =
        region.ask("SID0000001", move |id| sign(&socz, &message("ZAGS01641", "SOCZ01641", "RESULT", Some(id)))).await;
    assert_eq!(impostor.code.unwrap().to_string(), "SMEV-200011");
    let nothing = region.ask("SID0000001", |_| Bytes::new()).await;
    assert_eq!(nothing.code.unwrap().to_string(), "SMEV-200002");
    let audit = region.reader().audit().unwrap();
    assert!(audit.holds());
    assert_eq!((audit.accepted, audit.answered, audit.failed, audit.pending), (3, 0, 3, 0));
}

#[tokio::test]
async fn evidence_of_tests_and_of_their_answers_is_marked() {
    let region = Region::new();
    for (mark, expected) in [("", [false, false]), ("<m:TestMsg/>", [true, true])] {
        let request = String::from_utf8(message("SOCZ01641", "ZAGS01641", "REQUEST", None).to_vec()).unwrap();
        let marked = request.replace("</m:Message>", &format!("{mark}</m:Message>")).into();
        let zags = region.zags.clone();
        let answered = region
            .send("SID0000001", sign(&region.socz, &marked), move |id| {
                // The provider does not repeat the mark.
                sign(&zags, &message("ZAGS01641", "SOCZ01641", "RESULT", Some(id)))
            })
            .await;
        assert_eq!(answered.code, None, "{}", String::from_utf8_lossy(&answered.body));
        let records = region
            .reader()
            .list(&journal::Filter { store: Some("SOCZ".parse().unwrap()), ..Default::default() })
            .unwrap()
            .map(Result::unwrap);
        let newest: Vec<bool> =
            records.filter(|entry| entry.header.exchange == answered.exchange).map(|entry| entry.header.test).collect();
        assert_eq!(newest, expected);
    }
}
