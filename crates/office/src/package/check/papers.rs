//! The parts that people write: passport, information system, papers, approved format, and how they agree with the registry.

use domain::registry::AccessMode;
use jiff::tz::Offset;
use pki::{Certificate, Validity};
use sha2::{Digest as _, Sha256};

use super::super::{INFORMATION_SYSTEM, InformationSystem, Mistake, PASSPORT, Passport, Words};
use super::technical::Technical;
use super::{Bench, Findings, Part};

fn mistakes(findings: &mut Findings, file: &str, found: Vec<Mistake>) {
    for mistake in found {
        let line = u64::try_from(mistake.line).ok();
        let hint = Words::new(
            "исправьте файл; образец — в docs/PASSPORTS.md",
            "put it right; docs/PASSPORTS.md shows the form",
        );
        findings.red(file, line, Words::new(mistake.ru, mistake.en), hint);
    }
}

/// The certificate that a package tells of its system.
pub(super) fn certificate(bench: &Bench<'_>) -> Option<Result<Certificate, pki::Error>> {
    let octets = bench.package.get(&bench.system.as_ref()?.certificate)?;
    let text = octets.starts_with(b"-----");
    Some(if text { Certificate::from_pem(octets) } else { Certificate::from_der(octets) })
}

impl Bench<'_> {
    pub(super) fn passport(&mut self) {
        let mut findings = Findings::default();
        match self.package.get(PASSPORT).map(Passport::read) {
            None => findings.missing(PASSPORT, "паспорт сервиса", "the passport of the service"),
            Some(Err(found)) => mistakes(&mut findings, PASSPORT, found),
            Some(Ok(passport)) => {
                let today = Offset::constant(3).to_datetime(self.context.at).date();
                for contact in
                    passport.contacts.iter().filter(|contact| contact.until.is_some_and(|until| until < today))
                {
                    findings.red(
                        PASSPORT,
                        None,
                        Words::new(
                            format!("ответственный {} больше не отвечает за сервис: срок вышел", contact.name),
                            format!("{} no longer answers for the service: the term is over", contact.name),
                        ),
                        Words::new("назовите нового ответственного", "name the one who answers now"),
                    );
                }
                if passport.format.until.is_some_and(|until| until < today) {
                    findings.red(
                        PASSPORT,
                        None,
                        Words::new("срок действия формата вышел", "the format is no longer in force"),
                        Words::new(
                            "узнайте у владельца формата действующий формат",
                            "ask the format's owner for the one in force",
                        ),
                    );
                }
                self.passport = Some(passport);
            }
        }
        self.close(Part::Passport, findings);
    }

    pub(super) fn information_system(&mut self) {
        let mut findings = Findings::default();
        match self.package.get(INFORMATION_SYSTEM).map(InformationSystem::read) {
            None => findings.missing(
                INFORMATION_SYSTEM,
                "сведения об информационной системе",
                "what is to be known of the system",
            ),
            Some(Err(found)) => mistakes(&mut findings, INFORMATION_SYSTEM, found),
            Some(Ok(system)) => self.system = Some(system),
        }
        if let Some(system) = self.system.clone() {
            self.system_is_provider(&system, &mut findings);
            self.certificate_is_good(&system.certificate, &mut findings);
        }
        self.close(Part::InformationSystem, findings);
    }

    fn system_is_provider(&self, system: &InformationSystem, findings: &mut Findings) {
        if let Some(passport) = self.passport.as_ref().filter(|passport| passport.provider != system.mnemonic) {
            findings.red(
                INFORMATION_SYSTEM,
                None,
                Words::new(
                    format!("мнемоника {}, а поставщик в паспорте — {}", system.mnemonic, passport.provider),
                    format!("the mnemonic is {}, the provider of the passport {}", system.mnemonic, passport.provider),
                ),
                Words::new("они должны совпадать: отвечает эта система", "they must be the same: this system answers"),
            );
        }
    }

    fn certificate_is_good(&self, file: &str, findings: &mut Findings) {
        let ask = || {
            Words::new(
                "попросите у владельца ИС действующий сертификат",
                "ask the system's owner for a certificate in force",
            )
        };
        match certificate(self) {
            None => findings.missing(file, "сертификат ЭП-ОВ", "the certificate of the system signature"),
            Some(Err(error)) => findings.red(
                file,
                None,
                Words::new(
                    format!("сертификат не читается: {error}"),
                    format!("the certificate cannot be read: {error}"),
                ),
                ask(),
            ),
            Some(Ok(certificate)) => {
                let (ru, en) = match certificate.validity_at(self.context.at) {
                    Validity::Valid => ("", ""),
                    Validity::NotYetValid => ("сертификат ещё не действует", "the certificate is not in force yet"),
                    Validity::Expired => ("срок действия сертификата вышел", "the certificate has expired"),
                };
                if !ru.is_empty() {
                    let dates = format!("{} – {}", day(certificate.not_before()), day(certificate.not_after()));
                    findings.red(file, None, Words::new(format!("{ru}: {dates}"), format!("{en}: {dates}")), ask());
                }
                let registered = self.context.registered;
                if registered
                    .is_some_and(|registered| !registered.certificates.iter().any(|der| der == certificate.der()))
                {
                    findings.red(
                        file,
                        None,
                        Words::new(
                            "этот сертификат не зарегистрирован у системы-поставщика",
                            "this certificate is not one of the provider's registered ones",
                        ),
                        Words::new("зарегистрируйте его: rsmev cert add", "register it: rsmev cert add"),
                    );
                }
            }
        }
    }

    /// A paper for people: there, and not empty.
    pub(super) fn paper(&mut self, part: Part, stem: &str, ru: &str, en: &str) {
        let mut findings = Findings::default();
        let start = format!("{stem}.");
        let found: Vec<(&str, &[u8])> = self.package.files().filter(|(name, _)| name.starts_with(&start)).collect();
        if found.is_empty() {
            findings.missing(&format!("{stem}.*"), ru, en);
        }
        for (name, octets) in found {
            if octets.iter().all(u8::is_ascii_whitespace) {
                let hint = Words::new("положите сам документ", "put the document itself there");
                findings.red(name, None, Words::new("файл пуст", "the file is empty"), hint);
            }
        }
        self.close(part, findings);
    }

    /// The approved federal format: the very octets that were approved, and the WSDL is made of them.
    pub(super) fn format(&mut self, technical: &Technical) {
        let registered =
            self.context.registered.and_then(|registered| registered.service.format_sha256).map(hex::encode);
        let named = self.passport.as_ref().map(|passport| passport.format.clone());
        let mut findings = Findings::default();
        match named.as_ref().and_then(|format| Some((format.approved.as_ref()?, format.sha256.as_ref()?))) {
            None if registered.is_none() => return self.not_needed(Part::Format),
            None => findings.red(
                PASSPORT,
                None,
                Words::new(
                    "по реестру сервис реализует утверждённый формат, а паспорт его не называет",
                    "by the registry the service implements an approved format, which the passport does not name",
                ),
                Words::new("заполните format.approved и format.sha256", "fill in format.approved and format.sha256"),
            ),
            Some((file, sha256)) => match self.package.get(file) {
                None => findings.missing(file, "утверждённый формат", "the approved format"),
                Some(octets) => {
                    let own = hex::encode(Sha256::digest(octets));
                    let approved = || {
                        Words::new(
                            "возьмите файл у владельца формата и не меняйте в нём ни знака",
                            "take the file of the format's owner and change no character in it",
                        )
                    };
                    for (whose, expected) in [
                        (("паспорта", "the passport"), Some(sha256)),
                        (("реестра", "the registry"), registered.as_ref()),
                    ] {
                        if let Some(expected) = expected.filter(|expected| **expected != own) {
                            findings.red(
                                file,
                                None,
                                Words::new(
                                    format!("SHA-256 файла {own}, а по данным {} {expected}", whose.0),
                                    format!("SHA-256 of the file is {own}, by {} it is {expected}", whose.1),
                                ),
                                approved(),
                            );
                        }
                    }
                    if technical.schema_files().is_some_and(|files| !files.contains(file)) {
                        findings.red(
                            file,
                            None,
                            Words::new(
                                "WSDL не использует утверждённый формат",
                                "the WSDL does not use the approved format",
                            ),
                            Words::new(
                                "подключите его в wsdl:types через xsd:import",
                                "import it in wsdl:types by xsd:import",
                            ),
                        );
                    }
                }
            },
        }
        self.close(Part::Format, findings);
    }

    /// What the registry and the passport both say must be the same.
    pub(super) fn registry(&mut self) {
        let (Some(registered), Some(passport)) = (self.context.registered, self.passport.clone()) else {
            return self.not_needed(Part::Registry);
        };
        let service = registered.service;
        let mode = |mode: AccessMode| match mode {
            AccessMode::ByConsent => "by_consent",
            AccessMode::Open => "open",
            AccessMode::BaseResource => "base_resource",
        };
        let mut findings = Findings::default();
        for (key, own, theirs) in [
            ("owner", passport.owner.as_str(), service.owner.as_str()),
            ("provider", passport.provider.as_str(), service.provider.as_str()),
            ("access", mode(passport.access), mode(service.access)),
        ] {
            if own != theirs {
                findings.red(
                    PASSPORT,
                    None,
                    Words::new(
                        format!("{key}: в паспорте {own}, в реестре {theirs}"),
                        format!("{key}: {own} in the passport, {theirs} in the registry"),
                    ),
                    Words::new(
                        "решите, что верно, и исправьте другое",
                        "decide which is right and put the other right",
                    ),
                );
            }
        }
        self.close(Part::Registry, findings);
    }
}

/// The day of a moment in Moscow.
fn day(at: jiff::Timestamp) -> String {
    Offset::constant(3).to_datetime(at).date().to_string()
}
