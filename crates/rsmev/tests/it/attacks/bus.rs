//! The bus under attack, with a tap before every provider: what is sent, what must come back, and the account at the end.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs;
use std::path::PathBuf;

use pki::Certificate;
use xmldsig::{Actor, Algorithms, Distrust, Document, Part, Policy};

use super::forge::{Forge, between};
use super::line::Line;
use super::tap::Tap;
use crate::http::Answer;
use crate::region::Region;

/// The service that attacks ask for, and who asks.
pub(crate) const PATH: &str = "/gateway/services/SID0064001";
pub(crate) const SENDER: &str = "SOCZ01641";
/// The type of an ordinary message.
pub(crate) const XML: &str = "text/xml; charset=utf-8";

/// The whole frame of a message around which HTTP stands.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    pub(crate) path: &'a str,
    pub(crate) content_type: &'a str,
    /// More lines of the head.
    pub(crate) headers: Vec<String>,
}

impl Default for Call<'_> {
    fn default() -> Self {
        Call { path: PATH, content_type: XML, headers: vec!["SOAPAction: \"urn:getRecord\"".to_owned()] }
    }
}

/// A running region with a tap before its providers, and what has come of the attacks so far.
pub(crate) struct Bus {
    pub(crate) region: Region,
    pub(crate) forge: Forge,
    line: Line,
    taps: [Tap; 2],
    node: Certificate,
    /// Code of each refusal by the MessageId of its exchange.
    refused: HashMap<String, String>,
    served: usize,
    trouble: Vec<String>,
}

impl Bus {
    pub(crate) fn running() -> Bus {
        Bus::prepared(|_| {})
    }

    /// `prepare` may change the registry before the bus reads it.
    pub(crate) fn prepared(prepare: impl FnOnce(&Region)) -> Bus {
        let mut region = Region::without_bus();
        let (agencies, federal) = (region.described.agencies, region.described.federal.address);
        let taps = [Tap::before(agencies), Tap::before(federal)];
        for (file, from, to) in
            [("routes.d/services.toml", agencies, taps[0].address), ("routes.toml", federal, taps[1].address)]
        {
            let path = region.path().join(file);
            let text = fs::read_to_string(&path).unwrap();
            let rerouted = text.replace(&format!("http://{from}/"), &format!("http://{to}/"));
            assert_ne!(text, rerouted, "{file} calls nobody at {from}");
            fs::write(path, rerouted).unwrap();
        }
        prepare(&region);
        region.start_bus();
        let certificate: PathBuf = region.path().join(&region.described.node.certificate);
        let node = Certificate::from_pem(&fs::read(certificate).unwrap()).unwrap();
        let forge = Forge::of(&region, SENDER);
        let line = Line::to(region.described.node.soap);
        Bus { region, forge, line, taps, node, refused: HashMap::new(), served: 0, trouble: Vec::new() }
    }

    /// Octets that have reached any provider.
    pub(crate) fn passed(&self) -> u64 {
        self.taps.iter().map(Tap::passed).sum()
    }

    /// What the agencies' systems were sent since this was asked last.
    pub(crate) fn forwarded(&self) -> String {
        self.taps[0].take()
    }

    /// An attack in an ordinary frame must be refused with one of `codes`.
    pub(crate) fn refuses(&mut self, attack: impl Display, codes: &[&str], message: impl AsRef<[u8]>) {
        self.refuses_in(attack, codes, &Call::default(), message);
    }

    /// The same in a frame of the attack's own.
    pub(crate) fn refuses_in(
        &mut self,
        attack: impl Display,
        codes: &[&str],
        call: &Call<'_>,
        message: impl AsRef<[u8]>,
    ) {
        let before = self.passed();
        let outcome = self.send(call, message.as_ref()).and_then(|answer| self.judge(&answer, codes));
        if let Err(trouble) = outcome {
            self.trouble.push(format!("{attack}: {trouble}"));
        }
        if self.passed() != before {
            self.trouble.push(format!("{attack}: REACHED THE PROVIDER"));
        }
    }

    /// A message that must pass: the provider's answer comes back, sealed by the node.
    pub(crate) fn serves(&mut self, what: impl Display, message: impl AsRef<[u8]>) {
        self.serves_in(what, &Call::default(), message);
    }

    /// The same in a frame of its own.
    pub(crate) fn serves_in(&mut self, what: impl Display, call: &Call<'_>, message: impl AsRef<[u8]>) {
        let before = self.passed();
        let answer = self.send(call, message.as_ref());
        match answer.and_then(|answer| self.sealed(&answer).map(|told| (answer.status, told))) {
            Ok((200, _)) if self.passed() > before => self.served += 1,
            Ok((status, told)) => self.trouble.push(format!("{what}: HTTP {status} {}", shortened(&told))),
            Err(trouble) => self.trouble.push(format!("{what}: {trouble}")),
        }
    }

    /// A message that must pass and come to nothing: what came back from the provider is refused with one of `codes`.
    pub(crate) fn fails(&mut self, what: impl Display, codes: &[&str], message: impl AsRef<[u8]>) {
        let outcome = self.send(&Call::default(), message.as_ref()).and_then(|answer| self.judge(&answer, codes));
        if let Err(trouble) = outcome {
            self.trouble.push(format!("{what}: {trouble}"));
        }
    }

    /// A message that the bus must let through, whatever the provider of the stand, who knows nothing of it, says.
    pub(crate) fn reaches(&mut self, what: impl Display, message: impl AsRef<[u8]>) {
        let before = self.passed();
        let answer = self.send(&Call::default(), message.as_ref());
        match answer.and_then(|answer| self.sealed(&answer)) {
            Ok(told) if self.passed() > before && !told.contains("<rsmev:Code>") => self.served += 1,
            Ok(told) => self.trouble.push(format!("{what}: {}", shortened(&told))),
            Err(trouble) => self.trouble.push(format!("{what}: {trouble}")),
        }
    }

    /// A proper message of the sender must pass.
    pub(crate) fn serves_honest(&mut self) {
        let message = self.forge.signed();
        self.serves("an honest message", message);
    }

    /// Of answers to one message sent many times one must be the provider's, all others refusals with one of `codes`.
    pub(crate) fn served_once(&mut self, answers: &[Answer], codes: &[&str]) {
        let (served, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        self.served += served.len();
        if served.len() != 1 {
            self.trouble.push(format!("served {} times", served.len()));
        }
        for answer in refused {
            if let Err(trouble) = self.judge(answer, codes) {
                self.trouble.push(trouble);
            }
        }
    }

    /// The bus is another process now.
    pub(crate) fn forget_line(&mut self) {
        self.line = Line::to(self.region.described.node.soap);
    }

    /// One exchange on the connection that attacks share.
    pub(crate) fn send(&mut self, call: &Call<'_>, message: &[u8]) -> Result<Answer, String> {
        let mut headers = vec![format!("Content-Type: {}", call.content_type)];
        headers.extend_from_slice(&call.headers);
        self.line.post(call.path, &headers, message).map_err(|error| format!("no answer: {error}"))
    }

    /// Checks a refusal and takes it down for the account.
    pub(crate) fn judge(&mut self, answer: &Answer, codes: &[&str]) -> Result<(), String> {
        let told = self.sealed(answer)?;
        if answer.status != 500 || !told.contains("<rsmev:Code>") {
            return Err(format!("HTTP {}, no refusal: {}", answer.status, shortened(&told)));
        }
        let value = |name: &str| between(&told, &format!("<rsmev:{name}>"), "<").to_owned();
        let plain = |text: String| text.split_once('>').unwrap().1.trim_end_matches('<').to_owned();
        let (code, exchange) = (plain(value("Code")), plain(value("MessageId")));
        let reason = plain(between(&told, "xml:lang=\"en\">", "<").to_owned());
        self.refused.insert(exchange, code.clone());
        if !codes.contains(&code.as_str()) {
            return Err(format!("{code} in place of {codes:?}: {reason}"));
        }
        self.says_nothing_of_the_inside(&told)
    }

    /// The text of an answer that the node has signed, header and Body.
    fn sealed(&self, answer: &Answer) -> Result<String, String> {
        const POLICY: Policy =
            Policy { actor: Actor::Recipient, cover: &[Part::Header, Part::Body], algorithms: Algorithms::Gost };
        let node = |der: &[u8]| if der == self.node.der() { Ok(self.node.clone()) } else { Err(Distrust::Unknown) };
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        let signed = Document::parse(&answer.body).and_then(|document| document.verify(&POLICY, &node));
        signed.map(|_| told.clone()).map_err(|error| {
            format!("HTTP {} without the node's signature ({error}): {}", answer.status, shortened(&told))
        })
    }

    /// No path, key, address or line of code goes out.
    fn says_nothing_of_the_inside(&self, told: &str) -> Result<(), String> {
        let here = self.region.path().to_str().unwrap();
        let inside = [here, ".toml", ".pem", "PRIVATE", "panicked", ".rs:", "127.0.0.1", "libxml", "forged"];
        let fault = told.split_once("<soap:Fault>").map_or(told, |(_, fault)| fault);
        match inside.iter().find(|secret| fault.contains(**secret)) {
            None => Ok(()),
            Some(secret) => Err(format!("the fault says {secret:?}: {}", shortened(told))),
        }
    }

    /// Something that a test has found itself.
    pub(crate) fn trouble(&mut self, what: String) {
        self.trouble.push(what);
    }

    /// What is resident in memory now, and at most since [`Bus::forget_peak`], in octets (proc(5)).
    pub(crate) fn memory(&self) -> (u64, u64) {
        let pid = self.region.bus.as_ref().unwrap().pid();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let of = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// The peak starts from what is resident now.
    pub(crate) fn forget_peak(&self) {
        let pid = self.region.bus.as_ref().unwrap().pid();
        fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
    }

    /// The bus still serves; every refusal is on record with its code, and nothing else is; then all that went wrong is told.
    pub(crate) fn account(&mut self) {
        self.serves_honest();
        let records = self.region.records(&["--kind", "refused"]);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let recorded: HashMap<String, String> = records
            .iter()
            .map(|record| (text(&record["header"]["exchange"]), text(&record["header"]["code"])))
            .collect();
        for (exchange, code) in &self.refused {
            if recorded.get(exchange) != Some(code) {
                self.trouble
                    .push(format!("{exchange}: the journal says {:?}, told was {code}", recorded.get(exchange)));
            }
        }
        let audit = self.region.audit();
        if (recorded.len(), &audit["accepted"]) != (self.refused.len(), &self.served.into()) {
            let (told, on_record) = ((self.refused.len(), self.served), (recorded.len(), &audit["accepted"]));
            self.trouble.push(format!("told refused and served {told:?}, on record {on_record:?}"));
        }
        self.tell_trouble();
    }

    /// As [`Bus::account`] for attacks below the messages: nothing but what was served may have been accepted.
    pub(crate) fn tell(&mut self, accepted: u64) {
        if accepted != self.served as u64 {
            self.trouble.push(format!("served {}, accepted {accepted}", self.served));
        }
        self.tell_trouble();
    }

    /// As [`Bus::account`] for answers that were refused: so many exchanges have failed, the rest was answered.
    pub(crate) fn tell_failures(&mut self, failed: usize) {
        let audit = self.region.audit();
        if (&audit["failed"], &audit["answered"], &audit["pending"]) != (&failed.into(), &self.served.into(), &0.into())
        {
            self.trouble.push(format!("{failed} should have failed: {audit:#}"));
        }
        self.tell_trouble();
    }

    fn tell_trouble(&mut self) {
        // Its log holds a line for each attack: no help to the reader of the troubles.
        drop(self.region.bus.take());
        let first: Vec<&str> = self.trouble.iter().take(40).map(String::as_str).collect();
        assert!(first.is_empty(), "{} troubles, the first of them:\n{}", self.trouble.len(), first.join("\n"));
    }
}

/// As much of a text as a person reads.
pub(crate) fn shortened(text: &str) -> String {
    let at = text.find("<soap:Fault>").or_else(|| text.find("Body")).unwrap_or(0);
    text[at..].chars().take(300).collect()
}
