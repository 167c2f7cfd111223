//! The envelope's states and what each of them allows.
//!
//! A state's fields are private and it is made by one method: having the value is the proof of the check.

use std::ops::Range;

use bytes::Bytes;
use domain::{KeyPath, Limits};
use pki::Certificate;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use xmldsig::DigestAlgorithm;

use crate::read::{Layout, Outline, Values, read_envelope, read_values};
use crate::xml::Bounds;
use crate::{Error, Fields, QName, Splice, mime};

/// A message in one of the states [`Received`], [`Addressed`], [`Verified`], [`Sealed`].
#[derive(Debug)]
pub struct Envelope<S> {
    pub(crate) wire: Wire,
    pub(crate) state: S,
}

/// The octets of a message.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    /// As received.
    pub(crate) raw: Bytes,
    /// As it stands: `raw`, or what signing for the sender made of it.
    pub(crate) current: Bytes,
    pub(crate) content_type: String,
    /// The SOAP part in `current`.
    pub(crate) soap: Range<usize>,
    /// A Content-Length line of the MIME root part in `current`, to be cut out with the first change.
    pub(crate) length_line: Option<Range<usize>>,
}

impl Wire {
    pub(crate) fn soap_text(&self) -> Result<&str, Error> {
        let octets = self.current.get(self.soap.clone()).unwrap_or_default();
        std::str::from_utf8(octets).map_err(|_| Error::Internal { what: "the SOAP part stopped being UTF-8" })
    }

    fn soap_span(&self, span: &Range<usize>) -> &[u8] {
        self.current.get(self.soap.start + span.start..self.soap.start + span.end).unwrap_or_default()
    }
}

/// The octets are here, within size, and their SOAP part is found.
#[derive(Debug)]
pub struct Received {
    _private: (),
}

/// The envelope was read: its parts and fields are known, nothing is proved.
#[derive(Debug)]
pub struct Addressed {
    pub(crate) layout: Layout,
    pub(crate) fields: Fields,
    pub(crate) outline: Outline,
    pub(crate) field_bytes: usize,
}

/// The sender's signature holds over Body, by a certificate that the caller trusts; the fields are those of the signed octets.
#[derive(Debug)]
pub struct Verified {
    pub(crate) layout: Layout,
    pub(crate) fields: Fields,
    pub(crate) certificate: Certificate,
    pub(crate) node: Option<Certificate>,
    /// Octets of the sender's SignatureValue; `None` when the bus signed for him.
    pub(crate) signature: Option<Vec<u8>>,
    pub(crate) body: SignedBody,
}

/// Body as the sender signed it.
#[derive(Debug)]
pub(crate) struct SignedBody {
    /// The id its reference names.
    pub(crate) id: String,
    /// Canonical octets that were digested.
    pub(crate) octets: Vec<u8>,
    /// Plain exclusive canonical form, when that is not what was digested.
    pub(crate) plain: Option<Vec<u8>>,
    /// Algorithm and digest of the plain form, when they are known.
    pub(crate) digest: Option<(DigestAlgorithm, Vec<u8>)>,
}

/// Stamped and signed by the node: ready to leave.
#[derive(Debug)]
pub struct Sealed {
    pub(crate) fields: Fields,
    pub(crate) forwarded: Bytes,
    /// Body in `forwarded`.
    pub(crate) body: Range<usize>,
    pub(crate) splice: Splice,
    pub(crate) message_id: Uuid,
    /// Names of foreign header blocks that were cut out.
    pub(crate) dropped: Vec<QName>,
}

impl<S> Envelope<S> {
    /// The received HTTP body, untouched.
    pub fn raw(&self) -> &Bytes {
        &self.wire.raw
    }

    /// The SOAP part without a byte-order mark: as received, or with the signature that [`Envelope::sign_as_sender`] added.
    pub fn soap(&self) -> &[u8] {
        self.wire.current.get(self.wire.soap.clone()).unwrap_or_default()
    }

    /// The Content-Type: before sealing as received; of a sealed message written anew from its known parameters, for whoever sends it on.
    pub fn content_type(&self) -> &str {
        &self.wire.content_type
    }
}

impl Envelope<Received> {
    /// Takes an HTTP body: size, content type, the root part of multipart/related, UTF-8.
    pub fn receive(http_body: Bytes, content_type: &str, limits: &Limits) -> Result<Self, Error> {
        let part = mime::find_soap(&http_body, content_type, limits)?;
        let wire = Wire {
            raw: http_body.clone(),
            current: http_body,
            content_type: content_type.to_owned(),
            soap: part.span,
            length_line: part.length_line,
        };
        Ok(Self { wire, state: Received { _private: () } })
    }

    /// Reads the envelope in one streaming pass under the limits.
    pub fn read(self, limits: &Limits) -> Result<Envelope<Addressed>, Error> {
        let (layout, fields, outline) = read_envelope(self.wire.soap_text()?, Bounds::of(limits))?;
        Ok(Envelope { wire: self.wire, state: Addressed { layout, fields, outline, field_bytes: limits.field_bytes } })
    }
}

impl Envelope<Addressed> {
    /// What the message says, not proved yet.
    pub fn fields(&self) -> &Fields {
        &self.state.fields
    }

    /// The octets from `<Body` to the end of its end tag.
    pub fn body_span(&self) -> &[u8] {
        self.wire.soap_span(&self.state.layout.body.span)
    }
}

impl Envelope<Verified> {
    /// Who signed the Body.
    pub fn certificate(&self) -> &Certificate {
        &self.state.certificate
    }

    /// Octets of the sender's SignatureValue, by which a repeat is recognised; `None` when the bus signed for him.
    pub fn signature_value(&self) -> Option<&[u8]> {
        self.state.signature.as_deref()
    }

    /// Who signed as node, when that was asked for.
    pub fn node_signature(&self) -> Option<&Certificate> {
        self.state.node.as_ref()
    }

    /// What the message says, read from the signed octets.
    pub fn fields(&self) -> &Fields {
        &self.state.fields
    }

    /// What the signed octets hold of each path, in the order of the paths.
    pub fn values(&self, paths: &[&KeyPath]) -> Result<Vec<Values>, Error> {
        let body = std::str::from_utf8(&self.state.body.octets)
            .map_err(|_| Error::Internal { what: "canonical octets are not UTF-8" })?;
        if paths.is_empty() { Ok(Vec::new()) } else { read_values(body, paths) }
    }

    /// Body as it was digested: canonical form.
    pub fn body_octets(&self) -> &[u8] {
        &self.state.body.octets
    }

    /// The octets from `<Body` to the end of its end tag.
    pub fn body_span(&self) -> &[u8] {
        self.wire.soap_span(&self.state.layout.body.span)
    }

    /// SHA-256 of [`Envelope::body_span`].
    pub fn body_digest_sha256(&self) -> [u8; 32] {
        Sha256::digest(self.body_span()).into()
    }

    /// The whole HTTP body with the sender's signature: the received one, or what [`Envelope::sign_as_sender`] made of it.
    pub fn bytes(&self) -> Bytes {
        self.wire.current.clone()
    }
}

impl Envelope<Sealed> {
    /// The whole HTTP body to forward, MIME parts included.
    pub fn bytes(&self) -> Bytes {
        self.state.forwarded.clone()
    }

    /// received + splice = forwarded.
    pub fn splice(&self) -> &Splice {
        &self.state.splice
    }

    /// The id this node gave.
    pub fn message_id(&self) -> Uuid {
        self.state.message_id
    }

    /// What the message says, read from the signed octets.
    pub fn fields(&self) -> &Fields {
        &self.state.fields
    }

    /// Expanded names (shortened) of the header blocks that [`crate::ForeignHeaders::Drop`] cut out, in their order; the first 16 of them.
    pub fn dropped_headers(&self) -> &[QName] {
        &self.state.dropped
    }

    /// The octets from `<Body` to the end of its end tag, as forwarded.
    pub fn body_span(&self) -> &[u8] {
        self.state.forwarded.get(self.state.body.clone()).unwrap_or_default()
    }
}
