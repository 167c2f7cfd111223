//! Control examples sent through the running bus, as a system whose key is at hand would send them; what came of each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use delivery::{Call, ClientTls, Endpoint, HttpClient, Reply, Transport as _};
use domain::registry::{Service, System};
use domain::{Limits, Registry};
use envelope::{Envelope, MessageClass, Stamp};
use jiff::Timestamp;
use pki::{Certificate, Identity, Validity};
use serde::Serialize;
use tokio::runtime::Runtime;
use xmldsig::{Actor, Algorithms, Distrust, Document, Part, Policy};

use super::{Reach, example};
use crate::command::signature::read;
use crate::failure::Failure;
use crate::terminal::{cell, tame};
use crate::{edge, print};

/// What the bus itself may need on top of the provider's deadline.
const BUS_TIME: Duration = Duration::from_secs(30);
const XML: &str = "text/xml; charset=utf-8";
/// Width of a sentence in the table.
const SENTENCE_WIDTH: usize = 90;
/// An envelope that nobody signed: the bus answers it with a fault that it signs.
const UNSIGNED: &[u8] = b"<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
    <probe xmlns=\"urn:rsmev:probe\"/></soap:Body></soap:Envelope>";

/// What came of one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// A good answer, signed by the node.
    Passed,
    /// A refusal, a fault, no answer, or one whose ЭП-СМЭВ does not hold.
    Failed,
    /// There was nothing to send.
    NotTried,
}

/// One try.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tried {
    pub(crate) system: String,
    pub(crate) service: String,
    pub(crate) version: String,
    pub(crate) outcome: Outcome,
    pub(crate) http: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) sentence: String,
    pub(crate) milliseconds: Option<u64>,
}

impl Tried {
    /// Not tried yet.
    fn of(speaker: Speaker<'_>, service: &Service) -> Self {
        Self {
            system: speaker.system.mnemonic.to_string(),
            service: service.sid.to_string(),
            version: service.version.to_string(),
            outcome: Outcome::NotTried,
            http: None,
            code: None,
            sentence: String::new(),
            milliseconds: None,
        }
    }
}

/// A good answer.
pub(crate) struct Answered {
    /// The envelope.
    pub(crate) soap: Vec<u8>,
    /// `MessageId` that the bus gave to the answer; the journal finds the exchange by it.
    pub(crate) exchange: Option<String>,
}

/// As whom examples are sent.
#[derive(Clone, Copy)]
pub(crate) struct Speaker<'a> {
    pub(crate) system: &'a System,
    pub(crate) identity: &'a Identity,
}

/// Takes messages to the running bus.
pub(crate) struct Courier {
    runtime: Runtime,
    client: HttpClient,
    prefix: String,
    tls: Option<Arc<ClientTls>>,
    limits: Limits,
    algorithms: Algorithms,
}

impl Courier {
    pub(crate) fn new(registry: &Registry, algorithms: Algorithms, reach: &Reach) -> Result<Courier, Failure> {
        let limits = registry.limits().clone();
        let tls = match &reach.bus_ca {
            None => None,
            Some(authorities) => {
                let authorities = read(authorities)?;
                let own = match (&reach.bus_client_certificate, &reach.bus_client_key) {
                    (Some(certificate), Some(key)) => Some((read(certificate)?, read(key)?)),
                    _ => None,
                };
                let own = own.as_ref().map(|(certificate, key)| (certificate.as_slice(), key.as_slice()));
                let made = ClientTls::new(&authorities, own, limits.connect_timeout());
                Some(Arc::new(made.map_err(|error| Failure::no(format!("--bus-ca: {error}")))?))
            }
        };
        let prefix = reach.bus.clone().unwrap_or_else(|| own_address(registry));
        if prefix.starts_with("https:") && tls.is_none() {
            return Err(Failure::usage("the bus listens with TLS").hint("name its authority with --bus-ca FILE"));
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::system("start the runtime", error))?;
        let client = HttpClient::new(limits.connect_timeout());
        let prefix = format!("{}/gateway/services", prefix.trim_end_matches('/'));
        Ok(Courier { runtime, client, prefix, tls, limits, algorithms })
    }

    /// Sends the control example of a service; its answer must bear ЭП-СМЭВ by `node`.
    pub(crate) fn try_service(&self, speaker: Speaker<'_>, service: &Service, node: &Certificate) -> Tried {
        match &service.control_example {
            Some(files) => self.try_message(speaker, service, &files.request.octets, node).0,
            None => Tried { sentence: "no control example is registered".to_owned(), ..Tried::of(speaker, service) },
        }
    }

    /// Where messages for a service are taken.
    pub(crate) fn address(&self, service: &Service) -> String {
        format!("{}/{}/{}", self.prefix, service.sid, service.version)
    }

    /// Sends an example as a test of this sender; what came back, when it is an answer that bears ЭП-СМЭВ by `node`.
    pub(crate) fn try_message(
        &self,
        speaker: Speaker<'_>,
        service: &Service,
        request: &[u8],
        node: &Certificate,
    ) -> (Tried, Option<Answered>) {
        let mut tried = Tried::of(speaker, service);
        let draft = example::ready(request, speaker.system, edge::now()).map_err(|unfit| unfit.sentence().to_owned());
        let message = draft.and_then(|draft| {
            self.signed(draft, speaker.identity)
                .map_err(|error| format!("the control example cannot be signed: {error}"))
        });
        let message = match message {
            Ok(message) => message,
            Err(sentence) => return (Tried { sentence, ..tried }, None),
        };
        let start = Instant::now();
        let reply = self.post(service, message);
        tried.milliseconds = u64::try_from(start.elapsed().as_millis()).ok();
        tried.outcome = Outcome::Failed;
        match reply {
            Ok(reply) => {
                let answered = self.judge(&reply, node, &mut tried);
                (tried, answered)
            }
            Err(error) => (Tried { sentence: error.to_string(), ..tried }, None),
        }
    }

    /// Lets the bus refuse a message: the fault must bear ЭП-СМЭВ by `node`. Shows which key the bus signs with, needs no
    /// sender and no provider.
    pub(crate) fn probe(&self, service: &Service, node: &Certificate) -> Result<(), String> {
        let reply = self.post(service, Bytes::from_static(UNSIGNED)).map_err(|error| error.to_string())?;
        let read = Envelope::receive(reply.body, &reply.content_type, &self.limits)
            .and_then(|received| received.read(&self.limits))
            .map_err(|error| error.to_string())?;
        self.sealed_by(read.soap(), node)
    }

    fn signed(&self, draft: Vec<u8>, identity: &Identity) -> Result<Bytes, envelope::Error> {
        let stamp = Stamp {
            node_id: String::new(),
            message_id: uuid::Builder::from_random_bytes(edge::random()).into_uuid(),
            time: edge::now(),
            class: MessageClass::Request,
            entropy: edge::random(),
        };
        let read = Envelope::receive(draft.into(), XML, &self.limits)?.read(&self.limits)?;
        Ok(read.sign_as_sender(identity, &stamp)?.bytes())
    }

    fn post(&self, service: &Service, body: Bytes) -> Result<Reply, delivery::Error> {
        let call = Call {
            endpoint: Endpoint { url: self.address(service), tls: self.tls.clone() },
            content_type: XML.to_owned(),
            soap_action: Some(Bytes::from_static(b"\"\"")),
            body,
            deadline: service.answer_deadline(&self.limits).saturating_add(BUS_TIME),
            answer_bytes_max: self.limits.message_bytes,
        };
        self.runtime.block_on(self.client.post(call))
    }

    fn judge(&self, reply: &Reply, node: &Certificate, tried: &mut Tried) -> Option<Answered> {
        tried.http = Some(reply.status);
        let read = Envelope::receive(reply.body.clone(), &reply.content_type, &self.limits)
            .and_then(|received| received.read(&self.limits));
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                tried.sentence = format!("the answer cannot be read: {error}");
                return None;
            }
        };
        if let Some(fault) = &read.fields().fault {
            tried.code = code_of(&fault.string);
            tried.sentence.clone_from(&fault.string);
            return None;
        }
        match self.sealed_by(read.soap(), node) {
            Err(why) => tried.sentence = format!("ЭП-СМЭВ of the answer: {why}"),
            Ok(()) if reply.status == 200 => {
                tried.outcome = Outcome::Passed;
                tried.sentence = read.fields().status.clone().unwrap_or_else(|| "answered".to_owned());
                let exchange = read.fields().node_header.as_ref().and_then(|header| header.message_id.clone());
                return Some(Answered { soap: read.soap().to_vec(), exchange });
            }
            Ok(()) => tried.sentence = format!("HTTP {} without a fault", reply.status),
        }
        None
    }

    fn sealed_by(&self, soap: &[u8], node: &Certificate) -> Result<(), String> {
        let policy =
            Policy { actor: Actor::Recipient, cover: &[Part::Header, Part::Body], algorithms: self.algorithms };
        let at: Timestamp = edge::now();
        let trust = |der: &[u8]| {
            if node.der() == der && node.validity_at(at) == Validity::Valid {
                Ok(node.clone())
            } else {
                Err(Distrust::Unknown)
            }
        };
        let document = Document::parse(soap).map_err(|error| error.to_string())?;
        document.verify(&policy, &trust).map(drop).map_err(|error| error.to_string())
    }
}

/// Where the bus listens, as this machine reaches it.
fn own_address(registry: &Registry) -> String {
    let mut address = registry.listen().soap;
    if address.ip().is_unspecified() {
        let loopback =
            if address.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    format!("{}://{address}", if registry.listen().tls.is_some() { "https" } else { "http" })
}

/// `SMEV-nnnnnn` at the start of a fault's text.
fn code_of(text: &str) -> Option<String> {
    let code = text.trim_start().get(..11)?;
    let digits = code.strip_prefix("SMEV-")?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| code.to_owned())
}

/// The tries as a table.
pub(crate) fn show(tried: &[Tried]) -> Result<(), Failure> {
    for one in tried {
        let word = match one.outcome {
            Outcome::Passed => "pass",
            Outcome::Failed => "FAIL",
            Outcome::NotTried => "–",
        };
        let figure = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        print::line(&format!(
            "{word:<4}  {:<9}  {:<10} {:<6}  HTTP {:<3}  {:<11}  {:>6} ms  {}",
            cell(&one.system, 16),
            one.service,
            one.version,
            figure(one.http.map(|status| status.to_string())),
            figure(one.code.clone()),
            figure(one.milliseconds.map(|time| time.to_string())),
            cell(&tame(&one.sentence), SENTENCE_WIDTH),
        ))?;
    }
    Ok(())
}
