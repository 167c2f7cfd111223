//! Keys on tokens that are not there: every form GOST tokens are known to sign in, and what goes wrong with sessions.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

use gost::Signer as _;

use super::*;
use crate::form::{GOSTR3410, GOSTR3410_512, GOSTR3410_WITH_12_256, GOSTR3410_WITH_12_512, Mechanism};

const MESSAGE: &[u8] = b"<ds:SignedInfo/>";

/// How a maker built the token.
#[derive(Clone, Copy)]
struct Make {
    mechanism: u32,
    hashes: bool,
    digest_reversed: bool,
    order: Order,
}

struct Fake {
    key: gost::SigningKey,
    make: Make,
    /// What comes before working sessions: the outcomes of `connect`, then those of `sign`.
    connects: Mutex<VecDeque<Error>>,
    signs: Mutex<VecDeque<Error>>,
    /// Where signatures wait for each other, so that sessions are in use at once.
    meeting: Mutex<Option<Arc<Barrier>>>,
    connected: AtomicUsize,
    open: AtomicUsize,
}

impl Fake {
    fn new(scheme: gost::Scheme, make: Make) -> Arc<Self> {
        let set = if scheme == gost::Scheme::Gost2012_512 {
            gost::ParameterSet::Tc26_512A
        } else {
            gost::ParameterSet::CryptoProA
        };
        Arc::new(Self {
            key: gost::SigningKey::generate(scheme, set, &[7; 64]).unwrap(),
            make,
            connects: Mutex::default(),
            signs: Mutex::default(),
            meeting: Mutex::default(),
            connected: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        })
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_spki_der(&self.key.public().to_spki_der()).unwrap()
    }

    fn opened(self: &Arc<Self>) -> Result<PrivateKey, Error> {
        open(Box::new(Plugged(Arc::clone(self))), "on token «fake»".into(), Some(&self.public()))
    }
}

struct Plugged(Arc<Fake>);

impl TokenPort for Plugged {
    fn connect(&self) -> Result<Box<dyn TokenSession>, Error> {
        self.0.connected.fetch_add(1, SeqCst);
        if let Some(error) = self.0.connects.lock().unwrap().pop_front() {
            return Err(error);
        }
        self.0.open.fetch_add(1, SeqCst);
        Ok(Box::new(FakeSession(Arc::clone(&self.0))))
    }
}

struct FakeSession(Arc<Fake>);

impl Drop for FakeSession {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, SeqCst);
    }
}

impl TokenSession for FakeSession {
    fn sign(&self, mechanism: Mechanism, input: &[u8]) -> Result<Vec<u8>, Error> {
        if let Some(error) = self.0.signs.lock().unwrap().pop_front() {
            return Err(error);
        }
        let meeting = self.0.meeting.lock().unwrap().clone();
        if let Some(meeting) = meeting {
            meeting.wait();
        }
        let make = self.0.make;
        if mechanism != Mechanism::Gost(make.mechanism) {
            return Err(device("MechanismInvalid", Effect::OtherForm));
        }
        let mut digest = if make.hashes { gost::digest(self.0.key.scheme().digest(), input) } else { input.to_vec() };
        if make.digest_reversed {
            digest.reverse();
        }
        let signature =
            self.0.key.sign_digest(&digest, &[1; 32]).map_err(|_| device("DataLenRange", Effect::OtherForm))?;
        Ok(make.order.apply(&signature))
    }

    fn public_key(&self) -> Result<Option<PublicKey>, Error> {
        Ok(None)
    }
}

fn device(code: &str, effect: Effect) -> Error {
    Error::Device { call: "C_Sign".to_owned(), code: code.to_owned(), effect }
}

fn plain() -> Arc<Fake> {
    let make = Make { mechanism: GOSTR3410, hashes: false, digest_reversed: false, order: Order::AsIs };
    Fake::new(gost::Scheme::Gost2012_256, make)
}

#[test]
fn every_form_of_gost_signature_is_found_and_turned_into_ours() {
    for (scheme, digests, messages) in [
        (gost::Scheme::Gost2001, GOSTR3410, 0x1202),
        (gost::Scheme::Gost2012_256, GOSTR3410, GOSTR3410_WITH_12_256),
        (gost::Scheme::Gost2012_512, GOSTR3410_512, GOSTR3410_WITH_12_512),
    ] {
        for order in Order::ALL {
            for (mechanism, hashes, digest_reversed) in
                [(digests, false, false), (digests, false, true), (messages, true, false)]
            {
                let what = format!("{scheme} {order:?} 0x{mechanism:X} hashes: {hashes}, reversed: {digest_reversed}");
                let fake = Fake::new(scheme, Make { mechanism, hashes, digest_reversed, order });
                let key = fake.opened().unwrap();
                let signature = key.sign(MESSAGE, &[0; 32]).unwrap();
                assert_eq!(fake.public().verify(MESSAGE, &signature), Ok(()), "{what}");
                let digest = gost::digest(scheme.digest(), MESSAGE);
                let of_digest = key.sign_digest(&digest, &[0; 32]);
                assert_eq!(of_digest.is_ok(), !hashes, "{what}");
                if let Ok(signature) = of_digest {
                    assert_eq!(fake.key.public().verify_digest(&digest, &signature), Ok(()), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_token_with_another_key_than_the_certificate_is_refused() {
    let (fake, other) = (
        plain(),
        gost::SigningKey::generate(gost::Scheme::Gost2012_256, gost::ParameterSet::CryptoProA, &[8; 64]).unwrap(),
    );
    let public = PublicKey::from_spki_der(&other.public().to_spki_der()).unwrap();
    let refused = open(Box::new(Plugged(Arc::clone(&fake))), "fake".into(), Some(&public)).err();
    assert_eq!(refused, Some(Error::Foreign { tried: 8 }));
    assert_eq!(fake.open.load(SeqCst), 0, "no session is left open");
}

#[test]
fn a_token_without_the_mechanisms_says_which_were_tried() {
    let make = Make { mechanism: 0x1, hashes: false, digest_reversed: false, order: Order::AsIs };
    let refused = Fake::new(gost::Scheme::Gost2012_512, make).opened().unwrap_err();
    let Error::NoMechanism { algorithm: Algorithm::Gost2012_512, said } = refused else { panic!("{refused}") };
    assert_eq!(said, "C_Sign gave MechanismInvalid");
}

#[test]
fn without_a_public_key_anywhere_the_key_is_refused() {
    let refused = open(Box::new(Plugged(plain())), "fake".into(), None).err();
    assert_eq!(refused, Some(Error::NoPublicKey));
}

#[test]
fn a_lost_session_is_replaced_and_nobody_notices() {
    let fake = plain();
    let key = fake.opened().unwrap();
    assert_eq!(fake.connected.load(SeqCst), 1);
    fake.signs.lock().unwrap().push_back(device("SessionHandleInvalid", Effect::SessionLost));
    assert!(key.sign(MESSAGE, &[0; 32]).is_ok());
    assert_eq!((fake.connected.load(SeqCst), fake.open.load(SeqCst)), (2, 1));
}

#[test]
fn a_token_pulled_out_is_told_at_once_and_looked_for_again_by_the_next_call() {
    let fake = plain();
    let key = fake.opened().unwrap();
    fake.signs.lock().unwrap().push_back(device("DeviceRemoved", Effect::TokenLost));
    fake.connects.lock().unwrap().push_back(Error::NoToken { present: "none".to_owned() });
    let failed = |reason: &str| {
        Err(pki::Error::RemoteFailed {
            algorithm: Algorithm::Gost2012_256,
            whereabouts: "on token «fake»".to_owned(),
            reason: reason.to_owned(),
        })
    };
    assert_eq!(key.sign(MESSAGE, &[0; 32]), failed("C_Sign gave DeviceRemoved"));
    assert_eq!(key.sign(MESSAGE, &[0; 32]), failed("no such token; present: none"));
    assert!(key.sign(MESSAGE, &[0; 32]).is_ok(), "the token is back");
    assert_eq!(fake.open.load(SeqCst), 1);
}

#[test]
fn sessions_of_a_lost_token_are_not_used_again() {
    let fake = plain();
    let key = fake.opened().unwrap();
    *fake.meeting.lock().unwrap() = Some(Arc::new(Barrier::new(2)));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert!(key.sign(MESSAGE, &[0; 32]).is_ok()));
        }
    });
    *fake.meeting.lock().unwrap() = None;
    assert_eq!(fake.open.load(SeqCst), 2);
    fake.signs.lock().unwrap().push_back(device("DeviceRemoved", Effect::TokenLost));
    assert!(key.sign(MESSAGE, &[0; 32]).is_err());
    assert_eq!(fake.open.load(SeqCst), 0);
    assert!(key.sign(MESSAGE, &[0; 32]).is_ok());
}

#[test]
fn a_refused_pin_is_not_presented_again() {
    for refusal in [Error::WrongPin, Error::PinLocked, Error::PinLastTry] {
        let fake = plain();
        let key = fake.opened().unwrap();
        fake.signs.lock().unwrap().push_back(device("UserNotLoggedIn", Effect::SessionLost));
        fake.connects.lock().unwrap().push_back(refusal.clone());
        for _ in 0..20 {
            assert!(key.sign(MESSAGE, &[0; 32]).is_err(), "{refusal}");
        }
        assert_eq!(fake.connected.load(SeqCst), 2, "{refusal}: once at the opening, once with the wrong PIN");
    }
}

#[test]
fn many_threads_share_a_few_sessions() {
    let fake = plain();
    let key = fake.opened().unwrap();
    *fake.meeting.lock().unwrap() = Some(Arc::new(Barrier::new(SESSIONS)));
    std::thread::scope(|scope| {
        for _ in 0..4 * SESSIONS {
            scope.spawn(|| assert!(key.sign(MESSAGE, &[0; 32]).is_ok()));
        }
    });
    assert_eq!((fake.connected.load(SeqCst), fake.open.load(SeqCst)), (SESSIONS, SESSIONS));
    drop(key);
    assert_eq!(fake.open.load(SeqCst), 0);
}

#[test]
fn debug_output_shows_where_and_how_only() {
    let shown = format!("{:?}", plain().opened().unwrap());
    assert_eq!(shown, "PrivateKey { algorithm: Gost2012_256, .. }");
}
