//! How a provider can be asked to misbehave, so that the bus's answer side can be tried out.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use crate::Error;

/// What a provider does instead of answering properly. A request asks for it with the text `stand-behaviour:WORD`
/// anywhere in its AppData; the file `DIR/behaviour/SID0064001` holding the word does so for every request of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers properly, but only after five seconds.
    Late,
    /// Answers without ЭП-ОВ.
    Unsigned,
    /// Changes Body after signing it.
    Forged,
    /// Signs with the key of another system.
    Impostor,
    /// Answers a different request: `RequestIdRef` is made up.
    WrongReference,
    /// Answers with a signed SOAP fault of its own.
    Fault,
    /// Closes the connection without an answer.
    Drop,
    /// Answers with something that is no XML.
    Garbage,
    /// Answers properly, but neither checks nor saves the request: for load.
    Quick,
}

/// What stands before the word in a message.
const MARK: &str = "stand-behaviour:";

impl Behaviour {
    /// All of them.
    pub const ALL: [Behaviour; 9] = [
        Behaviour::Late,
        Behaviour::Unsigned,
        Behaviour::Forged,
        Behaviour::Impostor,
        Behaviour::WrongReference,
        Behaviour::Fault,
        Behaviour::Drop,
        Behaviour::Garbage,
        Behaviour::Quick,
    ];

    /// How late [`Behaviour::Late`] is.
    pub const LATE: Duration = Duration::from_secs(5);

    /// The word in messages, files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Behaviour::Late => "late",
            Behaviour::Unsigned => "unsigned",
            Behaviour::Forged => "forged",
            Behaviour::Impostor => "impostor",
            Behaviour::WrongReference => "wrong-reference",
            Behaviour::Fault => "fault",
            Behaviour::Drop => "drop",
            Behaviour::Garbage => "garbage",
            Behaviour::Quick => "quick",
        }
    }

    /// The text that asks for it in a message.
    pub(crate) fn note(self) -> String {
        format!("{MARK}{}", self.word())
    }

    /// What a message asks for, else what the control file of the service says.
    pub(crate) fn asked(message: &[u8], directory: &Path, sid: &str) -> Option<Behaviour> {
        Behaviour::in_message(message).or_else(|| {
            let text = std::fs::read_to_string(directory.join("behaviour").join(sid)).ok()?;
            text.trim().parse().ok()
        })
    }

    fn in_message(message: &[u8]) -> Option<Behaviour> {
        let at = message.windows(MARK.len()).position(|window| window == MARK.as_bytes())?;
        let rest = message.get(at.saturating_add(MARK.len())..)?;
        let length = rest.iter().position(|octet| !octet.is_ascii_lowercase() && *octet != b'-').unwrap_or(rest.len());
        std::str::from_utf8(rest.get(..length)?).ok()?.parse().ok()
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Behaviour {
    type Err = Error;

    fn from_str(given: &str) -> Result<Behaviour, Error> {
        Behaviour::ALL.into_iter().find(|behaviour| behaviour.word() == given).ok_or_else(|| Error::UnknownName {
            what: "behaviour",
            given: given.to_owned(),
            allowed: Behaviour::ALL.map(Behaviour::word).join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_is_found_in_the_message_that_asks_for_it() {
        for behaviour in Behaviour::ALL {
            let message = format!("<a><b>{}</b></a>", behaviour.note());
            assert_eq!(Behaviour::in_message(message.as_bytes()), Some(behaviour));
        }
        assert_eq!(Behaviour::in_message(b"<a>stand-behaviour:nonsense</a>"), None);
        assert_eq!(Behaviour::in_message(b"<a>stand-behaviour:"), None);
    }

    #[test]
    fn a_control_file_speaks_for_requests_that_ask_for_nothing() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("behaviour")).unwrap();
        std::fs::write(directory.path().join("behaviour/SID0064001"), "forged\n").unwrap();
        let asked = |message: &str, sid: &str| Behaviour::asked(message.as_bytes(), directory.path(), sid);
        assert_eq!(asked("<a/>", "SID0064001"), Some(Behaviour::Forged));
        assert_eq!(asked("<a>stand-behaviour:late</a>", "SID0064001"), Some(Behaviour::Late));
        assert_eq!(asked("<a/>", "SID0064002"), None);
    }
}
