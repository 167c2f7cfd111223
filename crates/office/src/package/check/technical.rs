//! WSDL, schemas, and the operations that passport, WSDL and registry name.

use std::collections::BTreeSet;

use xmldsig::schema::{Schema, SchemaFile, SchemaProblem, Trouble};

use super::super::{PASSPORT, Words};
use super::{Bench, Findings, Part};

use crate::schema_diff::{Symbols, documents, texts};
use crate::wsdl::{Name, Unreadable, Wsdl};

/// Sentences of one kind that are told; the rest is counted.
const TOLD_MAX: usize = 20;

/// What was read of WSDL and schemas; absent where it is not good.
pub(super) struct Technical {
    pub(super) wsdl: Option<Wsdl>,
    pub(super) schema: Option<Schema>,
}

impl Technical {
    /// Reads both and closes their parts.
    pub(super) fn read(bench: &mut Bench<'_>) -> Self {
        let wsdl = bench.wsdl();
        let schema = bench.schemas();
        Self { wsdl, schema }
    }

    /// The files that the compiled schemas are made of.
    pub(super) fn schema_files(&self) -> Option<&[String]> {
        self.schema.as_ref().map(Schema::files)
    }
}

impl Bench<'_> {
    fn wsdl(&mut self) -> Option<Wsdl> {
        let files = self.package.ending(".wsdl");
        let mut findings = Findings::default();
        if files.is_empty() {
            findings.missing("service.wsdl", "описание сервиса (WSDL)", "the description of the service (WSDL)");
            self.close(Part::Wsdl, findings);
            return None;
        }
        let wsdl = match Wsdl::read(&files) {
            Ok(wsdl) => Some(wsdl),
            Err(error) => {
                let (file, line) = match &error {
                    Unreadable::Xml { file, line, .. } => (file.as_str(), u64::try_from(*line).ok()),
                    Unreadable::NotWsdl { file } => (file.as_str(), Some(1)),
                };
                findings.red(
                    file,
                    line,
                    Words::new(format!("WSDL не читается: {error}"), format!("the WSDL cannot be read: {error}")),
                    Words::new(
                        "исправьте WSDL; DTD и сущности не допускаются",
                        "put the WSDL right; DTD and entities are not allowed",
                    ),
                );
                None
            }
        };
        if let Some(wsdl) = &wsdl {
            self.look_at_operations(wsdl, &mut findings);
        }
        self.close(Part::Wsdl, findings);
        wsdl
    }

    /// Each operation has its two elements, declared somewhere, and a binding.
    fn look_at_operations(&self, wsdl: &Wsdl, findings: &mut Findings) {
        let schemas: Vec<(&str, &[u8])> = self.package.schemas();
        let texts = texts(&schemas).unwrap_or_default();
        let documents = documents(&texts).unwrap_or_default();
        let symbols = Symbols::of(&documents);
        if wsdl.operations.is_empty() {
            findings.red(
                "",
                None,
                Words::new("в WSDL нет операций", "the WSDL has no operations"),
                Words::new("опишите portType и binding", "describe portType and binding"),
            );
        }
        for operation in &wsdl.operations {
            let (file, line) = (operation.place.0.as_str(), u64::try_from(operation.place.1).ok());
            let name = &operation.name;
            let mut tell = |ru: String, en: String, hint: Words| findings.red(file, line, Words::new(ru, en), hint);
            if !operation.bound {
                tell(
                    format!("операция {name} не описана в soap:binding"),
                    format!("the operation {name} is in no soap:binding"),
                    Words::new("добавьте её в wsdl:binding", "add it to wsdl:binding"),
                );
            }
            for (ru, en, element) in
                [("запроса", "request", &operation.request), ("ответа", "answer", &operation.answer)]
            {
                let declared = |name: &Name| symbols.find("element", name).is_some();
                match element {
                    None => tell(
                        format!("у операции {name} нет элемента {ru}"),
                        format!("the operation {name} has no element of its {en}"),
                        Words::new("назовите его в wsdl:part element=…", "name it in wsdl:part element=…"),
                    ),
                    Some(element) if !declared(element) => tell(
                        format!("элемент {} операции {name} не объявлен в схемах пакета", element.local),
                        format!(
                            "the element {} of the operation {name} is declared in no schema of the package",
                            element.local
                        ),
                        Words::new(
                            "добавьте его XSD в пакет; в СМЭВ сервисы — document/literal, не rpc",
                            "add its XSD to the package; services of SMEV are document/literal, not rpc",
                        ),
                    ),
                    Some(_) => {}
                }
            }
        }
    }

    fn schemas(&mut self) -> Option<Schema> {
        let mut findings = Findings::default();
        let files: Vec<SchemaFile<'_>> =
            self.package.schemas().into_iter().map(|(name, octets)| SchemaFile { name, octets }).collect();
        let wsdls: Vec<&str> = self.package.ending(".wsdl").into_iter().map(|(name, _)| name).collect();
        let xsds: Vec<&str> = self.package.ending(".xsd").into_iter().map(|(name, _)| name).collect();
        let entries = if wsdls.is_empty() { &xsds } else { &wsdls };
        if files.is_empty() {
            findings.missing("*.xsd", "схемы или WSDL с wsdl:types", "schemas, or a WSDL with wsdl:types");
            self.close(Part::Schemas, findings);
            return None;
        }
        let schema = Schema::parse(entries, &files, self.context.library);
        match &schema {
            Err(problems) => tell(problems, &mut findings),
            Ok(schema) => {
                // A schema that nothing uses must be a good one all the same: somebody will read it.
                for lone in xsds.iter().filter(|name| !schema.files().iter().any(|file| file == **name)) {
                    match Schema::parse(&[lone], &files, self.context.library) {
                        Err(problems) => tell(&problems, &mut findings),
                        Ok(_) => findings.note(
                            lone,
                            Words::new("WSDL не использует эту схему", "the WSDL does not use this schema"),
                        ),
                    }
                }
            }
        }
        self.close(Part::Schemas, findings);
        schema.ok()
    }

    /// The names of operations must be the same everywhere: the bus tells operations apart by them.
    pub(super) fn operations(&mut self, technical: &Technical) {
        let mut findings = Findings::default();
        let passport: Option<BTreeSet<String>> =
            self.passport.as_ref().map(|passport| passport.operations.iter().cloned().collect());
        let wsdl: Option<BTreeSet<String>> = technical.wsdl.as_ref().map(|wsdl| {
            wsdl.operations.iter().filter_map(|operation| Some(operation.request.as_ref()?.local.clone())).collect()
        });
        let registered = self.context.registered.map(|registered| &registered.service.operations);
        let registered: Option<BTreeSet<String>> = registered
            .filter(|operations| !operations.is_empty())
            .map(|operations| operations.iter().cloned().collect());
        match (&passport, &wsdl) {
            (Some(passport), Some(wsdl)) => {
                differ(&mut findings, (passport, "в паспорте", "the passport"), (wsdl, "в WSDL", "the WSDL"));
                if let Some(registered) = &registered {
                    differ(
                        &mut findings,
                        (passport, "в паспорте", "the passport"),
                        (registered, "в реестре", "the registry"),
                    );
                }
            }
            _ => findings.red(
                PASSPORT,
                None,
                Words::new(
                    "сравнить нечего: паспорт или WSDL не читаются",
                    "nothing to compare: passport or WSDL cannot be read",
                ),
                Words::new("сначала исправьте их", "put them right first"),
            ),
        }
        self.close(Part::Operations, findings);
    }
}

/// Tells names that stand on one side only.
fn differ(findings: &mut Findings, one: (&BTreeSet<String>, &str, &str), other: (&BTreeSet<String>, &str, &str)) {
    for (has, lacks) in [(one, other), (other, one)] {
        for name in has.0.difference(lacks.0) {
            findings.red(
                PASSPORT,
                None,
                Words::new(
                    format!("операция {name} есть {}, но её нет {}", has.1, lacks.1),
                    format!("{} has the operation {name}, {} has not", has.2, lacks.2),
                ),
                Words::new(
                    "имя операции — имя первого элемента Body запроса",
                    "an operation is called by the first element in the Body of its request",
                ),
            );
        }
    }
}

fn tell(problems: &[SchemaProblem], findings: &mut Findings) {
    for problem in problems.iter().take(TOLD_MAX) {
        let (ru, hint) = match &problem.what {
            Trouble::Absent => ("нет такого файла".to_owned(), ("положите его в пакет", "put it into the package")),
            Trouble::Unreadable(_) => (
                format!("это не годный XML: {}", problem.what),
                (
                    "исправьте файл; DTD и другие кодировки не допускаются",
                    "put it right; DTD and other encodings are not allowed",
                ),
            ),
            Trouble::NotASchema(root) => (
                format!("это не схема и не WSDL: корень {root}"),
                ("положите саму схему", "put the schema itself there"),
            ),
            Trouble::Missing(location) => (
                format!("нужен файл {location}, которого нет в пакете"),
                ("положите его в пакет рядом", "put it into the package"),
            ),
            Trouble::Outside(location) => (
                format!("нужен {location} вне пакета; шина ничего не скачивает"),
                (
                    "положите схему в пакет и сошлитесь на неё по имени",
                    "put the schema into the package and name it there",
                ),
            ),
            Trouble::NoLocation => ("xsd:include без schemaLocation".to_owned(), ("назовите файл", "name the file")),
            Trouble::TooLarge { what, max } => {
                (format!("слишком много ({what}): не более {max}"), ("упростите схему", "make the schema simpler"))
            }
            Trouble::Rule(words) => (
                format!("схема нарушает правила XSD: {words}"),
                (
                    "исправьте схему; слова после двоеточия — от libxml2",
                    "put the schema right; the words are libxml2's",
                ),
            ),
        };
        let en = problem.what.to_string();
        findings.red(&problem.file, Some(u64::from(problem.line)), Words::new(ru, en), Words::new(hint.0, hint.1));
    }
    if let Some(more) = problems.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        findings.note("", Words::new(format!("и ещё {more}"), format!("and {more} more")));
    }
}
