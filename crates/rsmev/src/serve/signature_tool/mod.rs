//! SignatureTool (protocol §9.2): an agency asks the bus whether a message's signature holds, and learns why not.
//!
//! Advice, no evidence: nothing is forwarded, journaled or signed. It has one thread of its own, so that those who ask
//! do not slow down those who exchange messages, and what may be tried is bounded.

mod request;
mod verdict;
mod wire;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gateway::Snapshot;
use http::StatusCode;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use request::{Asked, Unasked};
use verdict::{Code, Verdict};

/// What stands in the path in place of a service identifier.
pub(super) const NAME: &str = "SignatureTool";
/// Its description, with an address that is replaced by ours.
pub(super) const WSDL: &str = include_str!("../../../../../schemas/signature-tool.wsdl");

/// How many questions are worked on at a time.
const AT_A_TIME: usize = 1;

/// How many questions may wait, their bodies in memory. Those who ask must not take the room of messages.
const WAITING: usize = 8;

/// The service.
pub(super) struct SignatureTool {
    turn: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// A question as it came.
pub(super) struct Posted {
    pub(super) body: Bytes,
    pub(super) content_type: String,
    pub(super) peer: IpAddr,
}

/// An HTTP answer with XML in it.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
}

impl SignatureTool {
    pub(super) fn new() -> Self {
        Self { turn: Arc::new(Semaphore::new(AT_A_TIME)), places: Arc::new(Semaphore::new(WAITING)) }
    }

    /// A place for one question, taken before its body is read; what to answer when all are taken.
    pub(super) fn place(&self, peer: IpAddr) -> Result<OwnedSemaphorePermit, Answer> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            tracing::warn!(%peer, "signature tool: too many questions at a time");
            wire::verdict(&Verdict::busy())
        })
    }

    async fn turn(&self, patience: Duration) -> Option<OwnedSemaphorePermit> {
        tokio::time::timeout(patience, Arc::clone(&self.turn).acquire_owned()).await.ok()?.ok()
    }

    /// Answers one question. Waits for a turn at most `patience`; `kept` is let go of when the work is done, also when the one who asked
    /// has gone.
    pub(super) async fn answer<K: Send + 'static>(
        &self,
        snapshot: Arc<Snapshot>,
        posted: Posted,
        at: Timestamp,
        patience: Duration,
        kept: K,
    ) -> Answer {
        let Some(turn) = self.turn(patience).await else {
            tracing::warn!(peer = %posted.peer, "signature tool: too many questions at a time");
            return wire::verdict(&Verdict::busy());
        };
        let work = tokio::task::spawn_blocking(move || {
            let answer = consider(&snapshot, &posted, at);
            drop((turn, kept));
            answer
        });
        work.await.unwrap_or_else(|error| {
            tracing::error!(%error, "signature tool: a question ended without an answer");
            wire::verdict(&Verdict::internal())
        })
    }
}

/// All the heavy work.
fn consider(snapshot: &Snapshot, posted: &Posted, at: Timestamp) -> Answer {
    let limits = snapshot.registry().limits();
    let (operation, answer, code, certificate) = match request::read(&posted.body, &posted.content_type, limits) {
        Ok(Asked::Verify(question)) => {
            let verdict = verdict::of(snapshot, &question, at);
            let certificate = verdict.fingerprint();
            ("verifySignature", wire::verdict(&verdict), Some(verdict.code), certificate)
        }
        Ok(Asked::Sign) => ("signMessage", wire::fault(SIGNS_FOR_NOBODY), None, None),
        Err(Unasked::Unreadable(error)) => {
            let told = gateway::sentence(&gateway::Refusal::Request(error));
            ("unreadable", wire::fault(&told.ru), None, None)
        }
        Err(Unasked::NotOurs) => ("unknown", wire::fault(NO_SUCH_OPERATION), None, None),
    };
    tracing::info!(peer = %posted.peer, operation, code = code.map(Code::number), certificate, "signature tool");
    answer
}

const SIGNS_FOR_NOBODY: &str = "узел не подписывает сообщения по запросу: подписывайте ключом своей ИС";
const NO_SUCH_OPERATION: &str =
    "нужен один VerifySignatureRequest с элементами message, isCertCheck и actor; описание — по адресу с ?wsdl";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_waits_for_the_one_before_it_and_not_for_ever() {
        let tool = SignatureTool::new();
        let turn = tool.turn(Duration::ZERO).await;
        assert!(turn.is_some() && tool.turn(Duration::ZERO).await.is_none());
        drop(turn);
        assert!(tool.turn(Duration::ZERO).await.is_some());
    }

    #[test]
    fn many_questions_cannot_take_the_memory_of_messages() {
        let tool = SignatureTool::new();
        let peer = IpAddr::from([127, 0, 0, 1]);
        let places: Vec<_> = (0..WAITING).map(|_| tool.place(peer).is_ok()).collect();
        assert_eq!(places, [true; WAITING], "nobody holds one for longer than his question");
        let held: Vec<_> = (0..WAITING).map_while(|_| tool.place(peer).ok()).collect();
        assert_eq!(held.len(), WAITING);
        assert!(tool.place(peer).is_err());
    }
}
