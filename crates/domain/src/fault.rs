//! The node's fault table: the codes of SMEV, complete as published, with their sentences.
//!
//! It does not write SOAP: the envelope crate does. What went wrong in detail and what to do next is told by the
//! errors that are mapped to these rows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which half of the exchange was being processed: the first digit of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The consumer's message: `SMEV-1xxxxx`.
    Request,
    /// The provider's answer: `SMEV-2xxxxx`.
    Response,
}

/// Whose fault it is, so that the reader knows whom to ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// The system that sent the request.
    Sender,
    /// The system that answered it.
    Provider,
    /// The bus or its registry.
    Node,
}

/// Whether the sender may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// The same octets will be refused again: the sender has to make another message.
    Never,
    /// The same message passes once a registration, a right or the other side's fault is repaired.
    AfterRepair,
    /// Nothing needs repair; the same message may pass later.
    Later,
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Blame::Sender => "sender",
            Blame::Provider => "provider",
            Blame::Node => "node",
        })
    }
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Retry::Never => "never",
            Retry::AfterRepair => "after repair",
            Retry::Later => "later",
        })
    }
}

macro_rules! fault_rows {
    ($($(#[$doc:meta])* $row:ident = $tail:literal, $ru:literal, $en:literal, $blame:ident, $retry:ident;)+) => {
        /// A row of the table; each exists once for requests and once for responses.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FaultRow {
            $($(#[$doc])* $row,)+
        }

        impl FaultRow {
            /// Every row, in the order of the published list.
            pub const ALL: &'static [FaultRow] = &[$(FaultRow::$row),+];

            /// The last five digits of the code.
            pub const fn tail(self) -> u32 {
                match self { $(FaultRow::$row => $tail,)+ }
            }

            /// The published sentence, word for word; [`FaultRow::sentence_ru`] fills in the name of a check.
            pub const fn text_ru(self) -> &'static str {
                match self { $(FaultRow::$row => $ru,)+ }
            }

            /// The sentence in English; [`FaultRow::sentence_en`] fills in the name of a check.
            pub const fn text_en(self) -> &'static str {
                match self { $(FaultRow::$row => $en,)+ }
            }

            const fn request_blame(self) -> Blame {
                match self { $(FaultRow::$row => Blame::$blame,)+ }
            }

            const fn request_retry(self) -> Retry {
                match self { $(FaultRow::$row => Retry::$retry,)+ }
            }
        }
    };
}

fault_rows! {
    /// Something failed inside the node: also when the journal cannot take the message.
    InternalError = 1, "Внутренняя ошибка сервиса", "internal error of the service", Node, Later;
    /// The octets are not the XML they claim to be, or break a limit of its reader.
    XmlParse = 2, "Ошибка разбора XML сообщения", "the message cannot be parsed as XML", Sender, Never;
    /// A digest or the signature value does not fit.
    WrongSignature = 3, "Неверная ЭП сообщения", "wrong signature of the message", Sender, Never;
    /// The message carries no certificate to check its signature with.
    CertificateNotFound = 4, "Не найден сертификат", "certificate not found", Sender, Never;
    /// The certificate's period is over (or has not begun).
    CertificateExpired = 5, "Сертификат просрочен", "the certificate has expired", Sender, Never;
    /// More than one certificate where one is allowed.
    SeveralCertificates = 6, "Найдено более одного сертификата", "more than one certificate found", Sender, Never;
    /// The certification authority revoked it.
    CertificateRevoked = 7, "Сертификат отозван УЦ", "the certificate was revoked by its authority", Sender, Never;
    /// No signature for the actor of SMEV.
    SignatureNotFound = 8, "Не найдена подпись документа", "signature of the document not found", Sender, Never;
    /// The signature does not cover the Body of the envelope.
    BodyNotSigned = 9, "Должно быть подписано Body сообщения", "the Body of the message must be signed", Sender, Never;
    /// The node is set up wrongly for this message.
    WrongConfiguration = 10, "Неправильная конфигурация", "wrong configuration", Node, AfterRepair;
    /// The certificate is not one registered for an information system.
    UntrustedCertificate = 11, "Недоверенный сертификат", "untrusted certificate", Sender, AfterRepair;
    /// The access matrix does not let this system ask this.
    NoAccessRights = 12, "Нет прав доступа", "no access rights", Sender, AfterRepair;
    /// The certificate cannot be read.
    BadCertificateFormat = 13, "Неверный формат сертификата", "bad format of the certificate", Sender, Never;
    /// The token is not an X.509 v3 certificate.
    UnknownTokenType = 14, "Неизвестный тип токена", "unknown type of token", Sender, Never;
    /// An algorithm or transform outside the closed list.
    UnknownAlgorithm = 15, "Неизвестный алгоритм", "unknown algorithm", Sender, Never;
    /// The Security header is not laid out as the profile wants it.
    BadSecuritySection = 16, "Не верный формат раздела Security", "bad format of the Security section", Sender, Never;
    /// The token says something else than the message.
    TokenError = 17, "Ошибка в токене", "error in the token", Sender, Never;
    /// The signature points to a token that is not there.
    TokenNotFound = 18, "Токен не найден", "token not found", Sender, Never;
    /// The message is older than it may be.
    MessageExpired = 19, "Сообщение просрочено", "the message has expired", Sender, Never;
    /// The service that checks certificates cannot be reached.
    CertificateServiceUnreachable = 20, "Не могу связаться с сервисом проверки сертификата", "cannot reach the certificate check service", Node, Later;
    /// The service that checks certificates failed.
    CertificateServiceFailed = 21, "Ошибка вызова внешнего сервиса проверки сертификата", "the call of the external certificate check service failed", Node, Later;
    /// Neither Recipient nor OKTMO tells which region is meant.
    TargetRegionUnknown = 22, "Невозможно определить целевой регион", "the target region cannot be determined", Sender, AfterRepair;
    /// No route leads to the service asked for.
    RouteEndPointUnknown = 100, "Невозможно определить конечную точку маршрута сообщения", "the end point of the route cannot be determined", Node, AfterRepair;
    /// The message failed a format-and-logic check (ФЛК).
    FormatCheckFailed = 2000, "Сообщение не прошло ФЛК [имя проверки]. Найдены ошибки.", "the message failed the format check [name of the check]. Errors were found.", Sender, Never;
}

impl FaultRow {
    /// The row with that tail.
    pub fn from_tail(tail: u32) -> Option<FaultRow> {
        Self::ALL.iter().copied().find(|row| row.tail() == tail)
    }

    /// The Russian sentence with the name of the format check, where the row has a place for it.
    pub fn sentence_ru(self, check: &str) -> String {
        self.text_ru().replace("[имя проверки]", &format!("[{check}]"))
    }

    /// The English sentence with the name of the format check, where the row has a place for it.
    pub fn sentence_en(self, check: &str) -> String {
        self.text_en().replace("[name of the check]", &format!("[{check}]"))
    }

    /// Whose fault it is. What the sender answers for in a request, the provider answers for in a response.
    pub const fn blame(self, side: Side) -> Blame {
        match (side, self.request_blame()) {
            (Side::Response, Blame::Sender) => Blame::Provider,
            (_, blame) => blame,
        }
    }

    /// May the consumer try again? A bad answer is never repaired by changing the request, only by its provider.
    pub const fn retry(self, side: Side) -> Retry {
        match (side, self.request_retry()) {
            (Side::Response, Retry::Never) => Retry::AfterRepair,
            (_, retry) => retry,
        }
    }

    /// SOAP 1.1 §6.2: every fault travels with 500.
    pub const fn http_status(self) -> u16 {
        500
    }

    /// The full code of this row on that side.
    pub const fn on(self, side: Side) -> FaultCode {
        FaultCode { side, row: self }
    }
}

/// A full code such as `SMEV-100003`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FaultCode {
    /// Request or response.
    pub side: Side,
    /// What happened.
    pub row: FaultRow,
}

/// Not a code of the node's table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a code of the SMEV node (SMEV-1xxxxx or SMEV-2xxxxx of the published list)")]
pub struct UnknownFaultCode {
    /// The text as it was given.
    pub value: String,
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Request => 1,
            Side::Response => 2,
        };
        f.pad(&format!("SMEV-{side}{:05}", self.row.tail()))
    }
}

impl FromStr for FaultCode {
    type Err = UnknownFaultCode;

    fn from_str(text: &str) -> Result<Self, UnknownFaultCode> {
        FaultRow::ALL
            .iter()
            .flat_map(|row| [row.on(Side::Request), row.on(Side::Response)])
            .find(|code| code.to_string() == text)
            .ok_or_else(|| UnknownFaultCode { value: text.to_owned() })
    }
}

impl TryFrom<String> for FaultCode {
    type Error = UnknownFaultCode;

    fn try_from(text: String) -> Result<Self, UnknownFaultCode> {
        text.parse()
    }
}

impl From<FaultCode> for String {
    fn from(code: FaultCode) -> String {
        code.to_string()
    }
}

/// The whole table in Markdown, for the documentation.
pub fn docs_table() -> String {
    let line = |row: &FaultRow| {
        let on = |side| (row.on(side), row.blame(side), row.retry(side));
        let (request, to_blame, again) = on(Side::Request);
        let (response, to_blame_there, again_there) = on(Side::Response);
        let (ru, en) = (row.text_ru(), row.text_en());
        format!("| {request} | {response} | {ru} | {en} | {to_blame} / {to_blame_there} | {again} / {again_there} |\n")
    };
    let lines: Vec<_> = FaultRow::ALL.iter().map(line).collect();
    let head =
        "| request | response | text | meaning | whose fault (request / response) | try again (request / response) |";
    format!("{head}\n|---|---|---|---|---|---|\n{}", lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_published_one() {
        let tails: Vec<_> = FaultRow::ALL.iter().map(|row| row.tail()).collect();
        assert_eq!(tails, (1..=22).chain([100, 2000]).collect::<Vec<_>>());
        assert_eq!(FaultRow::WrongSignature.on(Side::Request).to_string(), "SMEV-100003");
        assert_eq!(FaultRow::RouteEndPointUnknown.on(Side::Request).to_string(), "SMEV-100100");
        assert_eq!(FaultRow::FormatCheckFailed.on(Side::Response).to_string(), "SMEV-202000");
        // The published sentence has its own spelling.
        assert_eq!(FaultRow::BadSecuritySection.text_ru(), "Не верный формат раздела Security");
        assert_eq!(
            FaultRow::FormatCheckFailed.sentence_ru("порядок полей"),
            "Сообщение не прошло ФЛК [порядок полей]. Найдены ошибки."
        );
    }

    #[test]
    fn codes_read_back_and_others_are_refused() {
        for side in [Side::Request, Side::Response] {
            for row in FaultRow::ALL {
                let code = row.on(side);
                assert_eq!(code.to_string().parse(), Ok(code));
                assert_eq!(FaultRow::from_tail(row.tail()), Some(*row));
            }
        }
        for foreign in ["SMEV-300001", "SMEV-100023", "SMEV-1000003", "smev-100003", "100003", ""] {
            assert!(foreign.parse::<FaultCode>().is_err(), "{foreign:?}");
        }
    }

    #[test]
    fn what_the_sender_answers_for_in_a_request_the_provider_answers_for_in_an_answer() {
        for row in FaultRow::ALL {
            assert_ne!(row.blame(Side::Request), Blame::Provider, "{row:?}");
            assert_ne!(row.blame(Side::Response), Blame::Sender, "{row:?}");
            assert_ne!(row.retry(Side::Response), Retry::Never, "{row:?}");
        }
        assert_eq!(FaultRow::InternalError.blame(Side::Response), Blame::Node);
        assert_eq!(FaultRow::InternalError.retry(Side::Request), Retry::Later);
    }

    #[test]
    fn the_table_for_the_documentation_has_a_line_a_row() {
        let table = docs_table();
        assert_eq!(table.lines().count(), 2 + FaultRow::ALL.len());
        assert!(table.contains("| SMEV-100012 | SMEV-200012 | Нет прав доступа | no access rights | sender / provider | after repair / after repair |"));
    }
}
