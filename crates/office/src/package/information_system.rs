//! `information-system.toml`, what a package tells of the provider's information system (сведения об ИС): mnemonic and certificate.

use domain::{Mnemonic, ParticipantCode};
use serde::Serialize;

use super::passport::{CODE_RU, utf8};
use super::table::{Mistake, Table, parse};

/// The system that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InformationSystem {
    /// Its mnemonic.
    pub mnemonic: Mnemonic,
    /// Its name for people.
    pub name: String,
    /// The participant that owns it.
    pub participant: ParticipantCode,
    /// Name of the file in the package with the certificate of its system signature (ЭП-ОВ), PEM or DER.
    pub certificate: String,
    /// Who keeps it running.
    pub responsible: Option<String>,
}

impl InformationSystem {
    /// Reads the file, or tells every mistake.
    pub fn read(octets: &[u8]) -> Result<Self, Vec<Mistake>> {
        let text = utf8(octets)?;
        let document = parse(text).map_err(|mistake| vec![mistake])?;
        let mut file = Table::whole(text, &document);
        let mut mistakes = Vec::new();
        let mnemonic =
            file.read("mnemonic", (CODE_RU, Mnemonic::ALLOWED), |text| Mnemonic::new(text).ok(), &mut mistakes);
        let name = file.text("name", &mut mistakes);
        let code = (CODE_RU, ParticipantCode::ALLOWED);
        let participant = file.read("participant", code, |text| ParticipantCode::new(text).ok(), &mut mistakes);
        let certificate = file.text("certificate", &mut mistakes);
        let responsible = file.optional("responsible", &mut mistakes);
        file.end(&mut mistakes);
        mistakes.sort_by_key(|mistake| mistake.line);
        let read = || {
            Some(Self {
                mnemonic: mnemonic?,
                name: name?,
                participant: participant?,
                certificate: certificate?,
                responsible,
            })
        };
        read().filter(|_| mistakes.is_empty()).ok_or(mistakes)
    }
}
