//! Signatures of officials inside a message stop it only where its service demands them; what was found is on record.

use bytes::Bytes;
use journal::{Filter, Header};
use pki::Identity;
use pki::test_ca::{CertificateRequest, TestCa};
use xmldsig::{ToSign, official_signature};

use crate::fixture::{Region, message, noon, sign};

const APP_DATA: &str = "<m:AppData xmlns:m=\"http://smev.gosuslugi.ru/rev120315\" Id=\"data\"></m:AppData>";

/// A request whose AppData bears a signature of `official`, made before the system's.
fn signed_by(region: &Region, official: &Identity) -> String {
    let digest = xmldsig::digest(official.key().algorithm(), APP_DATA.as_bytes());
    let signature = official_signature(&ToSign { id: "data", digest: &digest }, official, &[5; 32]).unwrap();
    let unsigned = message("SOCZ01641", "ZAGS01641", "REQUEST", None);
    let with = format!("<m:AppData Id=\"data\">{signature}</m:AppData>");
    let text = String::from_utf8_lossy(&unsigned).replace("<m:AppData/>", &with);
    String::from_utf8(sign(&region.socz, &text.into()).to_vec()).unwrap()
}

/// The same with something in AppData that the official has not seen, signed by the system all the same.
fn changed_behind(region: &Region, official: &Identity) -> String {
    let digest = xmldsig::digest(official.key().algorithm(), APP_DATA.as_bytes());
    let signature = official_signature(&ToSign { id: "data", digest: &digest }, official, &[5; 32]).unwrap();
    let unsigned = message("SOCZ01641", "ZAGS01641", "REQUEST", None);
    let with = format!("<m:AppData Id=\"data\">другое{signature}</m:AppData>");
    let text = String::from_utf8_lossy(&unsigned).replace("<m:AppData/>", &with);
    String::from_utf8(sign(&region.socz, &text.into()).to_vec()).unwrap()
}

pub(crate) async fn code(region: &Region, sid: &str, request: impl Into<Bytes>) -> Option<String> {
    let zags = region.zags.clone();
    let answer = move |id: &str| sign(&zags, &message("ZAGS01641", "SOCZ01641", "RESULT", Some(id)));
    region.send(sid, request.into(), answer).await.code.map(|code| code.to_string())
}

/// The record of the last request.
pub(crate) fn last(region: &Region) -> Header {
    let records = region.reader().list(&Filter::default()).unwrap().map(|entry| entry.unwrap().header);
    records.filter(|header| header.kind != journal::Kind::Answered).max_by_key(|header| header.time).unwrap()
}

fn of_another_authority() -> Identity {
    let (from, until) = (noon() - jiff::SignedDuration::from_hours(24), noon() + jiff::SignedDuration::from_hours(24));
    let algorithm = pki::Algorithm::Gost2012_256;
    let ca = TestCa::create("Чужой УЦ", algorithm, None, from, until, &[70; 64]).unwrap();
    let request = CertificateRequest {
        common_name: "Иванов Иван",
        organization: "Ведомство",
        algorithm,
        parameter_set: None,
        not_before: from,
        not_after: until,
    };
    ca.issue(&request, &[71; 64]).unwrap()
}

#[tokio::test]
async fn a_service_that_demands_officials_gets_none_without_a_good_signature() {
    let region = Region::new();
    let stranger = of_another_authority();
    assert_eq!(code(&region, "SID0000004", signed_by(&region, &region.zags)).await, None);
    let refused = Some("SMEV-102000".to_owned());
    let unsigned = sign(&region.socz, &message("SOCZ01641", "ZAGS01641", "REQUEST", None));
    assert_eq!(code(&region, "SID0000004", unsigned).await, refused, "signed by nobody");
    assert_eq!(
        code(&region, "SID0000004", changed_behind(&region, &region.zags)).await,
        refused,
        "changed after signing"
    );
    assert_eq!(
        code(&region, "SID0000004", signed_by(&region, &stranger)).await,
        refused,
        "signed by whom nobody knows"
    );
}

#[tokio::test]
async fn elsewhere_what_is_found_is_kept_and_nothing_is_refused() {
    let region = Region::new();
    let stranger = of_another_authority();
    for (request, outcome, trust) in [
        (signed_by(&region, &region.zags), "holds", "trusted"),
        (changed_behind(&region, &region.zags), "wrong_digest", "trusted"),
        (signed_by(&region, &stranger), "holds", "no_path"),
    ] {
        let region = Region::new();
        assert_eq!(code(&region, "SID0000001", request).await, None, "{outcome}");
        let found = last(&region).officials;
        assert_eq!((found[0].place.as_str(), found[0].outcome.as_str()), ("AppData", outcome));
        assert_eq!(found[0].trust.as_deref(), Some(trust));
    }
    assert_eq!(code(&region, "SID0000005", signed_by(&region, &stranger)).await, None);
    assert_eq!(last(&region).officials, [], "the service says ignore");
}
