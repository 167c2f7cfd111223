//! Which status an answer has (protocol §8), and the memory that polling needs: which requests were accepted and how
//! often they were asked for. The memory ends with the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::region::Pattern;

/// Accepted requests remembered at once; when more come, the old ones are forgotten.
const REMEMBERED: usize = 10_000;

/// Accepted requests by the id of their first message, with the number of polls so far.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    polls: Mutex<HashMap<String, u32>>,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) status: &'static str,
    /// `OriginRequestIdRef` of the answer.
    pub(crate) origin: String,
}

impl Sessions {
    /// Decides on a request that came with `message_id`; `origin` is its own `OriginRequestIdRef`.
    pub(crate) fn decide(&self, pattern: Pattern, status: &str, message_id: &str, origin: Option<&str>) -> Decision {
        let first = |status| Decision { status, origin: message_id.to_owned() };
        match (pattern, status) {
            (Pattern::Sync, _) => first("RESULT"),
            (Pattern::Callback, _) => Decision { status: "ACCEPT", origin: origin.unwrap_or(message_id).to_owned() },
            (Pattern::Async | Pattern::Application, "PING") => self.poll(pattern, message_id, origin),
            (Pattern::Async | Pattern::Application, _) => {
                let mut polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
                if polls.len() >= REMEMBERED {
                    polls.clear();
                }
                polls.insert(message_id.to_owned(), 0);
                first("ACCEPT")
            }
        }
    }

    /// The first poll finds the work under way, the second finds it done.
    fn poll(&self, pattern: Pattern, message_id: &str, origin: Option<&str>) -> Decision {
        let origin = origin.unwrap_or_default();
        let mut polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = polls.get_mut(origin) else {
            return Decision { status: "INVALID", origin: message_id.to_owned() };
        };
        *count = count.saturating_add(1);
        let status = match (*count, pattern) {
            (1, Pattern::Application) => "STATE",
            (1, _) => "PROCESS",
            _ => "RESULT",
        };
        Decision { status, origin: origin.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polled_request_goes_from_accept_over_process_to_result() {
        let sessions = Sessions::default();
        let steps = [
            ("REQUEST", "M1", None, "ACCEPT", "M1"),
            ("PING", "M3", Some("M1"), "PROCESS", "M1"),
            ("PING", "M5", Some("M1"), "RESULT", "M1"),
            ("PING", "M7", Some("M9"), "INVALID", "M7"),
            ("PING", "M8", None, "INVALID", "M8"),
        ];
        for (status, id, origin, answer, answer_origin) in steps {
            let decision = sessions.decide(Pattern::Async, status, id, origin);
            assert_eq!(decision, Decision { status: answer, origin: answer_origin.to_owned() }, "{status} {id}");
        }
    }

    #[test]
    fn other_patterns_answer_at_once() {
        let sessions = Sessions::default();
        assert_eq!(sessions.decide(Pattern::Sync, "REQUEST", "M1", None).status, "RESULT");
        let called_back = sessions.decide(Pattern::Callback, "STATE", "M2", Some("M1"));
        assert_eq!(called_back, Decision { status: "ACCEPT", origin: "M1".to_owned() });
        sessions.decide(Pattern::Application, "REQUEST", "A1", None);
        assert_eq!(sessions.decide(Pattern::Application, "PING", "A2", Some("A1")).status, "STATE");
    }
}
