//! Is a package in order? Every part gets a verdict, and what is wrong is said in sentences with the next step.

mod examples;
mod papers;
mod technical;

use std::fmt;

use domain::registry::Service;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xmldsig::schema::SchemaFile;

pub use examples::operation_of;

use super::{InformationSystem, Package, Passport, Words};

/// What a package is judged against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The moment at which certificates must be in force.
    pub at: Timestamp,
    /// Schemas of the SMEV blocks.
    pub library: &'a [SchemaFile<'a>],
    /// Signature algorithms accepted.
    pub algorithms: xmldsig::Algorithms,
    /// What the registry says of this very version of the service, when it is there.
    pub registered: Option<Registered<'a>>,
}

/// The service as it is registered.
#[derive(Clone, Copy)]
pub struct Registered<'a> {
    /// Its row.
    pub service: &'a Service,
    /// DER of the certificates of the provider's system.
    pub certificates: &'a [Vec<u8>],
}

/// A part of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// `passport.toml`.
    Passport,
    /// `information-system.toml` and the certificate.
    InformationSystem,
    /// The WSDL.
    Wsdl,
    /// The schemas in WSDL and XSD.
    Schemas,
    /// Operations of passport, WSDL and registry.
    Operations,
    /// The approved federal format.
    Format,
    /// `test-method.*` (методика испытаний).
    TestMethod,
    /// `user-guide.*` (руководство пользователя).
    UserGuide,
    /// `control-example/request.xml`.
    Request,
    /// `control-example/answer.xml`.
    Answer,
    /// System signatures of the control example.
    Signatures,
    /// What the registry says of the service.
    Registry,
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// In order.
    Green,
    /// Something must be done.
    Red,
    /// There is nothing to judge, and nothing needs to be there.
    NotNeeded,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Does it make its part red?
    pub red: bool,
    /// The file.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: Option<u64>,
    /// What was found.
    pub sentence: Words,
    /// What to do.
    pub hint: Option<Words>,
}

/// A part with its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartReport {
    /// Which part.
    pub part: Part,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Verdicts on all parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing is red.
    pub green: bool,
    /// The service, as the passport says.
    pub sid: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// [`Package::digest`].
    pub package: String,
    /// The parts.
    pub parts: Vec<PartReport>,
}

/// Judges a package.
pub fn check(package: &Package, context: &Context<'_>) -> Report {
    let mut bench = Bench { package, context, passport: None, system: None, parts: Vec::new() };
    bench.passport();
    bench.information_system();
    let technical = technical::Technical::read(&mut bench);
    bench.operations(&technical);
    bench.format(&technical);
    bench.paper(Part::TestMethod, "test-method", "методика испытаний", "test method");
    bench.paper(Part::UserGuide, "user-guide", "руководство пользователя", "user guide");
    bench.examples(&technical);
    bench.signatures();
    bench.registry();
    Report {
        green: bench.parts.iter().all(|part| part.verdict != Verdict::Red),
        sid: bench.passport.as_ref().map(|passport| passport.sid.to_string()),
        version: bench.passport.as_ref().map(|passport| passport.version.to_string()),
        package: package.digest(),
        parts: bench.parts,
    }
}

/// What has been found out so far.
struct Bench<'a> {
    package: &'a Package,
    context: &'a Context<'a>,
    passport: Option<Passport>,
    system: Option<InformationSystem>,
    parts: Vec<PartReport>,
}

/// Findings of one part, being collected.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    /// Something that must be put right.
    fn red(&mut self, file: &str, line: Option<u64>, sentence: Words, hint: Words) {
        let file = Some(file).filter(|file| !file.is_empty()).map(str::to_owned);
        self.0.push(Finding { red: true, file, line, sentence, hint: Some(hint) });
    }

    /// Something to know.
    fn note(&mut self, file: &str, sentence: Words) {
        self.0.push(Finding { red: false, file: Some(file.to_owned()), line: None, sentence, hint: None });
    }

    /// A file that is not there.
    fn missing(&mut self, file: &str, what_ru: &str, what_en: &str) {
        self.red(
            file,
            None,
            Words::new(format!("нет файла: {what_ru}"), format!("the file is missing: {what_en}")),
            Words::new(format!("положите {file} в папку пакета"), format!("put {file} into the folder of the package")),
        );
    }
}

impl Bench<'_> {
    fn close(&mut self, part: Part, findings: Findings) {
        let verdict = if findings.0.iter().any(|finding| finding.red) { Verdict::Red } else { Verdict::Green };
        self.parts.push(PartReport { part, verdict, findings: findings.0 });
    }

    fn not_needed(&mut self, part: Part) {
        self.parts.push(PartReport { part, verdict: Verdict::NotNeeded, findings: Vec::new() });
    }
}

impl Part {
    /// Its name for people.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Passport => ("паспорт", "passport"),
            Self::InformationSystem => ("сведения об ИС", "information system"),
            Self::Wsdl => ("WSDL", "WSDL"),
            Self::Schemas => ("схемы", "schemas"),
            Self::Operations => ("операции", "operations"),
            Self::Format => ("утверждённый формат", "approved format"),
            Self::TestMethod => ("методика испытаний", "test method"),
            Self::UserGuide => ("руководство пользователя", "user guide"),
            Self::Request => ("контрольный пример: запрос", "control example: request"),
            Self::Answer => ("контрольный пример: ответ", "control example: answer"),
            Self::Signatures => ("подписи контрольного примера", "signatures of the control example"),
            Self::Registry => ("реестр", "registry"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().1)
    }
}
