//! The provider systems: what a signed request gets for an answer. Regional providers listen behind one address, each
//! under its own path; federal ones are called by the federal node in process.

mod behaviour;
pub(crate) mod saved;
mod sessions;

use std::sync::Arc;

use domain::Limits;
use envelope::{Envelope, Fields};
use pki::Certificate;

pub use behaviour::Behaviour;

use crate::exchange::{Verdict, Verdicts};
use crate::providers::saved::Received;
use crate::providers::sessions::Sessions;
use crate::region::{Service, SignedBy, System};
use crate::roster::Roster;
use crate::wire::compose::{Draft, Letter, compose, provider_fault};
use crate::wire::http::{Answering, Asked, Handler, Reply};
use crate::wire::judge::{Judged, judge};
use crate::wire::sign;
use crate::{Error, edge};

/// All provider systems of the region.
pub(crate) struct Providers {
    pub(crate) roster: Arc<Roster>,
    sessions: Sessions,
}

impl Providers {
    pub(crate) fn new(roster: Arc<Roster>) -> Providers {
        Providers { roster, sessions: Sessions::default() }
    }

    /// Answers requests of the regional providers: `POST /<mnemonic>/<SID>`, sealed by the bus.
    pub(crate) fn handler(self: Arc<Providers>) -> Handler {
        Arc::new(move |asked: Asked| -> Answering {
            let providers = Arc::clone(&self);
            Box::pin(async move {
                let nodes = providers.roster.nodes.clone();
                match providers.addressed(&asked.path) {
                    Some(service) => providers.answer(service, asked, nodes).await,
                    None => Some(Reply::text(404, "учебный регион: такой системы или сервиса здесь нет")),
                }
            })
        })
    }

    fn addressed(&self, path: &str) -> Option<Service> {
        let mut steps = path.trim_matches('/').split('/');
        let (mnemonic, sid) = (steps.next()?, steps.next()?);
        let service = self.roster.region.service(sid).ok()?;
        (service.provider == mnemonic).then(|| service.clone())
    }

    /// The answer of `service` to a request that one of `nodes` sealed; `None`: the connection is to be dropped.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        service: Service,
        asked: Asked,
        nodes: Vec<Certificate>,
    ) -> Option<Reply> {
        let behaviour = Behaviour::asked(&asked.body, &self.roster.directory, &service.sid);
        match behaviour {
            Some(Behaviour::Drop) => return None,
            Some(Behaviour::Late) => tokio::time::sleep(Behaviour::LATE).await,
            _ => {}
        }
        let providers = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || providers.work(&service, &asked, &nodes, behaviour));
        match work.await {
            Ok(Ok(reply)) => Some(reply),
            Ok(Err(error)) => {
                tracing::error!(%error, "a provider of the stand could not answer");
                Some(Reply::text(500, "учебный регион: поставщик не смог ответить, причина — в выводе stand up"))
            }
            Err(_) => None,
        }
    }

    /// Reads, checks, keeps and answers one request.
    fn work(
        &self,
        service: &Service,
        asked: &Asked,
        nodes: &[Certificate],
        behaviour: Option<Behaviour>,
    ) -> Result<Reply, Error> {
        let judged =
            if behaviour == Some(Behaviour::Quick) { trusting(asked) } else { self.check(service, asked, nodes)? };
        let provider = self.roster.region.system(&service.provider)?;
        for (what, verdict) in [("ЭП-СМЭВ", &judged.verdicts.node), ("ЭП-ОВ", &judged.verdicts.provider)] {
            if !verdict.is_good() {
                let text = format!("Поставщик {} не принял сообщение: {what} — {}", provider.mnemonic, reason(verdict));
                return self.fault(service, provider, &text);
            }
        }
        match behaviour {
            Some(Behaviour::Fault) => {
                self.fault(service, provider, "Запись не найдена: реестр ведётся на бумаге с 1998 по 2003 год")
            }
            Some(Behaviour::Garbage) => Ok(Reply::text(200, "<html><body>Идут технические работы")),
            _ => self.reply(service, provider, &judged, behaviour),
        }
    }

    /// Verifies both signatures and keeps the message as it came.
    fn check(&self, service: &Service, asked: &Asked, nodes: &[Certificate]) -> Result<Judged, Error> {
        let senders = self.roster.certificates(|_| true);
        let judged = judge(asked.body.clone(), &asked.content_type, nodes, &senders, edge::now());
        let received = Received {
            mnemonic: &service.provider,
            service: &service.sid,
            message_id: judged.message_id(),
            body_sha256: judged.body_sha256.as_deref(),
            verdicts: &judged.verdicts,
            octets: &asked.body,
        };
        saved::keep(&self.roster.directory, &received)?;
        Ok(judged)
    }

    fn reply(
        &self,
        service: &Service,
        provider: &System,
        judged: &Judged,
        behaviour: Option<Behaviour>,
    ) -> Result<Reply, Error> {
        let region = &self.roster.region;
        let fields = judged.fields.as_ref();
        let consumer = fields.and_then(|fields| fields.sender.as_ref());
        // Without a Message block nothing in the text names the consumer, and nothing of the answer needs to.
        let consumer = consumer.and_then(|party| region.system(&party.code).ok()).unwrap_or(provider);
        let message_id = judged.message_id().unwrap_or_default();
        let status = fields.and_then(|fields| fields.status.as_deref()).unwrap_or("REQUEST");
        let origin = fields.and_then(|fields| fields.origin_request_id_ref.as_deref());
        let decision = self.sessions.decide(service.pattern, status, message_id, origin);

        let request = Letter::request(service, consumer, provider, edge::now(), edge::random_id()?);
        let mut answer = Letter::answer(&request, decision.status, message_id, &decision.origin);
        answer.test = fields.is_none_or(|fields| fields.test_msg.is_some());
        answer.originator = originator(fields, region).unwrap_or(consumer);
        answer.case_number = fields.and_then(|fields| fields.case_number.clone());
        if behaviour == Some(Behaviour::Quick) {
            // Under load both halves of an exchange weigh the same.
            answer.body_bytes = judged.body_bytes;
        }
        if behaviour == Some(Behaviour::WrongReference) {
            let foreign = edge::random_id()?.hyphenated().to_string();
            answer.request_id_ref = Some(foreign.clone());
            answer.origin_request_id_ref = Some(foreign);
        }
        let draft = compose(&answer);
        let body = match behaviour {
            Some(Behaviour::Unsigned) => draft.bare(),
            Some(Behaviour::Forged) => {
                let octets = sign::canonical_body(&draft)?;
                let block = sign::block(draft.body_id(), &octets, self.roster.identity(&provider.mnemonic)?)?;
                answer.note = Some("дописано после подписания".to_owned());
                compose(&answer).with_header(&block)
            }
            Some(Behaviour::Impostor) => sign::sign(&draft, self.roster.identity(&self.other_than(provider))?)?,
            _ => self.signed(provider, &draft)?,
        };
        Ok(Reply::xml(200, body))
    }

    /// With the provider's ЭП-ОВ; a hosted system has nothing to sign with.
    fn signed(&self, provider: &System, draft: &Draft) -> Result<bytes::Bytes, Error> {
        match provider.signature {
            SignedBy::Own => sign::sign(draft, self.roster.identity(&provider.mnemonic)?),
            SignedBy::Hosted => Ok(draft.bare()),
        }
    }

    fn fault(&self, service: &Service, provider: &System, text: &str) -> Result<Reply, Error> {
        let draft = provider_fault(service, provider, text);
        Ok(Reply::xml(500, self.signed(provider, &draft)?))
    }

    fn other_than(&self, provider: &System) -> String {
        let others = self.roster.region.systems.iter().filter(|system| system.mnemonic != provider.mnemonic);
        others.map(|system| system.mnemonic.clone()).next().unwrap_or_default()
    }
}

/// Reads a request without looking at its signatures: under load the stand must not be the slowest part.
fn trusting(asked: &Asked) -> Judged {
    let limits = Limits::default();
    let read = Envelope::receive(asked.body.clone(), &asked.content_type, &limits);
    let read = read.and_then(|received| received.read(&limits));
    let unchecked = Verdict::Good { signer: "не проверялась".to_owned(), algorithm: String::new() };
    Judged {
        body_bytes: read.as_ref().map_or(0, |read| read.body_span().len()),
        fields: read.ok().map(|read| read.fields().clone()),
        body_sha256: None,
        verdicts: Verdicts { node: unchecked.clone(), provider: unchecked },
    }
}

fn originator<'a>(fields: Option<&Fields>, region: &'a crate::Region) -> Option<&'a System> {
    region.system(&fields?.originator.as_ref()?.code).ok()
}

fn reason(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Bad { reason } => reason,
        Verdict::Absent => "нет",
        Verdict::Good { .. } => "верна",
    }
}
