//! `passport.toml`, the passport of a service (паспорт сервиса): what it is for, whose it is, on what ground and terms, who answers for
//! it. Read strictly; whether it agrees with the other parts of the package is asked in `check`.

use domain::registry::AccessMode;
use domain::{Mnemonic, ParticipantCode, Sid, Version};
use jiff::civil::Date;
use serde::Serialize;

use super::table::{Mistake, Mistakes, Table, parse};

/// A passport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passport {
    /// Identifier of the service.
    pub sid: Sid,
    /// Its version.
    pub version: Version,
    /// Name for people.
    pub name: String,
    /// What it is for (назначение).
    pub purpose: String,
    /// The participant that owns it.
    pub owner: ParticipantCode,
    /// The system that answers.
    pub provider: Mnemonic,
    /// On what terms it is given.
    pub access: AccessMode,
    /// The act that it rests on (нормативное основание).
    pub legal_ground: String,
    /// Local names of the elements in the Body of requests.
    pub operations: Vec<String>,
    /// Address of the provider, or `federal`.
    pub endpoint: String,
    /// When the answer comes, in words for consumers.
    pub answer_time: String,
    /// How long the bus waits for the answer, as the registry writes it (`60 s`).
    pub answer_deadline: Option<String>,
    /// Of which format it is.
    pub format: FormatOwner,
    /// Where consumers turn to.
    pub support: Support,
    /// Who answers for it.
    pub contacts: Vec<Contact>,
}

/// Whose format the messages have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormatOwner {
    /// Who keeps the format: code of a participant, or a name.
    pub owner: String,
    /// The XSD of the package that is the approved federal format, when the service implements one.
    pub approved: Option<String>,
    /// SHA-256 of the octets of that file as approved, hexadecimal.
    pub sha256: Option<String>,
    /// First day of the format.
    pub from: Option<Date>,
    /// Last day of the format.
    pub until: Option<Date>,
}

/// Support for consumers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Support {
    /// When, in words.
    pub hours: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Address of e-mail.
    pub email: Option<String>,
}

/// A person who answers for the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// For what: `service`, `format` or `technical`.
    pub role: &'static str,
    /// Name and post.
    pub name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Address of e-mail.
    pub email: Option<String>,
    /// Until when.
    pub until: Option<Date>,
}

/// Which words are codes and mnemonics, in Russian; the English phrase is the registry's.
pub(super) const CODE_RU: &str = "латинские буквы, цифры, дефис и подчёркивание, как в реестре";
const SID_RU: &str = "SID и семь цифр, например SID0003245";
const VERSION_RU: &str = "одна или две цифры, точка, две цифры, например 1.00";

const ACCESS: [(&str, AccessMode); 3] =
    [("by_consent", AccessMode::ByConsent), ("open", AccessMode::Open), ("base_resource", AccessMode::BaseResource)];

const ROLES: [(&str, &str); 3] = [("service", "service"), ("format", "format"), ("technical", "technical")];

impl Passport {
    /// Reads a passport, or tells every mistake.
    pub fn read(octets: &[u8]) -> Result<Self, Vec<Mistake>> {
        let text = utf8(octets)?;
        let document = parse(text).map_err(|mistake| vec![mistake])?;
        let mut file = Table::whole(text, &document);
        let mut mistakes = Vec::new();
        let read = read(&mut file, &mut mistakes);
        file.end(&mut mistakes);
        mistakes.sort_by_key(|mistake| mistake.line);
        read.filter(|_| mistakes.is_empty()).ok_or(mistakes)
    }
}

/// The text of a file.
pub(super) fn utf8(octets: &[u8]) -> Result<&str, Vec<Mistake>> {
    std::str::from_utf8(octets).map_err(|_| {
        vec![Mistake { line: 1, ru: "файл не в UTF-8".to_owned(), en: "the file is not UTF-8".to_owned() }]
    })
}

fn read(file: &mut Table<'_>, mistakes: &mut Mistakes) -> Option<Passport> {
    let sid = file.read("sid", (SID_RU, Sid::ALLOWED), |text| Sid::new(text).ok(), mistakes);
    let version = file.read("version", (VERSION_RU, Version::ALLOWED), |text| Version::new(text).ok(), mistakes);
    let name = file.text("name", mistakes);
    let purpose = file.text("purpose", mistakes);
    let code = (CODE_RU, ParticipantCode::ALLOWED);
    let owner = file.read("owner", code, |text| ParticipantCode::new(text).ok(), mistakes);
    let mnemonic = (CODE_RU, Mnemonic::ALLOWED);
    let provider = file.read("provider", mnemonic, |text| Mnemonic::new(text).ok(), mistakes);
    let access = file.choice("access", &ACCESS, mistakes);
    let legal_ground = file.text("legal_ground", mistakes);
    let operations = file.list("operations", mistakes);
    let address = ("адрес http(s)://… или \"federal\"", "an address http(s)://… or \"federal\"");
    let endpoint = file.read("endpoint", address, endpoint, mistakes);
    let answer_time = file.text("answer_time", mistakes);
    let answer_deadline = file.optional("answer_deadline", mistakes);
    let formats = ("таблица [format] с ключом owner", "a table [format] with the key owner");
    let format = file.needed("format", formats, mistakes).and_then(|table| format(table, mistakes));
    let supports = ("таблица [support] с ключами hours, phone, email", "a table [support] with hours, phone, email");
    let support = file.needed("support", supports, mistakes).and_then(|table| support(table, mistakes));
    let contacts: Vec<Contact> =
        file.rows("contact", mistakes).into_iter().filter_map(|row| contact(row, mistakes)).collect();
    if !contacts.iter().any(|contact| contact.role == "service") && mistakes.is_empty() {
        let allowed = ("строка [[contact]] с role = \"service\"", "a row [[contact]] with role = \"service\"");
        mistakes.push(file.absent("contact", allowed));
    }
    Some(Passport {
        sid: sid?,
        version: version?,
        name: name?,
        purpose: purpose?,
        owner: owner?,
        provider: provider?,
        access: access?,
        legal_ground: legal_ground?,
        operations: operations?,
        endpoint: endpoint?,
        answer_time: answer_time?,
        answer_deadline,
        format: format?,
        support: support?,
        contacts,
    })
}

fn endpoint(text: &str) -> Option<String> {
    let address = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let fits = text == "federal" || address.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    fits.then(|| text.to_owned())
}

fn format(mut table: Table<'_>, mistakes: &mut Mistakes) -> Option<FormatOwner> {
    let owner = table.text("owner", mistakes);
    let approved = table.optional("approved", mistakes);
    let sha256 = match &approved {
        // An approved format without its digest could be any file.
        Some(_) => table.read("sha256", ("64 шестнадцатеричные цифры", "64 hexadecimal digits"), digest, mistakes),
        None => table.optional("sha256", mistakes),
    };
    let (from, until) = (table.day("from", mistakes), table.day("until", mistakes));
    table.end(mistakes);
    Some(FormatOwner { owner: owner?, approved, sha256, from, until })
}

fn digest(text: &str) -> Option<String> {
    (text.len() == 64 && text.bytes().all(|octet| octet.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

fn support(mut table: Table<'_>, mistakes: &mut Mistakes) -> Option<Support> {
    let hours = table.text("hours", mistakes);
    let (phone, email) = (table.optional("phone", mistakes), table.optional("email", mistakes));
    if phone.is_none() && email.is_none() {
        mistakes.push(table.absent("phone", ("телефон или email", "a telephone or an email")));
    }
    table.end(mistakes);
    Some(Support { hours: hours?, phone, email })
}

fn contact(mut row: Table<'_>, mistakes: &mut Mistakes) -> Option<Contact> {
    let role = row.choice("role", &ROLES, mistakes);
    let name = row.text("name", mistakes);
    let (phone, email) = (row.optional("phone", mistakes), row.optional("email", mistakes));
    let until = row.day("until", mistakes);
    row.end(mistakes);
    Some(Contact { role: role?, name: name?, phone, email, until })
}
