//! The identifiers by which records hang together, and when two texts are the same identifier.

use uuid::Uuid;

use crate::Header;

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
    let given = [
        Some(header.exchange.hyphenated().to_string()),
        header.message_id.map(|id| id.hyphenated().to_string()),
        header.request_id_ref.as_deref().and_then(normal),
        header.origin_request_id_ref.as_deref().and_then(normal),
        header.foreign_message_id.as_deref().and_then(normal),
    ];
    let mut ids: Vec<String> = given.into_iter().flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The case number that the record bears, normalised.
pub(crate) fn case(header: &Header) -> Option<String> {
    header.case_number.as_deref().and_then(normal)
}

/// Whether the record bears this normalised identifier.
pub(crate) fn bears(header: &Header, id: &str) -> bool {
    messages(header).iter().any(|own| own == id) || case(header).is_some_and(|own| own == id)
}
