//! Why a provider gave no answer, told apart by what the operator has to look at.

/// A call that brought no answer. Nothing here names an address: the record of the exchange does that.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registered endpoint is not an absolute `http://` or `https://` address.
    #[error("the endpoint is not an http:// or https:// address")]
    BadEndpoint,
    /// An `https://` endpoint without TLS settings, or certificates that rustls refuses.
    #[error("TLS settings of the endpoint: {what}")]
    TlsSettings {
        /// What is wrong with them.
        what: String,
    },
    /// The host name does not resolve or nobody listens there. The message has not been sent.
    #[error("no connection: {what}")]
    Connect {
        /// The system's word on it.
        what: String,
    },
    /// No connection within the connect deadline. The message has not been sent.
    #[error("no connection within {milliseconds} ms")]
    ConnectTimeout {
        /// The deadline.
        milliseconds: u128,
    },
    /// The TLS handshake failed. The message has not been sent.
    #[error("TLS handshake: {what}")]
    Tls {
        /// rustls' word on it.
        what: String,
    },
    /// The message was sent and no whole answer came within the deadline. The provider may have processed it.
    #[error("no answer within {milliseconds} ms")]
    AnswerTimeout {
        /// The deadline.
        milliseconds: u128,
    },
    /// The answer is larger than allowed.
    #[error("the answer is larger than {max} bytes")]
    AnswerTooLarge {
        /// The limit in bytes.
        max: usize,
    },
    /// The connection died, or what came is not HTTP. The provider may have processed the message.
    #[error("the connection broke before the answer was whole: {what}")]
    Broken {
        /// hyper's word on it.
        what: String,
    },
}

impl Error {
    /// Whether not one octet of the message can have reached the provider, so that sending again is safe.
    pub fn nothing_was_sent(&self) -> bool {
        match self {
            Self::BadEndpoint
            | Self::TlsSettings { .. }
            | Self::Connect { .. }
            | Self::ConnectTimeout { .. }
            | Self::Tls { .. } => true,
            Self::AnswerTimeout { .. } | Self::AnswerTooLarge { .. } | Self::Broken { .. } => false,
        }
    }
}
