//! Messages that the bus must refuse, each tried over HTTP against the running bus, each with the code that is expected.
//! What is wrong with each message stands in [`requests`], what is wrong with the provider in [`answers`].

mod answers;
mod requests;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use crate::courier::{Courier, Outgoing};
use crate::region::{Service, System};
use crate::roster::Roster;
use crate::send::line;
use crate::wire::compose::{Draft, Letter, compose};
use crate::wire::{sha256_hex, sign};
use crate::{Error, Exchange, edge};

/// How long to wait for the bus: longer than it waits for a late provider.
const DEADLINE: Duration = Duration::from_secs(30);

/// Which refusals to try.
#[derive(Debug, Clone, Default)]
pub struct RefusalOptions {
    /// Only those whose name contains this.
    pub only: Option<String>,
    /// Where the bus is, when not where `region.json` says.
    pub bus: Option<SocketAddr>,
}

/// One message that had to be refused, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// Short name of the try.
    pub name: String,
    /// What is wrong with the message or the provider, as a sentence.
    pub attack: String,
    /// Codes that are right; empty for a provider's own fault that must pass through.
    pub expected: Vec<String>,
    /// What came back.
    pub exchange: Exchange,
    /// The right code came in a fault signed by the node (for a provider's own fault: it came whole, signed by both).
    pub passed: bool,
}

/// Tries every refusal.
pub async fn refusals(
    directory: &Path,
    options: &RefusalOptions,
    say: &mut (dyn Write + Send),
) -> Result<Vec<Refusal>, Error> {
    let courier = Courier::new(directory, options.bus, DEADLINE)?;
    let mut done = Vec::new();
    let tries = requests::TRIES.iter().chain(answers::TRIES);
    for attempt in tries.filter(|attempt| options.only.as_ref().is_none_or(|only| attempt.name.contains(only.as_str())))
    {
        let refusal = attempt.carry_out(&courier).await?;
        let word = if refusal.passed { "ok  " } else { "FAIL" };
        writeln!(say, "{word} {:<28} {}", refusal.name, line(&refusal.exchange)).map_err(Error::Say)?;
        done.push(refusal);
    }
    Ok(done)
}

/// One try: who asks what, what is wrong with it, which codes are right.
struct Attempt {
    name: &'static str,
    attack: &'static str,
    from: &'static str,
    service: &'static str,
    /// Last part of the address, when not the SID of the service.
    address: Option<&'static str>,
    /// Bearer token shown to the bus.
    token: Option<&'static str>,
    expected: &'static [&'static str],
    make: fn(&Workshop<'_>) -> Result<Bytes, Error>,
}

/// An ordinary region-to-region request; tries change what they need.
const USUAL: Attempt = Attempt {
    name: "",
    attack: "",
    from: "SOCZ01641",
    service: "SID0064001",
    address: None,
    token: None,
    expected: &[],
    make: |workshop| workshop.signed(),
};

/// What a try makes its message of.
struct Workshop<'a> {
    roster: &'a Roster,
    letter: Letter<'a>,
    draft: Draft,
}

impl Attempt {
    async fn carry_out(&self, courier: &Courier) -> Result<Refusal, Error> {
        let region = &courier.roster.region;
        let (from, service): (&System, &Service) = (region.system(self.from)?, region.service(self.service)?);
        let provider = region.system(&service.provider)?;
        let letter = Letter::request(service, from, provider, edge::now(), edge::random_id()?);
        let draft = compose(&letter);
        let workshop = Workshop { roster: &courier.roster, letter, draft };
        let body = (self.make)(&workshop)?;
        let outgoing = Outgoing {
            kind: "refusal",
            step: self.name,
            from,
            service,
            address: self.address,
            token: self.token.map(str::to_owned),
            around_the_federal_node: true,
            body,
            body_sha256: sha256_hex(workshop.draft.body.as_bytes()),
        };
        let exchange = courier.carry(outgoing).await?;
        Ok(Refusal {
            name: self.name.to_owned(),
            attack: self.attack.to_owned(),
            expected: self.expected.iter().map(|code| (*code).to_owned()).collect(),
            passed: passed(&exchange, self.expected),
            exchange,
        })
    }
}

/// The fault is the node's own, with a right code; or, when no code is expected, the provider's, vouched for by both.
fn passed(exchange: &Exchange, expected: &[&str]) -> bool {
    let signed = exchange.verdicts.node.is_good() && exchange.http_status == 500;
    match &exchange.fault {
        Some(code) => signed && expected.contains(&code.as_str()),
        None => signed && expected.is_empty() && exchange.fault_text.is_some() && exchange.verdicts.provider.is_good(),
    }
}

impl Workshop<'_> {
    /// A proper message of the sender.
    fn signed(&self) -> Result<Bytes, Error> {
        sign::sign(&self.draft, self.roster.identity(&self.letter.sender.mnemonic)?)
    }

    /// The sender's Security block over the Body of the draft.
    fn block(&self) -> Result<String, Error> {
        let octets = sign::canonical_body(&self.draft)?;
        sign::block(self.draft.body_id(), &octets, self.roster.identity(&self.letter.sender.mnemonic)?)
    }

    /// A proper message with every `from` replaced by `to`.
    fn replaced(&self, from: &str, to: &str) -> Result<Bytes, Error> {
        let text = String::from_utf8_lossy(&self.signed()?).replace(from, to);
        Ok(Bytes::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    use crate::exchange::{Verdict, Verdicts};
    use crate::region::Revision;

    fn answer(fault: Option<&str>, text: &str, node: bool, provider: bool) -> Exchange {
        let verdict = |good: bool| {
            if good { Verdict::Good { signer: String::new(), algorithm: String::new() } } else { Verdict::Absent }
        };
        Exchange {
            kind: String::new(),
            step: String::new(),
            from: String::new(),
            to: String::new(),
            service: String::new(),
            version: String::new(),
            revision: Revision::Rev120315,
            request_message_id: None,
            bus_message_id: None,
            answer_message_id: None,
            status: None,
            sha256: String::new(),
            received_sha256: None,
            http_status: 500,
            fault: fault.map(str::to_owned),
            fault_text: Some(text.to_owned()),
            verdicts: Verdicts { node: verdict(node), provider: verdict(provider) },
            milliseconds: 0.0,
            sent_file: PathBuf::new(),
            answer_file: PathBuf::new(),
            received_file: None,
        }
    }

    #[test]
    fn only_the_right_code_signed_by_the_node_passes() {
        assert!(passed(&answer(Some("SMEV-100003"), "", true, false), &["SMEV-100003"]));
        assert!(!passed(&answer(Some("SMEV-100003"), "", false, false), &["SMEV-100003"]), "unsigned fault");
        assert!(!passed(&answer(Some("SMEV-100001"), "", true, false), &["SMEV-100003"]), "another code");
        assert!(passed(&answer(None, "Нет записи", true, true), &[]), "provider's own fault");
        assert!(!passed(&answer(None, "Нет записи", true, false), &[]), "nobody vouches for it");
    }

    #[test]
    fn names_of_tries_are_unique() {
        let mut names: Vec<&str> = requests::TRIES.iter().chain(answers::TRIES).map(|attempt| attempt.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
