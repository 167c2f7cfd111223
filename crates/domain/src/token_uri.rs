//! Where a key on a token is to be found: an RFC 7512 URI, the part of it that names one private key for good.
//!
//! Read only: no module is loaded here and no token asked. A PIN inside the URI is refused, because registries are read
//! by many; the file that holds it is named instead.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `pkcs11:token=…;object=…;id=…?module-path=/…&pin-source=file:…` (RFC 7512), every value decoded.
///
/// Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenUri(Arc<Parts>);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Parts {
    text: String,
    token: Option<String>,
    serial: Option<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    object: Option<String>,
    id: Option<Vec<u8>>,
    module_path: PathBuf,
    pin_source: Option<PathBuf>,
}

/// What is wrong with a token URI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenUriError {
    /// Another kind of URI.
    #[error("does not begin with {PREFIX}")]
    Scheme,
    /// A part that is not `name=value`.
    #[error("holds {part:?}, which is not name=value")]
    NotAnAttribute {
        /// The part.
        part: String,
    },
    /// An attribute nobody reads: a key would be chosen by less than was written.
    #[error("holds {name:?}, which is not read here")]
    UnknownAttribute {
        /// Its name.
        name: String,
    },
    /// Written twice, so that it is open which one counts.
    #[error("holds {name:?} twice")]
    Repeated {
        /// The attribute.
        name: &'static str,
    },
    /// An empty value, or one with a bad `%XX` or not UTF-8.
    #[error("{name:?} is empty, is not UTF-8 or has a % without two hexadecimal digits")]
    Value {
        /// The attribute.
        name: &'static str,
    },
    /// The PIN itself. It is not repeated here.
    #[error("holds the PIN itself, where many can read it")]
    PinValue,
    /// Something else than a file gives the PIN.
    #[error("pin-source is not file:…")]
    PinSource,
    /// `type` names something that does not sign.
    #[error("type is not \"private\"")]
    Type,
    /// Neither token nor serial number.
    #[error("names no token")]
    NoToken,
    /// Neither object nor id.
    #[error("names no key")]
    NoKey,
    /// The library of the token is missing, or its path depends on where the bus was started.
    #[error("module-path is missing or not an absolute path")]
    ModulePath,
}

const PREFIX: &str = "pkcs11:";

impl TokenUriError {
    /// The next step.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Scheme | Self::NotAnAttribute { .. } | Self::Value { .. } | Self::Repeated { .. } => {
                "write pkcs11:token=…;object=…?module-path=/…&pin-source=file:…; a space is %20, a ; is %3B"
            }
            Self::UnknownAttribute { .. } => {
                "before the ?: token, serial, manufacturer, model, object, id, type; behind it: module-path, pin-source"
            }
            Self::PinValue => "write the PIN into a file with mode 0600 and name it: pin-source=file:…",
            Self::PinSource => "write the PIN into a file with mode 0600 and write pin-source=file:PATH",
            Self::Type => "name a private key, or leave type out",
            Self::NoToken => "add token=LABEL or serial=NUMBER; `pkcs11-tool --module … -L` shows them",
            Self::NoKey => "add object=LABEL or id=%XX…; `pkcs11-tool --module … -O` shows them",
            Self::ModulePath => "add module-path=/…, the PKCS#11 library of the token's maker",
        }
    }
}

impl TokenUri {
    /// Whether a text is meant as such a URI and not as a path.
    pub fn is_meant(text: &str) -> bool {
        text.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
    }

    /// Reads the URI.
    pub fn parse(text: &str) -> Result<Self, TokenUriError> {
        if !Self::is_meant(text) {
            return Err(TokenUriError::Scheme);
        }
        let rest = text.get(PREFIX.len()..).unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut path = Attributes::split(path, ';')?;
        let mut query = Attributes::split(query, '&')?;
        if query.0.iter().chain(&path.0).any(|(name, _)| *name == "pin-value") {
            return Err(TokenUriError::PinValue);
        }
        if path.text("type")?.is_some_and(|kind| kind != "private") {
            return Err(TokenUriError::Type);
        }
        let parts = Parts {
            text: text.to_owned(),
            token: path.text("token")?,
            serial: path.text("serial")?,
            manufacturer: path.text("manufacturer")?,
            model: path.text("model")?,
            object: path.text("object")?,
            id: path.octets("id")?,
            module_path: query.text("module-path")?.map(PathBuf::from).unwrap_or_default(),
            pin_source: query.text("pin-source")?.map(|source| file_of(&source)).transpose()?,
        };
        path.end()?;
        query.end()?;
        if parts.token.is_none() && parts.serial.is_none() {
            return Err(TokenUriError::NoToken);
        }
        if parts.object.is_none() && parts.id.is_none() {
            return Err(TokenUriError::NoKey);
        }
        if !parts.module_path.is_absolute() {
            return Err(TokenUriError::ModulePath);
        }
        Ok(Self(Arc::new(parts)))
    }

    /// As it was written. Holds no secret.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Label of the token.
    pub fn token(&self) -> Option<&str> {
        self.0.token.as_deref()
    }

    /// Serial number of the token.
    pub fn serial(&self) -> Option<&str> {
        self.0.serial.as_deref()
    }

    /// Maker of the token.
    pub fn manufacturer(&self) -> Option<&str> {
        self.0.manufacturer.as_deref()
    }

    /// Model of the token.
    pub fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// Label of the key.
    pub fn object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// `CKA_ID` of the key.
    pub fn id(&self) -> Option<&[u8]> {
        self.0.id.as_deref()
    }

    /// The PKCS#11 library, absolute.
    pub fn module_path(&self) -> &Path {
        &self.0.module_path
    }

    /// The file whose first line is the PIN, as written: absolute, or relative to the file that holds the URI.
    pub fn pin_source(&self) -> Option<&Path> {
        self.0.pin_source.as_deref()
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenUri").field(&self.0.text).finish()
    }
}

/// `file:PATH` or `file:///PATH`; a program or another place is refused.
fn file_of(source: &str) -> Result<PathBuf, TokenUriError> {
    let path = source.strip_prefix("file:").ok_or(TokenUriError::PinSource)?;
    match (path.strip_prefix("//"), path) {
        // `file://host/…` names another machine's file.
        (Some(path), _) if path.starts_with('/') => Ok(PathBuf::from(path)),
        (Some(_), _) | (None, "") => Err(TokenUriError::PinSource),
        (None, path) => Ok(PathBuf::from(path)),
    }
}

/// Attributes not asked for yet.
struct Attributes<'t>(Vec<(&'t str, &'t str)>);

impl<'t> Attributes<'t> {
    fn split(text: &'t str, at: char) -> Result<Self, TokenUriError> {
        let parts = text.split(at).filter(|part| !part.is_empty());
        let attributes = parts
            .map(|part| {
                part.split_once('=').ok_or_else(|| {
                    // Whatever stands there might be a PIN gone astray: only its beginning is told.
                    TokenUriError::NotAnAttribute { part: part.chars().take(8).collect() }
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self(attributes))
    }

    fn octets(&mut self, name: &'static str) -> Result<Option<Vec<u8>>, TokenUriError> {
        let Some(at) = self.0.iter().position(|(found, _)| *found == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.swap_remove(at);
        if self.0.iter().any(|(found, _)| *found == name) {
            return Err(TokenUriError::Repeated { name });
        }
        let value = decoded(value).filter(|octets| !octets.is_empty()).ok_or(TokenUriError::Value { name })?;
        Ok(Some(value))
    }

    fn text(&mut self, name: &'static str) -> Result<Option<String>, TokenUriError> {
        let octets = self.octets(name)?;
        octets.map(|octets| String::from_utf8(octets).map_err(|_| TokenUriError::Value { name })).transpose()
    }

    fn end(self) -> Result<(), TokenUriError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(TokenUriError::UnknownAttribute { name: (*name).to_owned() }),
        }
    }
}

/// `%XX` and everything else as it is (RFC 3986 §2.1).
fn decoded(value: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = match (first, behind) {
            (b'%', [high, low, behind @ ..]) => {
                let digit = |octet: &u8| char::from(*octet).to_digit(16);
                octets.push(u8::try_from(digit(high)? * 16 + digit(low)?).ok()?);
                behind
            }
            (b'%', _) => return None,
            _ => {
                octets.push(*first);
                behind
            }
        };
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "pkcs11:token=%D0%A3%D0%B7%D0%B5%D0%BB%2064;serial=0a1B;manufacturer=Aktiv;model=Rutoken%20ECP;\
                         object=node;id=%01%fe;type=private?module-path=/usr/lib/librtpkcs11ecp.so&pin-source=file:/etc/pin";

    #[test]
    fn every_attribute_is_decoded() {
        let uri = TokenUri::parse(WHOLE).unwrap();
        assert_eq!(uri.token(), Some("Узел 64"));
        assert_eq!((uri.serial(), uri.manufacturer(), uri.model()), (Some("0a1B"), Some("Aktiv"), Some("Rutoken ECP")));
        assert_eq!((uri.object(), uri.id()), (Some("node"), Some([1, 0xfe].as_slice())));
        assert_eq!(uri.module_path(), Path::new("/usr/lib/librtpkcs11ecp.so"));
        assert_eq!(uri.pin_source(), Some(Path::new("/etc/pin")));
        assert_eq!(uri.to_string(), WHOLE);
    }

    #[test]
    fn pin_files_are_named_in_three_ways() {
        for (source, path) in [("file:pin", "pin"), ("file:/etc/pin", "/etc/pin"), ("file:///etc/pin", "/etc/pin")] {
            let uri =
                TokenUri::parse(&format!("pkcs11:token=t;object=o?module-path=/m.so&pin-source={source}")).unwrap();
            assert_eq!(uri.pin_source(), Some(Path::new(path)), "{source}");
        }
    }

    #[test]
    fn what_does_not_name_one_key_safely_is_refused() {
        use TokenUriError::{
            ModulePath, NoKey, NoToken, NotAnAttribute, PinSource, PinValue, Repeated, Scheme, Type, UnknownAttribute,
            Value,
        };
        let unknown = |name: &str| UnknownAttribute { name: name.to_owned() };
        let table = [
            ("pkcs12:token=t;object=o?module-path=/m.so", Scheme),
            ("certs/node.key.pem", Scheme),
            ("pkcs11:", NoToken),
            ("pkcs11:object=o?module-path=/m.so", NoToken),
            ("pkcs11:token=t?module-path=/m.so", NoKey),
            ("pkcs11:token=t;object=o", ModulePath),
            ("pkcs11:token=t;object=o?module-path=m.so", ModulePath),
            ("pkcs11:token=t;object=o?module-path=/m.so&pin-value=1234", PinValue),
            ("pkcs11:token=t;object=o;pin-value=1234?module-path=/m.so", PinValue),
            ("pkcs11:token=t;object=o?module-path=/m.so&pin-source=|/bin/pin", PinSource),
            ("pkcs11:token=t;object=o?module-path=/m.so&pin-source=file:", PinSource),
            ("pkcs11:token=t;object=o?module-path=/m.so&pin-source=file://host/pin", PinSource),
            ("pkcs11:token=t;object=o?module-path=/m.so&pin-source=1234", PinSource),
            ("pkcs11:token=t;object=o;slot-id=3?module-path=/m.so", unknown("slot-id")),
            ("pkcs11:token=t;object=o?module-path=/m.so&module-name=m", unknown("module-name")),
            ("pkcs11:token=t;object=o;object=p?module-path=/m.so", Repeated { name: "object" }),
            ("pkcs11:token=t;object=o;type=cert?module-path=/m.so", Type),
            ("pkcs11:token=;object=o?module-path=/m.so", Value { name: "token" }),
            ("pkcs11:token=t;object=%ff?module-path=/m.so", Value { name: "object" }),
            ("pkcs11:token=t;id=%f?module-path=/m.so", Value { name: "id" }),
            ("pkcs11:token=t;id=%+1?module-path=/m.so", Value { name: "id" }),
            ("pkcs11:token=t;object?module-path=/m.so", NotAnAttribute { part: "object".to_owned() }),
        ];
        for (text, error) in table {
            assert_eq!(TokenUri::parse(text), Err(error.clone()), "{text}");
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn a_pin_in_the_uri_is_never_repeated() {
        for text in [
            "pkcs11:token=t;object=o?module-path=/m.so&pin-value=73191",
            "pkcs11:token=t;object=o?module-path=/m.so&pin-source=73191",
            "pkcs11:token=t;object=o?module-path=/m.so&pin-value:73191",
        ] {
            let error = TokenUri::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?} {}", error.hint()).contains("73191"), "{text}");
        }
    }
}
