//! What somebody without a key can do to the evidence: be refused, on a few octets.

use bytes::Bytes;
use journal::{Filter, Kind, Role};

use crate::fixture::{Region, incoming};

#[tokio::test]
async fn a_stranger_cannot_fill_the_disk_with_one_refused_message_after_the_other() {
    let region = Region::new();
    let giant = Bytes::from(vec![b'x'; 1 << 20]);
    let refused = region.gateway.handle(incoming("SID0000001", giant)).await;
    assert_eq!(refused.code.unwrap().to_string(), "SMEV-100002");
    let reader = region.reader();
    let entry = reader.list(&Filter::default()).unwrap().next().unwrap().unwrap();
    assert_eq!((entry.header.kind, entry.id.store.as_str()), (Kind::Refused, "_node"));
    let (_, record) = reader.show(&entry.id).unwrap();
    assert_eq!(record.message(Role::Received).unwrap().unwrap().len(), 64 * 1024);
    let note = entry.header.note.unwrap();
    assert!(note.contains("first 65536 of 1048576 octets, SHA-256 of all "), "{note}");
}
