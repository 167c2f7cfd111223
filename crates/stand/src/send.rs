//! Sends signed messages through the bus, one named way after the other, and checks what comes back.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::courier::{Courier, Outgoing};
use crate::region::{Service, SignedBy, System};
use crate::wire::compose::{Letter, compose};
use crate::wire::{sha256_hex, sign};
use crate::{Behaviour, Error, Exchange, Kind, Revision, edge};

/// Polls after which an asynchronous service is given up.
const POLLS: usize = 10;
/// Pause between two polls.
const POLL_PAUSE: Duration = Duration::from_millis(100);

/// What to send.
#[derive(Debug, Clone)]
pub struct SendOptions {
    /// A whole way through the region; `None`: one request to `service`.
    pub kind: Option<Kind>,
    /// Mnemonic of the sender, when not the usual one of the kind or service.
    pub from: Option<String>,
    /// SID, when not the usual one of the kind.
    pub service: Option<String>,
    /// Makes the Body at least so many octets long.
    pub body_bytes: usize,
    /// How the provider is asked to behave.
    pub behaviour: Option<Behaviour>,
    /// Adds an AppDocument with an archive.
    pub attachment: bool,
    /// Sends real messages: without `TestMsg`.
    pub real: bool,
    /// Where the bus is, when not where `region.json` says.
    pub bus: Option<SocketAddr>,
    /// How long to wait for an answer.
    pub deadline: Duration,
}

impl Default for SendOptions {
    fn default() -> SendOptions {
        SendOptions {
            kind: None,
            from: None,
            service: None,
            body_bytes: 0,
            behaviour: None,
            attachment: false,
            real: false,
            bus: None,
            deadline: Duration::from_secs(90),
        }
    }
}

/// Passes messages through the bus; files go to `DIR/sent/`. An answer that is a refusal is a result, not an error.
pub async fn send(
    directory: &Path,
    options: &SendOptions,
    say: &mut (dyn Write + Send),
) -> Result<Vec<Exchange>, Error> {
    let courier = Courier::new(directory, options.bus, options.deadline)?;
    let mut way = Way { courier: &courier, options, say, exchanges: Vec::new() };
    match options.kind {
        None => {
            let sid =
                options.service.as_deref().ok_or(Error::Options { what: "neither a kind nor a service to send to" })?;
            way.single(sid, None).await?;
        }
        Some(Kind::FederalSync) => way.single("SID0003245", Some("SOCZ01641")).await?,
        Some(Kind::FederalAsync) => way.polled("SID0003564", "SOCZ01641").await?,
        Some(Kind::FromFederal) => way.single("SID0064001", Some("PFRF01001")).await?,
        Some(Kind::Region) => {
            way.single("SID0064001", Some("MFCS01641")).await?;
            if options.service.is_none() {
                way.single("SID0064002", Some("RPGU01641")).await?;
            }
        }
        Some(Kind::Portal) => way.application().await?,
        Some(Kind::Hosted) => way.single("SID0064001", Some("ARHV01641")).await?,
        Some(Kind::HostedProvider) => way.single("SID0064005", Some("SOCZ01641")).await?,
    }
    Ok(way.exchanges)
}

/// The exchanges of one call of [`send`].
struct Way<'a> {
    courier: &'a Courier,
    options: &'a SendOptions,
    say: &'a mut (dyn Write + Send),
    exchanges: Vec<Exchange>,
}

impl<'a> Way<'a> {
    /// One request and its answer.
    async fn single(&mut self, sid: &str, from: Option<&str>) -> Result<(), Error> {
        let (service, from, provider) = self.parties(sid, from)?;
        let letter = self.first(service, from, provider)?;
        self.carry(&letter).await?;
        Ok(())
    }

    /// A request, then polls until the work is done.
    async fn polled(&mut self, sid: &str, from: &str) -> Result<(), Error> {
        let (service, from, provider) = self.parties(sid, Some(from))?;
        let letter = self.first(service, from, provider)?;
        if let Some(first_id) = self.carry(&letter).await? {
            self.poll(&letter, &first_id).await?;
        }
        Ok(())
    }

    /// A portal application: ACCEPT, the agency's call-back, polls, RESULT.
    async fn application(&mut self) -> Result<(), Error> {
        let (service, portal, agency) = self.parties("SID0064003", Some("RPGU01641"))?;
        let mut letter = self.first(service, portal, agency)?;
        letter.case_number = Some(format!("64-{}", letter.task.simple().to_string().get(..8).unwrap_or_default()));
        let Some(first_id) = self.carry(&letter).await? else {
            return Ok(());
        };

        let call_back = self.courier.roster.region.service("SID0064004")?;
        let mut state = Letter::request(call_back, agency, portal, edge::now(), edge::random_id()?);
        state.originator = portal;
        state.request_id_ref = Some(first_id.clone());
        state.origin_request_id_ref = Some(first_id.clone());
        state.case_number.clone_from(&letter.case_number);
        self.carry(&state).await?;

        self.poll(&letter, &first_id).await
    }

    async fn poll(&mut self, first: &Letter<'a>, first_id: &str) -> Result<(), Error> {
        for _ in 0..POLLS {
            let ping = Letter {
                status: "PING",
                date: edge::now(),
                task: edge::random_id()?,
                request_id_ref: Some(first_id.to_owned()),
                origin_request_id_ref: Some(first_id.to_owned()),
                rows: None,
                note: None,
                attachment: false,
                body_bytes: 0,
                ..first.clone()
            };
            self.carry(&ping).await?;
            let status = self.exchanges.last().and_then(|exchange| exchange.status.as_deref());
            if !matches!(status, Some("PROCESS" | "STATE" | "ACCEPT")) {
                return Ok(());
            }
            tokio::time::sleep(POLL_PAUSE).await;
        }
        Ok(())
    }

    /// Composes, signs and sends; the id that answers refer to, when the answer is a good one.
    async fn carry(&mut self, letter: &Letter<'a>) -> Result<Option<String>, Error> {
        let draft = compose(letter);
        let body = match letter.sender.signature {
            SignedBy::Own => sign::sign(&draft, self.courier.roster.identity(&letter.sender.mnemonic)?)?,
            SignedBy::Hosted => draft.bare(),
        };
        let step = if letter.service.revision == Revision::Absent { "-" } else { letter.status };
        let outgoing = Outgoing {
            kind: self.options.kind.map_or("one", Kind::label),
            step,
            from: letter.sender,
            service: letter.service,
            address: None,
            token: letter.sender.token.clone(),
            around_the_federal_node: false,
            body,
            body_sha256: sha256_hex(draft.body.as_bytes()),
        };
        let exchange = self.courier.carry(outgoing).await?;
        writeln!(self.say, "{}", line(&exchange)).map_err(Error::Say)?;
        let referred = exchange.good().then(|| exchange.request_message_id.clone()).flatten();
        self.exchanges.push(exchange);
        Ok(referred)
    }

    fn first(&self, service: &'a Service, from: &'a System, provider: &'a System) -> Result<Letter<'a>, Error> {
        let mut letter = Letter::request(service, from, provider, edge::now(), edge::random_id()?);
        letter.body_bytes = self.options.body_bytes;
        letter.note = self.options.behaviour.map(Behaviour::note);
        letter.attachment |= self.options.attachment;
        letter.test = !self.options.real;
        Ok(letter)
    }

    fn parties(&self, sid: &str, from: Option<&str>) -> Result<(&'a Service, &'a System, &'a System), Error> {
        let region = &self.courier.roster.region;
        let service = region.service(self.options.service.as_deref().unwrap_or(sid))?;
        let usual = || from.or_else(|| region.consumers(&service.sid).next());
        let from = self.options.from.as_deref().or_else(usual);
        let from = from.ok_or(Error::Options { what: "nobody has the right to ask this service: name a sender" })?;
        Ok((service, region.system(from)?, region.system(&service.provider)?))
    }
}

/// One exchange in one line.
pub(crate) fn line(exchange: &Exchange) -> String {
    let outcome = match (&exchange.status, &exchange.fault_text) {
        (_, Some(text)) => text.clone(),
        (Some(status), None) => status.clone(),
        (None, None) => "answered".to_owned(),
    };
    format!(
        "{:<15} {:<7} {} → {} {}  HTTP {} {outcome}  ЭП-СМЭВ {}, ЭП-ОВ {}  {:.1} ms  {}",
        exchange.kind,
        exchange.step,
        exchange.from,
        exchange.to,
        exchange.service,
        exchange.http_status,
        exchange.verdicts.node.label(),
        exchange.verdicts.provider.label(),
        exchange.milliseconds,
        exchange.bus_message_id.as_deref().unwrap_or("-"),
    )
}
