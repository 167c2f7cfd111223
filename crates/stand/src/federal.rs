//! The federal node of the stand. It does what a node does (protocol §6): verifies whoever hands it a message, puts its
//! own smev:Header and ЭП-СМЭВ in place of an earlier node's, passes the message on, and does the same with the answer.
//! No registry, no access matrix, no journal: behind it stand two federal systems, before it one region.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{FaultRow, Side};

use crate::cast::FEDERAL_NODE_NAME;
use crate::node::{Origin, Refused, Sealer, internal, refused};
use crate::providers::Providers;
use crate::providers::saved::{self, Received};
use crate::region::{Service, SystemKind};
use crate::wire::http::{Answering, Asked, Caller, Handler, Post, Reply};
use crate::wire::judge::judge;
use crate::{Error, edge};

/// How long the federal node waits for the region.
const REGION_DEADLINE: Duration = Duration::from_secs(60);

/// The node with the federal systems behind it.
pub(crate) struct FederalNode {
    pub(crate) sealer: Sealer,
    pub(crate) providers: Arc<Providers>,
    pub(crate) caller: Caller,
    /// Prefix of the bus's service addresses.
    pub(crate) region_url: String,
}

impl FederalNode {
    /// Answers `POST /gateway/services/SIDnnnnnnn[/version]`.
    pub(crate) fn handler(self: Arc<FederalNode>) -> Handler {
        Arc::new(move |asked: Asked| -> Answering {
            let node = Arc::clone(&self);
            Box::pin(async move {
                match node.pass(asked).await {
                    Ok(reply) => reply,
                    Err(refused) => Some(node.sealer.refusal(&refused)),
                }
            })
        })
    }

    /// The whole way of one message and its answer; `Ok(None)`: the provider dropped the connection.
    async fn pass(self: &Arc<Self>, asked: Asked) -> Result<Option<Reply>, Refused> {
        let roster = &self.providers.roster;
        let sid = asked.path.strip_prefix("/gateway/services/").and_then(|rest| rest.split('/').next());
        let service = sid.and_then(|sid| roster.region.service(sid).ok()).cloned();
        let service = service.ok_or_else(|| refused(FaultRow::RouteEndPointUnknown, &asked.path))?;
        let provider = roster.region.system(&service.provider).map_err(internal)?;
        if provider.kind == SystemKind::Federal {
            self.into_federation(service, asked).await
        } else {
            self.into_region(service, asked).await.map(Some)
        }
    }

    /// From the region to a federal system.
    async fn into_federation(self: &Arc<Self>, service: Service, asked: Asked) -> Result<Option<Reply>, Refused> {
        let roster = &self.providers.roster;
        let origin =
            Origin { side: Side::Request, senders: roster.certificates(|_| true), nodes: roster.nodes.clone() };
        let sealed = self.sealed(origin, asked.body.clone(), asked.content_type.clone(), Some(service.clone())).await?;
        let federal = roster.federal.certificate().clone();
        let inside = Asked { body: sealed.body, content_type: sealed.content_type, ..asked };
        let Some(answer) = self.providers.answer(service.clone(), inside, vec![federal]).await else {
            return Ok(None);
        };
        let senders = roster.certificates_of(&service.provider).map_err(internal)?;
        let origin = Origin { side: Side::Response, senders, nodes: Vec::new() };
        let back = self.sealed(origin, answer.body, answer.content_type, None).await?;
        Ok(Some(Reply { status: answer.status, ..back }))
    }

    /// From a federal system to the region.
    async fn into_region(self: &Arc<Self>, service: Service, asked: Asked) -> Result<Reply, Refused> {
        let roster = &self.providers.roster;
        let senders = roster.certificates(|kind| kind == SystemKind::Federal);
        let origin = Origin { side: Side::Request, senders, nodes: Vec::new() };
        let sealed = self.sealed(origin, asked.body, asked.content_type, None).await?;
        let post = Post {
            url: format!("{}/{}", self.region_url, service.sid),
            soap_action: asked.soap_action,
            token: None,
            body: sealed.body,
            deadline: REGION_DEADLINE,
        };
        let answer =
            self.caller.post(post).await.map_err(|error| refused(FaultRow::InternalError, &error.to_string()))?;
        let senders = roster.certificates_of(&service.provider).map_err(internal)?;
        let origin = Origin { side: Side::Response, senders, nodes: roster.nodes.clone() };
        match self.sealed(origin, answer.body.clone(), answer.content_type.clone(), None).await {
            Ok(back) => Ok(Reply { status: answer.status, ..back }),
            // A fault of the regional node bears no provider's signature: it goes to the sender as it is.
            Err(Refused { row: FaultRow::SignatureNotFound, .. }) if answer.status == 500 => Ok(answer),
            Err(refused) => Err(refused),
        }
    }

    /// Verifies, stamps and signs on the blocking pool. With `keep` the message is kept as the federal node's copy.
    async fn sealed(
        self: &Arc<Self>,
        origin: Origin,
        body: Bytes,
        content_type: String,
        keep: Option<Service>,
    ) -> Result<Reply, Refused> {
        let node = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || {
            if let Some(service) = keep {
                node.keep(&service, &origin, &body, &content_type).map_err(internal)?;
            }
            node.sealer.seal(&origin, body, &content_type)
        });
        work.await.unwrap_or_else(|error| Err(refused(FaultRow::InternalError, &error.to_string())))
    }

    fn keep(&self, service: &Service, origin: &Origin, body: &Bytes, content_type: &str) -> Result<(), Error> {
        let judged = judge(body.clone(), content_type, &origin.nodes, &origin.senders, edge::now());
        let received = Received {
            mnemonic: FEDERAL_NODE_NAME,
            service: &service.sid,
            message_id: judged.message_id(),
            body_sha256: judged.body_sha256.as_deref(),
            verdicts: &judged.verdicts,
            octets: body,
        };
        saved::keep(&self.providers.roster.directory, &received)
    }
}
