//! Carries one ready message to the bus (or the federal node), keeps what went out and what came back, and judges the
//! answer. It neither composes nor decides what is right: that is for [`crate::send`] and [`crate::refusals`].

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use pki::Certificate;

use crate::cast::FEDERAL_NODE_NAME;
use crate::exchange::{Exchange, Verdict, Verdicts};
use crate::providers::saved;
use crate::region::{Service, System, SystemKind};
use crate::roster::Roster;
use crate::wire::compose::moscow;
use crate::wire::http::{Caller, Post, Reply};
use crate::wire::judge::{Judged, judge};
use crate::{Error, edge};

/// A message ready to go.
pub(crate) struct Outgoing<'a> {
    /// First column of reports.
    pub(crate) kind: &'a str,
    /// Status of the request.
    pub(crate) step: &'a str,
    pub(crate) from: &'a System,
    pub(crate) service: &'a Service,
    /// Last step of the address, when not the service's own SID.
    pub(crate) address: Option<&'a str>,
    /// Bearer token, for a system that the bus signs for.
    pub(crate) token: Option<String>,
    /// Goes to the bus even if the sender is a federal system.
    pub(crate) around_the_federal_node: bool,
    pub(crate) body: Bytes,
    /// SHA-256 (hex) of the Body element in it.
    pub(crate) body_sha256: String,
}

/// Takes messages to the bus.
pub(crate) struct Courier {
    pub(crate) roster: Roster,
    caller: Caller,
    region_url: String,
    sent: PathBuf,
    deadline: Duration,
}

impl Courier {
    /// Reads the region; `bus` overrides the address it names.
    pub(crate) fn new(directory: &Path, bus: Option<SocketAddr>, deadline: Duration) -> Result<Courier, Error> {
        let roster = Roster::load(directory)?;
        let region_url = match bus {
            Some(bus) => format!("http://{bus}/gateway/services"),
            None => roster.region.node.services_url.clone(),
        };
        let sent = directory.join("sent");
        fs::create_dir_all(&sent).map_err(Error::file("create", &sent))?;
        Ok(Courier { roster, caller: Caller::new(1), region_url, sent, deadline })
    }

    /// Posts a message and judges the answer. No answer at all is a result too: `http_status` 0.
    pub(crate) async fn carry(&self, outgoing: Outgoing<'_>) -> Result<Exchange, Error> {
        let sent_file = self.file(&outgoing, "request")?;
        fs::write(&sent_file, &outgoing.body).map_err(Error::file("write", &sent_file))?;
        let federal = outgoing.from.kind == SystemKind::Federal && !outgoing.around_the_federal_node;
        let prefix = if federal { &self.roster.region.federal.services_url } else { &self.region_url };
        let post = Post {
            url: format!("{prefix}/{}", outgoing.address.unwrap_or(&outgoing.service.sid)),
            soap_action: outgoing.service.soap_action.clone(),
            token: outgoing.token.clone(),
            body: outgoing.body.clone(),
            deadline: self.deadline,
        };
        let start = Instant::now();
        let reply = self.caller.post(post).await;
        let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
        let mut exchange = exchange(&outgoing, sent_file, milliseconds);
        match reply {
            Ok(reply) => self.record(&mut exchange, &outgoing, reply)?,
            Err(error @ Error::NotLoopback { .. }) => return Err(error),
            Err(error) => exchange.fault_text = Some(error.to_string()),
        }
        Ok(exchange)
    }

    fn record(&self, exchange: &mut Exchange, outgoing: &Outgoing<'_>, reply: Reply) -> Result<(), Error> {
        exchange.answer_file = self.file(outgoing, "answer")?;
        fs::write(&exchange.answer_file, &reply.body).map_err(Error::file("write", &exchange.answer_file))?;
        exchange.http_status = reply.status;
        let providers = self.roster.certificates_of(&outgoing.service.provider)?;
        let judged = judge(reply.body, &reply.content_type, &self.nodes(outgoing.from), &providers, edge::now());
        exchange.answer_message_id = judged.message_id().map(str::to_owned);
        let Judged { fields, verdicts, .. } = judged;
        exchange.verdicts = verdicts;
        let received = saved::find(&self.roster.directory, &outgoing.service.provider, &outgoing.body_sha256);
        let at_federal_node = saved::find(&self.roster.directory, FEDERAL_NODE_NAME, &outgoing.body_sha256);
        let referred = fields.as_ref().and_then(|fields| fields.request_id_ref.clone());
        exchange.request_message_id = referred.or_else(|| received.as_ref()?.message_id.clone());
        exchange.bus_message_id = at_federal_node
            .and_then(|line| line.message_id)
            .or_else(|| received.as_ref()?.message_id.clone())
            .or_else(|| exchange.request_message_id.clone());
        if let Some(line) = received {
            exchange.received_sha256 = line.body_sha256;
            exchange.received_file = Some(line.file);
        }
        if let Some(fields) = fields {
            exchange.status = fields.status;
            exchange.fault_text = fields.fault.map(|fault| fault.string);
            exchange.fault = exchange.fault_text.as_deref().and_then(smev_code);
        } else if reply.status != 200 {
            exchange.fault_text = Some(format!("HTTP {} without a SOAP answer", reply.status));
        }
        Ok(())
    }

    /// Whose ЭП-СМЭВ the answer must bear. A federal system is answered by the federal node, unless the region refused.
    fn nodes(&self, from: &System) -> Vec<Certificate> {
        let mut nodes = self.roster.nodes.clone();
        if from.kind == SystemKind::Federal {
            nodes.push(self.roster.federal.certificate().clone());
        }
        nodes
    }

    fn file(&self, outgoing: &Outgoing<'_>, what: &str) -> Result<PathBuf, Error> {
        let time = moscow(edge::now()).chars().take(23).collect::<String>().replace(':', "");
        let unique = hex::encode(edge::entropy::<3>()?);
        Ok(self.sent.join(format!("{time}-{}-{}-{unique}-{what}.xml", outgoing.kind, outgoing.step)))
    }
}

fn exchange(outgoing: &Outgoing<'_>, sent_file: PathBuf, milliseconds: f64) -> Exchange {
    Exchange {
        kind: outgoing.kind.to_owned(),
        step: outgoing.step.to_owned(),
        from: outgoing.from.mnemonic.clone(),
        to: outgoing.service.provider.clone(),
        service: outgoing.address.unwrap_or(&outgoing.service.sid).to_owned(),
        version: outgoing.service.version.clone(),
        revision: outgoing.service.revision,
        request_message_id: None,
        bus_message_id: None,
        answer_message_id: None,
        status: None,
        sha256: outgoing.body_sha256.clone(),
        received_sha256: None,
        http_status: 0,
        fault: None,
        fault_text: None,
        verdicts: Verdicts { node: Verdict::Absent, provider: Verdict::Absent },
        milliseconds,
        sent_file,
        answer_file: PathBuf::new(),
        received_file: None,
    }
}

/// `SMEV-nnnnnn` at the start of a fault text, where the nodes put it (protocol §9.3).
pub(crate) fn smev_code(text: &str) -> Option<String> {
    let code = text.trim_start().get(..11)?;
    let digits = code.strip_prefix("SMEV-")?;
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_only_from_the_start_of_a_fault_text() {
        for (text, code) in [
            ("SMEV-100005: При обработке запроса произошла ошибка: Сертификат просрочен", Some("SMEV-100005")),
            ("SMEV-200008", Some("SMEV-200008")),
            ("Запись не найдена, см. SMEV-100005", None),
            ("SMEV-10000", None),
            ("SMEV-10000x: …", None),
            ("СМЭВ", None),
        ] {
            assert_eq!(smev_code(text).as_deref(), code, "{text}");
        }
    }
}
