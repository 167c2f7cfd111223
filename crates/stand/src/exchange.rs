//! What one request and its answer came to, as the sender saw it. The machine form is what `stand send --json` prints.

use std::path::PathBuf;

use serde::Serialize;

use crate::region::Revision;

/// One request and its answer.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    /// Which way the message went; [`crate::Kind::label`], or `one` for a single message asked for by its service.
    pub kind: String,
    /// Status of the request: `REQUEST`, `PING`, `STATE`; `-` for a service without `Message`.
    pub step: String,
    /// Mnemonic of the sending system.
    pub from: String,
    /// Mnemonic of the providing system.
    pub to: String,
    /// Service asked.
    pub service: String,
    /// Its version.
    pub version: String,
    /// Message format.
    pub revision: Revision,
    /// `MessageId` that the provider saw: the last node's. For federal services it is the federal node's.
    pub request_message_id: Option<String>,
    /// `MessageId` that the bus gave the request; for federal services it differs from `request_message_id`.
    pub bus_message_id: Option<String>,
    /// `MessageId` in the smev:Header of the answer.
    pub answer_message_id: Option<String>,
    /// `Message/Status` of the answer.
    pub status: Option<String>,
    /// SHA-256 (hex) of the octets of the Body element as sent.
    pub sha256: String,
    /// The same of the Body the provider received, when it was received and saved.
    pub received_sha256: Option<String>,
    /// HTTP status of the answer.
    pub http_status: u16,
    /// `SMEV-nnnnnn` when the answer is a fault of a node.
    pub fault: Option<String>,
    /// Text of any fault (`faultstring`).
    pub fault_text: Option<String>,
    /// What the signatures of the answer are worth.
    pub verdicts: Verdicts,
    /// From the first octet sent to the last received.
    pub milliseconds: f64,
    /// The request as sent.
    pub sent_file: PathBuf,
    /// The answer as received.
    pub answer_file: PathBuf,
    /// The request as the provider received it.
    pub received_file: Option<PathBuf>,
}

impl Exchange {
    /// The answer is a good one: HTTP 200, both signatures hold, and the Body reached the provider octet for octet
    /// (where the provider's copy is known).
    pub fn good(&self) -> bool {
        self.http_status == 200
            && self.fault_text.is_none()
            && self.verdicts.node.is_good()
            && self.verdicts.provider.is_good()
            && self.received_sha256.as_ref().is_none_or(|received| *received == self.sha256)
    }
}

/// What the signatures of an answer are worth.
#[derive(Debug, Clone, Serialize)]
pub struct Verdicts {
    /// ЭП-СМЭВ of the node over smev:Header and Body.
    pub node: Verdict,
    /// ЭП-ОВ of the provider over Body.
    pub provider: Verdict,
}

/// What one signature is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "verdict")]
pub enum Verdict {
    /// It holds and was made by whom it should be.
    Good {
        /// Subject of the certificate.
        signer: String,
        /// Algorithm.
        algorithm: String,
    },
    /// It does not hold, or is somebody else's.
    Bad {
        /// Why.
        reason: String,
    },
    /// There is none.
    Absent,
}

impl Verdict {
    /// The signature is there and holds.
    pub fn is_good(&self) -> bool {
        matches!(self, Verdict::Good { .. })
    }

    /// One word for a table.
    pub fn label(&self) -> &'static str {
        match self {
            Verdict::Good { .. } => "good",
            Verdict::Bad { .. } => "bad",
            Verdict::Absent => "absent",
        }
    }
}
