//! Revocation lists that change while messages pass.

use pki::trust::RevocationLists;

use crate::fixture::{Region, message, sign};
use crate::officials::{code, last};

#[tokio::test]
async fn a_revoked_sender_is_refused_as_soon_as_the_list_says_so() {
    let region = Region::new();
    let ask = || sign(&region.socz, &message("SOCZ01641", "ZAGS01641", "REQUEST", None));
    assert_eq!(code(&region, "SID0000001", ask()).await, None);
    region.gateway.snapshot().renew_lists(RevocationLists::new(vec![region.list_with(&region.socz)]));
    assert_eq!(code(&region, "SID0000001", ask()).await.as_deref(), Some("SMEV-100007"));
    let refused = last(&region).signer.unwrap();
    assert_eq!((refused.outcome.as_str(), refused.path.len(), refused.lists.len()), ("revoked", 2, 1));
}
