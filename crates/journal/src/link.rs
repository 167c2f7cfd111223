//! The identifiers by which records hang together, and when two texts are the same identifier.

use uuid::Uuid;

use crate::{Header, KeyFound, Kind};

/// One spelling for one identifier: UUIDs in lower case with hyphens, whatever braces or case a system writes them
/// in; anything else as it is, without surrounding blanks. `None` for blank text.
pub(crate) fn normal(id: &str) -> Option<String> {
    let id = id.trim();
    if id.is_empty() {
        return None;
    }
    Some(Uuid::parse_str(id).map_or_else(|_| id.to_owned(), |uuid| uuid.hyphenated().to_string()))
}

/// Identifiers of messages that the record bears, normalised.
pub(crate) fn messages(header: &Header) -> Vec<String> {
    let quoted = [&header.request_id_ref, &header.origin_request_id_ref, &header.foreign_message_id];
    let quoted = quoted.into_iter().filter_map(|id| id.as_deref().and_then(normal));
    let mut ids: Vec<String> = given(header).chain(quoted).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The case number that the record bears, normalised.
pub(crate) fn case(header: &Header) -> Option<String> {
    header.case_number.as_deref().and_then(normal)
}

/// Everything by which an index finds the record.
pub(crate) fn terms(header: &Header) -> impl Iterator<Item = String> {
    messages(header).into_iter().chain(case(header)).chain(header.keys.iter().map(key))
}

/// How a business key stands in an index.
pub(crate) fn key(key: &KeyFound) -> String {
    // No identifier has a NUL in it.
    format!("{}\0{}", key.name, key.value)
}

/// Whether the record bears this normalised identifier.
pub(crate) fn bears(header: &Header, id: &str) -> bool {
    messages(header).iter().any(|own| own == id) || case(header).is_some_and(|own| own == id)
}

/// Whether the message of the record has this normalised identifier as its MessageId: the bus's own or another node's.
pub(crate) fn is_message(header: &Header, id: &str) -> bool {
    given(header).any(|own| own == id)
        || header.foreign_message_id.as_deref().and_then(normal).is_some_and(|own| own == id)
}

/// Whether nobody has proved to be the sender: anyone who reaches the port can make such records, with any identifiers.
pub(crate) fn is_unproven(header: &Header) -> bool {
    header.kind == Kind::Refused && header.sender.is_none()
}

/// The identifiers that the bus itself gave: no sender chooses them.
pub(crate) fn given(header: &Header) -> impl Iterator<Item = String> {
    [Some(header.exchange), header.message_id].into_iter().flatten().map(|id| id.hyphenated().to_string())
}
