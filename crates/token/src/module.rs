//! The real tokens: PKCS#11 modules through `cryptoki`.
//!
//! A module is initialised once per process and never finalised: others in the process may use it too. Login counts
//! for all sessions of the process with a token, so keys of one token share it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CryptokiError, RvError};
use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;
use cryptoki::mechanism::{Mechanism as CryptokiMechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot as SlotNumber, TokenInfo};
use cryptoki::types::RawAuthPin;
use pki::{Certificate, Passphrase, PublicKey};
use zeroize::Zeroizing;

use crate::form::Mechanism;
use crate::port::{TokenPort, TokenSession};
use crate::{Effect, Error, Uri};

static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// The module of that path, loaded and initialised.
fn module(path: &Path) -> Result<Pkcs11, Error> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(path) {
        return Ok(module.clone());
    }
    let bad = |reason: String| Error::Module { path: path.to_owned(), reason };
    let module = Pkcs11::new(path).map_err(|error| bad(error.to_string()))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(CryptokiError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(bad(told(&error).to_string())),
    }
    modules.insert(path.to_owned(), module.clone());
    Ok(module)
}

/// A key as the URI names it, with the PIN.
pub(crate) struct Slot {
    uri: Uri,
    pin: Option<Zeroizing<Vec<u8>>>,
}

impl Slot {
    pub(crate) fn new(uri: &Uri, pin: Option<&Passphrase>) -> Self {
        Self { uri: uri.clone(), pin: pin.map(|pin| Zeroizing::new(pin.octets().to_vec())) }
    }

    /// The one token that fits.
    fn find(&self, module: &Pkcs11) -> Result<(SlotNumber, TokenInfo), Error> {
        let slots = module.get_slots_with_token().map_err(|error| told(&error))?;
        // A reader whose token cannot be asked is not the one meant.
        let tokens = slots.into_iter().filter_map(|slot| Some((slot, module.get_token_info(slot).ok()?)));
        let (mut fitting, others): (Vec<_>, Vec<_>) = tokens.partition(|(_, info)| self.fits(info));
        match (fitting.pop(), fitting.len()) {
            (Some(token), 0) => Ok(token),
            (Some(_), more) => Err(Error::SeveralTokens { count: more + 1 }),
            (None, _) => {
                let labels: Vec<_> = others.iter().map(|(_, info)| format!("«{}»", info.label().trim())).collect();
                Err(Error::NoToken { present: if labels.is_empty() { "none".to_owned() } else { labels.join(", ") } })
            }
        }
    }

    fn fits(&self, info: &TokenInfo) -> bool {
        [
            (self.uri.token(), info.label()),
            (self.uri.serial(), info.serial_number()),
            (self.uri.manufacturer(), info.manufacturer_id()),
            (self.uri.model(), info.model()),
        ]
        .into_iter()
        .all(|(wanted, found)| wanted.is_none_or(|wanted| wanted == found.trim()))
    }

    fn log_in(&self, session: &Session, info: &TokenInfo) -> Result<(), Error> {
        let Some(pin) = &self.pin else {
            return Ok(());
        };
        if info.user_pin_locked() {
            return Err(Error::PinLocked);
        }
        if info.user_pin_final_try() {
            return Err(Error::PinLastTry);
        }
        let pin = RawAuthPin::new(Box::new(pin.to_vec()));
        match session.login_with_raw(UserType::User, &pin) {
            Ok(()) | Err(CryptokiError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(CryptokiError::Pkcs11(RvError::PinLocked, _)) => Err(Error::PinLocked),
            Err(CryptokiError::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                Err(Error::WrongPin)
            }
            Err(error) => Err(told(&error)),
        }
    }

    /// What names the key among objects of a class.
    fn template(&self, class: ObjectClass) -> Vec<Attribute> {
        let label = self.uri.object().map(|label| Attribute::Label(label.as_bytes().to_vec()));
        let id = self.uri.id().map(|id| Attribute::Id(id.to_vec()));
        [Some(Attribute::Class(class)), label, id].into_iter().flatten().collect()
    }
}

impl TokenPort for Slot {
    fn connect(&self) -> Result<Box<dyn TokenSession>, Error> {
        let module = module(self.uri.module_path())?;
        let (slot, info) = self.find(&module)?;
        let session = module.open_ro_session(slot).map_err(|error| told(&error))?;
        self.log_in(&session, &info)?;
        let keys = session.find_objects(&self.template(ObjectClass::PRIVATE_KEY)).map_err(|error| told(&error))?;
        let key = match keys.as_slice() {
            [key] => *key,
            [] => return Err(Error::NoKey { logged_in: self.pin.is_some() }),
            several => return Err(Error::SeveralKeys { count: several.len() }),
        };
        Ok(Box::new(OpenSession { session, key }))
    }
}

struct OpenSession {
    session: Session,
    key: ObjectHandle,
}

impl OpenSession {
    fn attributes(&self, object: ObjectHandle, wanted: &[AttributeType]) -> Result<Vec<Attribute>, Error> {
        self.session.get_attributes(object, wanted).map_err(|error| told(&error))
    }

    /// The first object of a class with the key's own `CKA_ID`.
    fn beside(&self, class: ObjectClass) -> Result<Option<ObjectHandle>, Error> {
        let id = self.attributes(self.key, &[AttributeType::Id])?.into_iter().next();
        let template: Vec<_> = [Some(Attribute::Class(class)), id].into_iter().flatten().collect();
        let found = self.session.find_objects(&template).map_err(|error| told(&error))?;
        Ok(found.first().copied())
    }
}

impl TokenSession for OpenSession {
    fn sign(&self, mechanism: Mechanism, input: &[u8]) -> Result<Vec<u8>, Error> {
        self.session.sign(&for_cryptoki(mechanism)?, self.key, input).map_err(|error| told(&error))
    }

    fn public_key(&self) -> Result<Option<PublicKey>, Error> {
        if let Some(certificate) = self.beside(ObjectClass::CERTIFICATE)?
            && let Some(Attribute::Value(der)) =
                self.attributes(certificate, &[AttributeType::Value])?.into_iter().next()
        {
            let certificate = Certificate::from_der(&der).map_err(Error::Key)?;
            return Ok(Some(certificate.public_key().clone()));
        }
        let Some(object) = self.beside(ObjectClass::PUBLIC_KEY)? else {
            return Ok(None);
        };
        let (mut modulus, mut exponent, mut point) = (None, None, None);
        let wanted = [AttributeType::Modulus, AttributeType::PublicExponent, AttributeType::EcPoint];
        for attribute in wanted.into_iter().flat_map(|one| self.attributes(object, &[one]).unwrap_or_default()) {
            match attribute {
                Attribute::Modulus(octets) => modulus = Some(octets),
                Attribute::PublicExponent(octets) => exponent = Some(octets),
                Attribute::EcPoint(octets) => point = Some(octets),
                _ => {}
            }
        }
        let key = match (modulus, exponent, point) {
            (Some(modulus), Some(exponent), _) => PublicKey::from_rsa_numbers(&modulus, &exponent),
            // CKA_EC_POINT is an OCTET STRING around the point; some modules leave the string out.
            (_, _, Some(point)) => PublicKey::from_p256(
                point.strip_prefix(&[0x04, 0x41]).filter(|rest| rest.len() == 65).unwrap_or(&point),
            ),
            _ => return Ok(None),
        };
        key.map(Some).map_err(Error::Key)
    }
}

/// `cryptoki` 0.12 takes the mechanisms it knows by name and the vendors' from 0x8000_0000 on. `CKM_GOSTR3410` is
/// neither: tokens are asked for it only when it will be; until then keys of 256 bits sign by the mechanism that hashes
/// in the token.
fn for_cryptoki(mechanism: Mechanism) -> Result<CryptokiMechanism<'static>, Error> {
    match mechanism {
        Mechanism::Sha256RsaPkcs => Ok(CryptokiMechanism::Sha256RsaPkcs),
        Mechanism::RsaPkcs => Ok(CryptokiMechanism::RsaPkcs),
        Mechanism::Ecdsa => Ok(CryptokiMechanism::Ecdsa),
        Mechanism::Gost(number) => {
            let kind = MechanismType::new_vendor_defined(number.into()).map_err(|_| Error::Device {
                call: format!("mechanism 0x{number:08X}"),
                code: "nothing: the PKCS#11 library of the bus cannot ask for it".to_owned(),
                effect: Effect::OtherForm,
            })?;
            Ok(CryptokiMechanism::VendorDefined(VendorDefinedMechanism::new::<()>(kind, None)))
        }
    }
}

fn told(error: &CryptokiError) -> Error {
    match error {
        CryptokiError::Pkcs11(code, call) => {
            Error::Device { call: format!("C_{call:?}"), code: format!("{code:?}"), effect: effect(*code) }
        }
        other => {
            Error::Device { call: "the PKCS#11 module".to_owned(), code: other.to_string(), effect: Effect::Failed }
        }
    }
}

fn effect(code: RvError) -> Effect {
    match code {
        RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::KeyTypeInconsistent
        | RvError::KeyFunctionNotPermitted
        | RvError::KeySizeRange
        | RvError::FunctionNotSupported
        | RvError::DataInvalid
        | RvError::DataLenRange
        | RvError::ArgumentsBad => Effect::OtherForm,
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::UserNotLoggedIn
        | RvError::ObjectHandleInvalid
        | RvError::KeyHandleInvalid
        | RvError::OperationNotInitialized
        | RvError::OperationActive => Effect::SessionLost,
        RvError::DeviceRemoved
        | RvError::DeviceError
        | RvError::DeviceMemory
        | RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SlotIdInvalid
        | RvError::CryptokiNotInitialized => Effect::TokenLost,
        _ => Effect::Failed,
    }
}
