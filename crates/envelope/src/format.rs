//! The format check (ФЛК) of the SMEV blocks: strict as protocol §3, or lenient, as far as routing needs.
//!
//! Business content (`AppData`) is never looked at. Reading has refused before what nobody could route.

use crate::error::shortened;
use crate::read::{Field, MessageData, Outline};
use crate::{Addressed, Envelope, Error, Fields, Party, Revision};

/// How much of protocol §3 a service insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Order, mandatory fields, enumerations, patterns.
    Strict,
    /// Only what routing needs: `Sender/Code` when there is a `Message`.
    Lenient,
}

/// One finding of the format check. `Display` is English; see also [`FormatProblem::text_ru`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatProblem {
    /// The operation has no `Message` of a known revision.
    #[error("the operation holds no Message block of a known SMEV revision")]
    NoMessage,
    /// A mandatory element is absent or empty.
    #[error("{element} is missing")]
    Missing {
        /// Path below the operation.
        element: &'static str,
    },
    /// An element stands too late.
    #[error("{element} stands after {after}")]
    Order {
        /// The element.
        element: String,
        /// What it must precede.
        after: String,
    },
    /// The revision's schema has no such element there.
    #[error("{element} is unknown in this revision")]
    Unknown {
        /// Path below the operation.
        element: String,
    },
    /// Two elements of which the schema allows one.
    #[error("{first} and {second} exclude each other")]
    Choice {
        /// One.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A value outside its enumeration.
    #[error("{element} is {value:?}, allowed: {allowed}")]
    NotListed {
        /// Path below `Message`.
        element: &'static str,
        /// The value, shortened.
        value: String,
        /// The enumeration, separated by commas.
        allowed: String,
    },
    /// A value that does not fit its pattern or type.
    #[error("{element} is {value:?}, expected {expected}")]
    Pattern {
        /// Path below `Message`.
        element: &'static str,
        /// The value, shortened.
        value: String,
        /// Pattern or type.
        expected: &'static str,
    },
}

impl FormatProblem {
    /// The finding as the user of the bus reads it in the fault.
    pub fn text_ru(&self) -> String {
        match self {
            Self::NoMessage => "в операции нет блока Message известной версии формата СМЭВ".to_owned(),
            Self::Missing { element } => format!("нет элемента {element} или он пуст"),
            Self::Order { element, after } => format!("элемент {element} стоит после {after}"),
            Self::Unknown { element } => format!("элемент {element} не предусмотрен этой версией формата"),
            Self::Choice { first, second } => format!("допустим только один из элементов {first} и {second}"),
            Self::NotListed { element, value, allowed } => {
                format!("{element}: значение «{value}», допустимы {allowed}")
            }
            Self::Pattern { element, value, expected } => {
                format!("{element}: значение «{value}», ожидается {expected}")
            }
        }
    }
}

impl Envelope<Addressed> {
    /// Checks the SMEV blocks; all findings come at once in [`Error::Format`]. A `soap:Fault` in Body passes.
    pub fn check_format(&self, format: Format) -> Result<(), Error> {
        let Addressed { fields, outline, .. } = &self.state;
        let mut problems = Vec::new();
        match (fields.revision, format) {
            _ if fields.fault.is_some() => {}
            (None, Format::Lenient) => {}
            (None, Format::Strict) => problems.push(FormatProblem::NoMessage),
            (Some(_), Format::Lenient) => demand("Message/Sender/Code", code_of(fields.sender.as_ref()), &mut problems),
            (Some(revision), Format::Strict) => {
                check_outline(revision, outline, &mut problems);
                check_mandatory(revision, fields, &mut problems);
                check_values(revision, fields, &mut problems);
                check_data(revision, fields, outline.data.as_ref(), &mut problems);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Format { problems }) }
    }
}

/// Children of `Message` that the revision's schema has (protocol §3.2).
fn is_known(revision: Revision, field: Field) -> bool {
    match field {
        Field::ServiceName | Field::Service | Field::SubMessages => revision == Revision::Rev120315,
        Field::Status | Field::ExchangeType | Field::TestMsg | Field::Oktmo => revision != Revision::Rev110801,
        _ => true,
    }
}

fn check_outline(revision: Revision, outline: &Outline, problems: &mut Vec<FormatProblem>) {
    for &field in &outline.order {
        if !is_known(revision, field) {
            problems.push(FormatProblem::Unknown { element: format!("Message/{}", field.name()) });
        }
    }
    problems.extend(
        outline.unknown.iter().map(|name| FormatProblem::Unknown { element: shortened(&format!("Message/{name}")) }),
    );
    for two in outline.order.windows(2) {
        if let [first, second] = two
            && first > second
        {
            problems.push(FormatProblem::Order { element: second.name().to_owned(), after: first.name().to_owned() });
        }
    }
    if outline.order.contains(&Field::ServiceName) && outline.order.contains(&Field::Service) {
        problems.push(FormatProblem::Choice { first: "Message/ServiceName", second: "Message/Service" });
    }
}

fn check_mandatory(revision: Revision, fields: &Fields, problems: &mut Vec<FormatProblem>) {
    demand("Message/Sender/Code", code_of(fields.sender.as_ref()), problems);
    demand("Message/Sender/Name", name_of(fields.sender.as_ref()), problems);
    demand("Message/Recipient/Code", code_of(fields.recipient.as_ref()), problems);
    demand("Message/Recipient/Name", name_of(fields.recipient.as_ref()), problems);
    if fields.originator.is_some() {
        demand("Message/Originator/Code", code_of(fields.originator.as_ref()), problems);
        demand("Message/Originator/Name", name_of(fields.originator.as_ref()), problems);
    }
    demand("Message/TypeCode", fields.type_code.as_deref(), problems);
    demand("Message/Date", fields.date.as_deref(), problems);
    if revision != Revision::Rev110801 {
        demand("Message/Status", fields.status.as_deref(), problems);
        demand("Message/ExchangeType", fields.exchange_type.as_deref(), problems);
    }
    if fields.service_mnemonic.is_some() || fields.service_version.is_some() {
        demand("Message/Service/Mnemonic", fields.service_mnemonic.as_deref(), problems);
        demand("Message/Service/Version", fields.service_version.as_deref(), problems);
    }
}

fn check_values(revision: Revision, fields: &Fields, problems: &mut Vec<FormatProblem>) {
    if revision != Revision::Rev110801 {
        let parties = [
            ("Sender/Code", &fields.sender),
            ("Recipient/Code", &fields.recipient),
            ("Originator/Code", &fields.originator),
        ];
        for (element, party) in parties {
            let expected = "XXXXNNRRM: 4 A-Z/0-9, 5 × 0-9";
            fit(element, code_of(party.as_ref()), is_mnemonic, expected, problems);
        }
        listed("TypeCode", fields.type_code.as_deref(), type_codes(revision), problems);
        listed("Status", fields.status.as_deref(), statuses(revision), problems);
        listed("ExchangeType", fields.exchange_type.as_deref(), &["0", "1", "2", "3", "4", "5", "6"], problems);
    }
    fit("Date", fields.date.as_deref(), is_date_time, "xs:dateTime", problems);
    fit("Service/Version", fields.service_version.as_deref(), is_version, "9.99 / 99.99", problems);
}

fn type_codes(revision: Revision) -> &'static [&'static str] {
    match revision {
        Revision::Rev120315 => &["GSRV", "GFNC", "OTHR"],
        Revision::Rev110801 | Revision::Rev111111 => &["GSRV", "GFNC"],
    }
}

fn statuses(revision: Revision) -> &'static [&'static str] {
    let all = &[
        "REQUEST", "RESULT", "REJECT", "INVALID", "ACCEPT", "PING", "PROCESS", "NOTIFY", "FAILURE", "CANCEL", "STATE",
        "PACKET",
    ];
    match revision {
        Revision::Rev120315 => all,
        Revision::Rev110801 | Revision::Rev111111 => all.split_last().map_or(&[], |(_, older)| older),
    }
}

/// `MessageData` = sequence(AppData?, AppDocument?); a PING may do without (protocol §3.5).
fn check_data(revision: Revision, fields: &Fields, data: Option<&MessageData>, problems: &mut Vec<FormatProblem>) {
    let Some(data) = data else {
        if fields.status.as_deref() != Some("PING") {
            problems.push(FormatProblem::Missing { element: "MessageData" });
        }
        return;
    };
    if data.before_message {
        problems.push(FormatProblem::Order { element: "Message".to_owned(), after: "MessageData".to_owned() });
    }
    match data.children.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["AppData" | "AppDocument"] | ["AppData", "AppDocument"] => {}
        ["AppDocument", "AppData"] => {
            problems.push(FormatProblem::Order { element: "AppData".to_owned(), after: "AppDocument".to_owned() });
        }
        other => {
            let odd = other.iter().find(|name| !matches!(**name, "AppData" | "AppDocument")).or(other.last());
            let element = shortened(&format!("MessageData/{}", odd.unwrap_or(&"")));
            problems.push(FormatProblem::Unknown { element });
        }
    }
    let Some(document) = &data.document else { return };
    let children = document.iter().map(String::as_str).collect::<Vec<_>>();
    let content = match (children.as_slice(), revision) {
        (["RequestCode", rest @ ..], Revision::Rev111111 | Revision::Rev120315) | (rest, Revision::Rev110801) => rest,
        (rest, _) => {
            problems.push(FormatProblem::Missing { element: "MessageData/AppDocument/RequestCode" });
            rest
        }
    };
    if !matches!(content, ["BinaryData"] | ["Reference", "DigestValue"]) {
        problems
            .push(FormatProblem::Missing { element: "MessageData/AppDocument/(BinaryData | Reference, DigestValue)" });
    }
}

fn code_of(party: Option<&Party>) -> Option<&str> {
    party.map(|party| party.code.as_str())
}

fn name_of(party: Option<&Party>) -> Option<&str> {
    party.map(|party| party.name.as_str())
}

fn demand(element: &'static str, value: Option<&str>, problems: &mut Vec<FormatProblem>) {
    if value.is_none_or(str::is_empty) {
        problems.push(FormatProblem::Missing { element });
    }
}

/// Absent and empty values are [`demand`]'s business.
fn listed(element: &'static str, value: Option<&str>, allowed: &[&str], problems: &mut Vec<FormatProblem>) {
    if let Some(value) = value.filter(|value| !value.is_empty() && !allowed.contains(value)) {
        problems.push(FormatProblem::NotListed { element, value: shortened(value), allowed: allowed.join(", ") });
    }
}

fn fit(
    element: &'static str,
    value: Option<&str>,
    fits: impl Fn(&str) -> bool,
    expected: &'static str,
    problems: &mut Vec<FormatProblem>,
) {
    if let Some(value) = value.filter(|value| !value.is_empty() && !fits(value)) {
        problems.push(FormatProblem::Pattern { element, value: shortened(value), expected });
    }
}

/// `[A-Z0-9]{4}\d{5}` (protocol §1.2).
fn is_mnemonic(value: &str) -> bool {
    value.len() == 9
        && value.bytes().enumerate().all(|(at, octet)| octet.is_ascii_digit() || (at < 4 && octet.is_ascii_uppercase()))
}

/// `\d{1,2}\.\d{2}`.
fn is_version(value: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    value.split_once('.').is_some_and(|(major, minor)| {
        (1..=2).contains(&major.len()) && minor.len() == 2 && digits(major) && digits(minor)
    })
}

/// xs:dateTime with any fraction, with or without a zone.
fn is_date_time(value: &str) -> bool {
    let lexical = matches!(value.as_bytes(), [_, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', ..]);
    lexical && (value.parse::<jiff::Timestamp>().is_ok() || value.parse::<jiff::civil::DateTime>().is_ok())
}
