//! One key on a token: how its form is found at the opening, and the few sessions that many threads share afterwards.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pki::{Algorithm, PrivateKey, PublicKey, RemoteKey};

use crate::form::{Order, Way, ways};
use crate::port::{TokenPort, TokenSession};
use crate::{Effect, Error};

/// Sessions held at once: a token signs one thing at a time, a module in software or a rack a few.
const SESSIONS: usize = 4;
/// How long a thread waits for one of them.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is signed once at the opening; the signature is thrown away.
const PROBE: &[u8] = b"rsmev: in which form does this token sign?";

/// See [`crate::open`].
pub(crate) fn open(
    port: Box<dyn TokenPort>,
    whereabouts: Arc<str>,
    public: Option<&PublicKey>,
) -> Result<PrivateKey, Error> {
    let session = port.connect()?;
    let public = match public {
        Some(public) => public.clone(),
        None => session.public_key()?.ok_or(Error::NoPublicKey)?,
    };
    let (way, order) = find_form(&*session, &public)?;
    let sessions = Sessions::new(port);
    sessions.first(session);
    let key = TokenKey { algorithm: public.algorithm(), whereabouts, way, order, sessions };
    PrivateKey::remote(Arc::new(key), public).map_err(Error::Key)
}

/// The way and order whose signature of the probe verifies.
fn find_form(session: &dyn TokenSession, public: &PublicKey) -> Result<(Way, Order), Error> {
    let algorithm = public.algorithm();
    let (mut tried, mut said) = (0, Vec::new());
    for way in ways(algorithm) {
        match session.sign(way.mechanism, &way.input_of(algorithm, PROBE)) {
            Ok(signature) => {
                for order in Order::ALL {
                    tried += 1;
                    if public.verify(PROBE, &order.apply(&signature)).is_ok() {
                        return Ok((way, order));
                    }
                }
            }
            // Modules refuse what they do not know with all kinds of codes.
            Err(error) if matches!(error.effect(), Effect::OtherForm | Effect::Failed) => said.push(error.to_string()),
            Err(error) => return Err(error),
        }
    }
    if tried > 0 {
        return Err(Error::Foreign { tried });
    }
    said.dedup();
    Err(Error::NoMechanism { algorithm, said: said.join("; ") })
}

/// A key on a token.
struct TokenKey {
    algorithm: Algorithm,
    whereabouts: Arc<str>,
    way: Way,
    order: Order,
    sessions: Sessions,
}

impl TokenKey {
    fn signature(&self, input: &[u8]) -> Result<Vec<u8>, pki::Error> {
        match self.sessions.sign(self.way, input) {
            Ok(signature) => Ok(self.order.apply(&signature)),
            Err(error) => Err(pki::Error::RemoteFailed {
                algorithm: self.algorithm,
                whereabouts: self.whereabouts.to_string(),
                reason: error.to_string(),
            }),
        }
    }
}

impl RemoteKey for TokenKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn whereabouts(&self) -> &str {
        &self.whereabouts
    }

    fn sign(&self, message: &[u8], _entropy: &[u8; 32]) -> Result<Vec<u8>, pki::Error> {
        self.signature(&self.way.input_of(self.algorithm, message))
    }

    fn sign_digest(&self, digest: &[u8], _entropy: &[u8; 32]) -> Result<Vec<u8>, pki::Error> {
        if !self.algorithm.is_gost() {
            return Err(pki::Error::NotGost { algorithm: self.algorithm });
        }
        if !self.way.takes_digests() {
            return Err(pki::Error::RemoteFailed {
                algorithm: self.algorithm,
                whereabouts: self.whereabouts.to_string(),
                reason: "the token hashes itself and takes no ready digests".to_owned(),
            });
        }
        self.signature(&self.way.input_of_digest(digest))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("algorithm", &self.algorithm)
            .field("whereabouts", &self.whereabouts)
            .field("way", &self.way)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}

/// The open sessions of one key.
struct Sessions {
    port: Box<dyn TokenPort>,
    held: Mutex<Held>,
    returned: Condvar,
}

#[derive(Default)]
struct Held {
    idle: Vec<Box<dyn TokenSession>>,
    /// Lent or idle.
    open: usize,
    /// Counts losses: a session lent before the last one is not taken back.
    age: u64,
    /// The PIN was refused: asking again would lock the token.
    refused: Option<Error>,
}

impl Sessions {
    fn new(port: Box<dyn TokenPort>) -> Self {
        Self { port, held: Mutex::default(), returned: Condvar::new() }
    }

    fn first(&self, session: Box<dyn TokenSession>) {
        let mut held = self.held();
        held.open += 1;
        held.idle.push(session);
    }

    /// Nothing is left half done when a thread panics here: sessions are counted in and out in one step.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One signature. A lost session or login is replaced once; a lost token is an error at once, and the next call
    /// looks for it again.
    fn sign(&self, way: Way, input: &[u8]) -> Result<Vec<u8>, Error> {
        match self.attempt(way, input) {
            Err(error) if error.effect() == Effect::SessionLost => self.attempt(way, input),
            outcome => outcome,
        }
    }

    fn attempt(&self, way: Way, input: &[u8]) -> Result<Vec<u8>, Error> {
        let (session, age) = self.take()?;
        let outcome = session.sign(way.mechanism, input);
        let mut held = self.held();
        let keep = outcome.is_ok() && age == held.age;
        let lost = match outcome.as_ref().map_err(Error::effect) {
            Err(Effect::SessionLost | Effect::TokenLost) if age == held.age => {
                held.age += 1;
                held.open -= held.idle.len();
                std::mem::take(&mut held.idle)
            }
            _ => Vec::new(),
        };
        let ended = if keep {
            held.idle.push(session);
            None
        } else {
            // A session whose call failed may have an operation half begun: it is closed.
            held.open -= 1;
            Some(session)
        };
        drop(held);
        self.returned.notify_all();
        // Closing speaks to the token: not under the lock.
        drop((lost, ended));
        outcome
    }

    fn take(&self) -> Result<(Box<dyn TokenSession>, u64), Error> {
        let held = self.held();
        let (mut held, waited) = self
            .returned
            .wait_timeout_while(held, PATIENCE, |held| {
                held.refused.is_none() && held.idle.is_empty() && held.open >= SESSIONS
            })
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(refused) = &held.refused {
            return Err(refused.clone());
        }
        if let Some(session) = held.idle.pop() {
            return Ok((session, held.age));
        }
        if waited.timed_out() {
            return Err(Error::Busy { seconds: PATIENCE.as_secs() });
        }
        held.open += 1;
        let age = held.age;
        drop(held);
        let connected = self.port.connect();
        if let Err(error) = &connected {
            let mut held = self.held();
            held.open -= 1;
            if error.is_about_the_pin() {
                held.refused = Some(error.clone());
            }
            drop(held);
            self.returned.notify_all();
        }
        connected.map(|session| (session, age))
    }
}

#[cfg(test)]
mod tests;
