//! The trial of a package: its control example goes through the running bus as a test message, what comes back is compared with what
//! should, and the record (протокол испытаний) is written into the package.

use gateway::Snapshot;
use office::package::{Package, REQUEST, Report, Run, TEST_RECORD, TestRecord};
use office::wsdl::Wsdl;
use pki::Identity;
use xmldsig::schema::{Schema, SchemaFile};

use super::check::Words;
use super::folder;
use crate::command::cert::{Answered, Courier, Outcome, Speaker, certificate_of};
use crate::command::{journal, key};
use crate::failure::Failure;
use crate::language::{Language, said, told};
use crate::registry_edit::{OPEN, write_whole};
use crate::terminal::tame;
use crate::{edge, names, print};

/// Runs the trial and writes its record.
pub(super) fn run(
    words: &Words,
    package: &Package,
    report: &Report,
    snapshot: &Snapshot,
) -> Result<TestRecord, Failure> {
    let (Some(consumer), Some(certificate), Some(file)) = (&words.consumer, &words.certificate, &words.key) else {
        return Err(Failure::usage("--consumer, --certificate and --key are needed"));
    };
    let registry = snapshot.registry();
    let system = names::system(registry, consumer.as_str())?;
    let service = report.sid.as_deref().zip(report.version.as_deref()).and_then(|(sid, version)| {
        registry.services().iter().find(|row| row.sid.as_str() == sid && row.version.as_str() == version)
    });
    let service = service.ok_or_else(|| {
        Failure::no(told(
            "этой версии нет в реестре: шина не знает к ней дороги",
            "this version is not registered, so the bus knows no way to it",
        ))
        .hint("rsmev service add PKG")
    })?;
    let request = package.get(REQUEST).ok_or_else(|| {
        Failure::no(said(
            || format!("в пакете нет {REQUEST}: отправлять нечего"),
            || format!("the package has no {REQUEST}: there is nothing to send"),
        ))
    })?;
    let private = key::of_file(file, words.key_passphrase_file.as_deref(), "--key-passphrase-file")?;
    let identity = Identity::new(certificate_of(certificate)?, private)
        .map_err(|error| Failure::no(format!("{}: {error}", file.display())))?;
    let courier = Courier::new(registry, snapshot.algorithms(), &words.reach)?;
    let speaker = Speaker { system, identity: &identity };
    let (tried, answered) = courier.try_message(speaker, service, request, snapshot.node().certificate());
    let judged = answered.as_ref().map_or(Err(tried.sentence.clone()), |answered| compare(package, request, answered));
    let run = Run {
        passed: tried.outcome == Outcome::Passed && judged.is_ok(),
        consumer: consumer.to_string(),
        to: courier.address(service),
        http: tried.http,
        exchange: answered.and_then(|answered| answered.exchange),
        code: tried.code.clone(),
        sentence: judged.err().unwrap_or(tried.sentence),
    };
    let record = TestRecord::of(report, run, edge::now(), &journal::who());
    let octets = serde_json::to_vec_pretty(&record).map_err(|error| Failure::system("write JSON", error))?;
    let path = words.package.join(TEST_RECORD);
    write_whole(&path, &octets, OPEN, None)
        .map_err(|error| Failure::system(&format!("write {}", path.display()), error))?;
    Ok(record)
}

/// The answer must be of the operation that was asked, and as its schema says.
fn compare(package: &Package, request: &[u8], answered: &Answered) -> Result<(), String> {
    let wsdl = Wsdl::read(&package.ending(".wsdl")).map_err(|error| error.to_string())?;
    let asked = office::package::operation_of(request).ok_or("the control example has no operation")?;
    let came = office::package::operation_of(&answered.soap).ok_or("the answer has no operation")?;
    let operation = wsdl.operations.iter().find(|operation| operation.request.as_ref() == Some(&asked));
    let expected = operation.and_then(|operation| operation.answer.clone()).ok_or("the WSDL knows no answer to it")?;
    if came != expected {
        return Err(format!("the answer is {}, but {} was expected", came.local, expected.local));
    }
    let schemas = package.schemas();
    let files: Vec<SchemaFile<'_>> = schemas.iter().map(|(name, octets)| SchemaFile { name, octets }).collect();
    let entries: Vec<&str> = package.ending(".wsdl").into_iter().map(|(name, _)| name).collect();
    let schema = Schema::parse(&entries, &files, &folder::LIBRARY).map_err(|_| "the schemas are no good".to_owned())?;
    let validated = schema.validate_body(&answered.soap).map_err(|error| error.to_string())?;
    match validated.findings.first() {
        None => Ok(()),
        // The path, not the complaint: that quotes what the answer says, and the record is kept.
        Some(first) => Err(format!("the answer is not as the schema says at {}", first.path)),
    }
}

/// The record for people.
pub(super) fn show(record: &TestRecord, language: Language) -> Result<(), Failure> {
    let run = &record.run;
    let passed = if run.passed {
        language.of("пройдено", "passed")
    } else {
        language.of("НЕ ПРОЙДЕНО", "NOT PASSED")
    };
    let none = "–".to_owned();
    print::line("")?;
    print::line(&format!(
        "{} {} {}: {passed}",
        language.of("Протокол испытаний", "Test record"),
        tame(&record.sid),
        tame(&record.version)
    ))?;
    for (ru, en, value) in [
        ("время", "at", record.at.to_string()),
        ("провёл", "by", record.who.clone()),
        ("от имени", "consumer", run.consumer.clone()),
        ("адрес", "to", run.to.clone()),
        ("обмен", "exchange", run.exchange.clone().unwrap_or(none.clone())),
        (
            "ответ",
            "answer",
            format!(
                "HTTP {} {} {}",
                run.http.map_or(none.clone(), |http| http.to_string()),
                run.code.clone().unwrap_or_default(),
                run.sentence
            ),
        ),
        ("пакет", "package", record.package.clone()),
    ] {
        print::line(&format!("  {:<9} {}", language.of(ru, en), tame(&value)))?;
    }
    print::line(&format!("  {:<9} {TEST_RECORD}", language.of("записан", "written")))
}
