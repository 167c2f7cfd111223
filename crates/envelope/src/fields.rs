//! What the envelope says about itself: the fields that routing, access and the journal use.
//!
//! A value here is what the text says. Who really sent the message is the certificate's business, not this module's.

use serde::Serialize;

/// The SMEV format revision, known by the namespace of `Message` (protocol §1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Revision {
    /// `…/rev110801`, recommendations 2.3.
    Rev110801,
    /// `…/rev111111`, recommendations 2.4.
    Rev111111,
    /// `…/rev120315`, recommendations 2.5 and 2.6.
    Rev120315,
}

impl Revision {
    /// All revisions, oldest first.
    pub const ALL: [Self; 3] = [Self::Rev110801, Self::Rev111111, Self::Rev120315];

    /// The namespace name.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Rev110801 => "http://smev.gosuslugi.ru/rev110801",
            Self::Rev111111 => "http://smev.gosuslugi.ru/rev111111",
            Self::Rev120315 => "http://smev.gosuslugi.ru/rev120315",
        }
    }

    /// The revision whose namespace this is.
    pub fn of_namespace(namespace: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.namespace() == namespace)
    }
}

/// An expanded XML name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct QName {
    /// Namespace name; empty when the element is in none.
    pub namespace: String,
    /// Local name.
    pub local: String,
}

/// A participant as the message names it (`orgExternalType`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Party {
    /// `Code`, the mnemonic of the information system; empty when absent.
    pub code: String,
    /// `Name`; empty when absent.
    pub name: String,
}

/// `smev:Header` as an earlier node or the client wrote it; every part may be missing in practice (protocol §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeHeader {
    /// By the header's own namespace.
    pub revision: Revision,
    /// `NodeId`.
    pub node_id: Option<String>,
    /// `MessageId`.
    pub message_id: Option<String>,
    /// `TimeStamp` (a live node wrote `timestamp`).
    pub timestamp: Option<String>,
    /// `MessageClass`.
    pub class: Option<String>,
}

/// A `soap:Fault` found in Body.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SoapFault {
    /// `faultcode` as written, prefix included; empty when absent.
    pub code: String,
    /// `faultstring`; empty when absent.
    pub string: String,
}

/// Everything one reading of the message yields. Values are trimmed of XML white space; entities and CDATA are joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fields {
    /// The namespace of `Message`; `None` for services without `Message` and for faults.
    pub revision: Option<Revision>,
    /// The one child of Body.
    pub operation: QName,
    /// `Sender`.
    pub sender: Option<Party>,
    /// `Recipient`.
    pub recipient: Option<Party>,
    /// `Originator`.
    pub originator: Option<Party>,
    /// `ServiceName` (rev120315).
    pub service_name: Option<String>,
    /// `Service/Mnemonic` (rev120315).
    pub service_mnemonic: Option<String>,
    /// `Service/Version` (rev120315).
    pub service_version: Option<String>,
    /// `TypeCode`.
    pub type_code: Option<String>,
    /// `Status`.
    pub status: Option<String>,
    /// `Date`, as written.
    pub date: Option<String>,
    /// `ExchangeType`.
    pub exchange_type: Option<String>,
    /// `RequestIdRef`.
    pub request_id_ref: Option<String>,
    /// `OriginRequestIdRef`.
    pub origin_request_id_ref: Option<String>,
    /// `ServiceCode`: the public service (услуга), not the SID.
    pub service_code: Option<String>,
    /// `CaseNumber`.
    pub case_number: Option<String>,
    /// `TestMsg`: presence marks a test message, whatever the value.
    pub test_msg: Option<String>,
    /// `OKTMO`: the municipal territory.
    pub oktmo: Option<String>,
    /// Set when Body holds a `soap:Fault`.
    pub fault: Option<SoapFault>,
    /// An earlier `smev:Header`. Unproven unless the node's signature was asked for in [`crate::Need::node`].
    pub node_header: Option<NodeHeader>,
    /// The actor of every Security block in order; `None` for a block without one.
    pub security_actors: Vec<Option<String>>,
}

impl Fields {
    /// Nothing known but the operation.
    pub(crate) fn of_operation(operation: QName) -> Self {
        Self {
            revision: None,
            operation,
            sender: None,
            recipient: None,
            originator: None,
            service_name: None,
            service_mnemonic: None,
            service_version: None,
            type_code: None,
            status: None,
            date: None,
            exchange_type: None,
            request_id_ref: None,
            origin_request_id_ref: None,
            service_code: None,
            case_number: None,
            test_msg: None,
            oktmo: None,
            fault: None,
            node_header: None,
            security_actors: Vec::new(),
        }
    }

    /// The first field of Body in which `self` and `other` differ; what comes from Header is not compared.
    pub(crate) fn body_difference(&self, other: &Self) -> Option<&'static str> {
        macro_rules! first_difference {
            ($($field:ident: $name:literal,)+) => {{
                // Naming every field here makes a forgotten one a compile error.
                let Self { node_header: _, security_actors: _, $($field,)+ } = self;
                $(if *$field != other.$field {
                    return Some($name);
                })+
                None
            }};
        }
        first_difference! {
            operation: "operation",
            revision: "revision",
            sender: "Sender",
            recipient: "Recipient",
            originator: "Originator",
            service_name: "ServiceName",
            service_mnemonic: "Service/Mnemonic",
            service_version: "Service/Version",
            type_code: "TypeCode",
            status: "Status",
            date: "Date",
            exchange_type: "ExchangeType",
            request_id_ref: "RequestIdRef",
            origin_request_id_ref: "OriginRequestIdRef",
            service_code: "ServiceCode",
            case_number: "CaseNumber",
            test_msg: "TestMsg",
            oktmo: "OKTMO",
            fault: "Fault",
        }
    }
}
