//! What the node puts on a message: its id, time, class, and the entropy of its signature; `smev:Header` written from it.
//!
//! All of it comes in as arguments; this crate has no clock and no random numbers.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use uuid::Uuid;

use crate::{Revision, uri};

/// Moscow time, in which nodes write their `TimeStamp`.
const MOSCOW: Offset = Offset::constant(3);

/// The direction of a message in `smev:Header` (protocol §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageClass {
    /// Consumer to provider.
    Request,
    /// Provider to consumer.
    Response,
}

impl MessageClass {
    /// The schema's word: `REQUEST` or `RESPONSE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Response => "RESPONSE",
        }
    }
}

/// The values of `smev:Header` (protocol §3.1) and the entropy for the signature over it.
#[derive(Clone)]
pub struct Stamp {
    /// `NodeId`: the region's code.
    pub node_id: String,
    /// `MessageId` given by this node.
    pub message_id: Uuid,
    /// `TimeStamp`, written with milliseconds in Moscow time (UTC+3).
    pub time: Timestamp,
    /// `MessageClass`.
    pub class: MessageClass,
    /// Fresh random octets for one signature.
    pub entropy: [u8; 32],
}

/// Entropy stays out of logs.
impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node_id, message_id, time, class, entropy: _ } = self;
        f.debug_struct("Stamp")
            .field("node_id", node_id)
            .field("message_id", message_id)
            .field("time", time)
            .field("class", class)
            .finish_non_exhaustive()
    }
}

impl Stamp {
    /// `smev:Header` with the given `wsu:Id`, in exclusive canonical form, so that these octets are what is digested.
    ///
    /// The children are those of the revision's schema: rev110801 knows neither NodeId nor MessageClass.
    pub(crate) fn node_header(&self, revision: Revision, id: &str) -> String {
        let time = self.time.to_zoned(TimeZone::fixed(MOSCOW)).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string();
        let (node, class) = match revision {
            Revision::Rev110801 => (String::new(), String::new()),
            Revision::Rev111111 | Revision::Rev120315 => (
                format!("<smev:NodeId>{}</smev:NodeId>", escape(&self.node_id)),
                format!("<smev:MessageClass>{}</smev:MessageClass>", self.class.as_str()),
            ),
        };
        format!(
            "<smev:Header xmlns:smev=\"{}\" xmlns:wsu=\"{}\" wsu:Id=\"{id}\">{node}<smev:MessageId>{}</smev:MessageId>\
             <smev:TimeStamp>{time}</smev:TimeStamp>{class}</smev:Header>",
            revision.namespace(),
            uri::WSU,
            self.message_id,
        )
    }
}

/// Text as canonical XML writes it. Characters that XML forbids become U+FFFD: a hint may quote what a message said.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#xD;"),
            '\t' | '\n' => escaped.push(letter),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_that_of_its_revision() {
        let stamp = Stamp {
            node_id: "6<4".to_owned(),
            message_id: Uuid::from_u128(0xA1),
            time: "2026-10-01T09:08:07.0456Z".parse().unwrap(),
            class: MessageClass::Response,
            entropy: [7; 32],
        };
        assert_eq!(
            stamp.node_header(Revision::Rev120315, "h-1"),
            "<smev:Header xmlns:smev=\"http://smev.gosuslugi.ru/rev120315\" \
             xmlns:wsu=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\" wsu:Id=\"h-1\">\
             <smev:NodeId>6&lt;4</smev:NodeId><smev:MessageId>00000000-0000-0000-0000-0000000000a1</smev:MessageId>\
             <smev:TimeStamp>2026-10-01T12:08:07.045+03:00</smev:TimeStamp><smev:MessageClass>RESPONSE</smev:MessageClass></smev:Header>"
        );
        let old = stamp.node_header(Revision::Rev110801, "h-1");
        assert!(!old.contains("NodeId") && !old.contains("MessageClass"), "{old}");
        assert!(!format!("{stamp:?}").contains("[7, 7"), "entropy in a log");
    }
}
