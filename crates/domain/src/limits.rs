//! Every limit of the bus, with its unit in its name, its default and the range in which it makes sense.
//!
//! Values come from `[limits]` of the registry; nothing here enforces them.

use std::time::Duration;

use serde::Serialize;

use crate::quantity;

/// How a limit is written in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A size with its unit, `"10 MiB"`.
    Bytes,
    /// A duration with its unit, `"30 s"`.
    Millis,
    /// A plain number.
    Count,
}

impl Unit {
    /// Writes an amount as the registry has it.
    pub fn format(self, amount: u64) -> String {
        match self {
            Unit::Bytes => quantity::format_bytes(amount),
            Unit::Millis => quantity::format_millis(amount),
            Unit::Count => amount.to_string(),
        }
    }
}

/// What is known of one limit: for the registry's reader and for the documentation.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LimitSpec {
    /// Key in `[limits]` and field of [`Limits`].
    pub name: &'static str,
    /// How it is written.
    pub unit: Unit,
    /// Value when the registry does not say.
    pub default: u64,
    /// Least value accepted.
    pub min: u64,
    /// Greatest value accepted.
    pub max: u64,
    /// What it bounds.
    pub about: &'static str,
}

macro_rules! limits {
    ($($name:ident: $type:ident = $unit:ident $default:expr, $min:expr, $max:expr, $about:literal;)+) => {
        /// The limits in force.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        pub struct Limits {
            $(#[doc = $about] pub $name: $type,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            /// Every limit, in the order of the struct.
            pub const SPECS: &'static [LimitSpec] = &[
                $(LimitSpec {
                    name: stringify!($name), unit: Unit::$unit,
                    default: $default, min: $min, max: $max, about: $about,
                },)+
            ];

            /// The value of the limit of that name.
            pub fn get(&self, name: &str) -> Option<u64> {
                match name {
                    $(stringify!($name) => u64::try_from(self.$name).ok(),)+
                    _ => None,
                }
            }

            /// Sets the limit of that name; `None` when there is no such limit or the value is out of its range.
            #[must_use]
            pub fn with(mut self, name: &str, value: u64) -> Option<Self> {
                match name {
                    $(stringify!($name) if ($min..=$max).contains(&value) => self.$name = $type::try_from(value).ok()?,)+
                    _ => return None,
                }
                Some(self)
            }
        }
    };
}

// The expressions are untyped literals on purpose: each is expanded once as the field's type and once as `u64`.
limits! {
    message_bytes: usize = Bytes 10 << 20, 4 << 10, 48 << 20, "Octets of an HTTP body, request or answer, attachments included.";
    http_header_bytes: usize = Bytes 32 << 10, 4 << 10, 1 << 20, "Octets of an HTTP head.";
    header_bytes: usize = Bytes 256 << 10, 4 << 10, 16 << 20, "Octets of `soap:Header`, security blocks included.";
    depth: usize = Count 64, 8, 256, "Nesting of XML elements.";
    elements: usize = Count 100_000, 100, 10_000_000, "XML elements, comments, processing instructions, CDATA sections and runs of text in a message.";
    attributes_per_element: usize = Count 64, 8, 1_024, "Attributes of one XML element, namespace declarations included.";
    namespaces_in_scope: usize = Count 64, 16, 1_024, "Namespace declarations in scope of one XML element, its own and those of all it stands in, repeated ones included.";
    name_bytes: usize = Bytes 256, 64, 4 << 10, "Octets of an element's or attribute's qualified name.";
    attribute_value_bytes: usize = Bytes 64 << 10, 256, 1 << 20, "Octets of one attribute value.";
    text_bytes: usize = Bytes 10 << 20, 4 << 10, 1 << 30, "Octets of one run of XML text, such as an attachment in base64.";
    field_bytes: usize = Bytes 4 << 10, 256, 64 << 10, "Octets of one routing field of `smev:Message`, such as Sender/Name.";
    security_blocks: usize = Count 4, 1, 16, "`wsse:Security` blocks in a header.";
    ids: usize = Count 10_000, 16, 1_000_000, "Attributes that name an element (Id, ID, id, wsu:Id, xml:id) in a message.";
    mime_parts: usize = Count 100, 1, 10_000, "Parts of a multipart message.";
    connections: usize = Count 2_000, 1, 100_000, "Open connections of all peers.";
    connections_per_peer: usize = Count 200, 1, 100_000, "Open connections from one address.";
    work_in_flight: usize = Count 256, 1, 100_000, "Messages whose signatures are being made or checked.";
    bytes_in_flight: usize = Bytes 512 << 20, 4 << 10, 1 << 40, "Octets of all messages in memory.";
    consumer_in_flight: usize = Count 64, 1, 100_000, "Exchanges of one consumer at a time.";
    provider_in_flight: usize = Count 64, 1, 100_000, "Exchanges with one provider at a time.";
    connect_timeout_ms: u64 = Millis 5_000, 10, 120_000, "Time to reach the other side, TLS included.";
    answer_deadline_ms: u64 = Millis 60_000, 10, 3_600_000, "Time from sending a request to having the whole answer.";
    request_read_ms: u64 = Millis 30_000, 10, 3_600_000, "Time for a peer to send its request.";
    tls_handshake_ms: u64 = Millis 10_000, 10, 120_000, "Time for a peer to finish its TLS handshake.";
    idle_ms: u64 = Millis 60_000, 10, 3_600_000, "Time a connection may stay open without a request.";
    drain_ms: u64 = Millis 90_000, 10, 3_600_000, "Time given to exchanges in flight when the bus stops.";
    replay_window_ms: u64 = Millis 600_000, 0, 86_400_000, "Time for which a request is remembered, so that it is not taken a second time; 0: repeats are not recognised.";
    replay_entries: usize = Count 1_000_000, 1_000, 100_000_000, "Requests remembered at most; the oldest are forgotten first.";
    stranger_bytes_per_hour: usize = Bytes 64 << 20, 64 << 10, 1 << 40, "Octets an hour that refused messages of unproven senders may take in the journal; beyond, they are counted.";
    crl_bytes: usize = Bytes 64 << 20, 4 << 10, 1 << 30, "Octets of all revocation lists.";
    registry_files_bytes: usize = Bytes 64 << 20, 4 << 10, 1 << 30, "Octets of all files of the registry.";
}

impl Limits {
    /// Time to reach the other side, TLS included.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// Time from sending a request to having the whole answer.
    pub fn answer_deadline(&self) -> Duration {
        Duration::from_millis(self.answer_deadline_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_lies_in_its_range_and_every_limit_can_be_set_within_it() {
        for spec in Limits::SPECS {
            assert_eq!(Limits::default().get(spec.name), Some(spec.default), "{}", spec.name);
            for value in [spec.min, spec.default, spec.max] {
                assert_eq!(Limits::default().with(spec.name, value).and_then(|set| set.get(spec.name)), Some(value));
            }
            if let Some(below) = spec.min.checked_sub(1) {
                assert_eq!(Limits::default().with(spec.name, below), None, "{}", spec.name);
            }
            assert_eq!(Limits::default().with(spec.name, spec.max + 1), None, "{}", spec.name);
        }
        assert_eq!(Limits::default().with("patience", 1), None);
    }
}
