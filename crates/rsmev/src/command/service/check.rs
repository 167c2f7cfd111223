//! `rsmev service check`: the verdict on a package, part by part.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::registry::Service;
use domain::{Mnemonic, Sid, Version};
use gateway::Snapshot;
use jiff::Timestamp;
use office::package::{Context, Finding, Package, Passport, Registered, Report, Verdict, Words as Told, check};
use pki::Certificate;
use serde::Serialize;

use super::{folder, trial};
use crate::cli::Config;
use crate::command::cert::Reach;
use crate::failure::Failure;
use crate::language::{Language, said, told};
use crate::terminal::tame;
use crate::{edge, print, serve};

/// Words of `service check`.
#[derive(Args, Debug)]
pub(crate) struct Words {
    /// Folder of the package
    #[arg(value_name = "PKG")]
    pub(super) package: PathBuf,
    /// Judge certificates as of this moment (RFC 3339), in place of now
    #[arg(long, value_name = "TIME", conflicts_with = "run")]
    at: Option<Timestamp>,
    /// Send the control example through the running bus as a test message, and write the test record
    #[arg(long, requires_all = ["consumer", "key", "certificate"])]
    run: bool,
    /// System in whose name the control example goes
    #[arg(long, value_name = "SYSTEM", value_parser = Mnemonic::new)]
    pub(super) consumer: Option<Mnemonic>,
    /// Certificate of that system, PEM
    #[arg(long, value_name = "FILE")]
    pub(super) certificate: Option<PathBuf>,
    /// Its key, PKCS#8 PEM
    #[arg(long, value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    /// File with the passphrase of the key
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(super) key_passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) reach: Reach,
    #[command(flatten)]
    pub(super) config: Config,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// The shape of `--json`.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a office::package::TestRecord>,
}

pub(super) fn run(words: &Words) -> Result<(), Failure> {
    let package = folder::read(&words.package)?;
    let config = &words.config.config;
    // Whoever prepares a package need not have the registry.
    let snapshot = if words.run || config.exists() { Some(serve::load(config)?) } else { None };
    let report = judge(&package, snapshot.as_ref(), words.at.unwrap_or_else(edge::now));
    let record = match &snapshot {
        Some(snapshot) if words.run => Some(trial::run(words, &package, &report, snapshot)?),
        _ => None,
    };
    let language = Language::usual();
    if words.json {
        print::json(&Shown { report: &report, record: record.as_ref() })?;
    } else {
        show(&report, language)?;
        if let Some(record) = &record {
            trial::show(record, language)?;
        }
    }
    let red = report.parts.iter().filter(|part| part.verdict == Verdict::Red).count();
    match &record {
        _ if red > 0 => {
            let all = report.parts.len();
            Err(Failure::no(said(
                || format!("красных частей: {red} из {all}"),
                || format!("{red} of {all} parts are red"),
            )))
        }
        Some(record) if !record.run.passed => Err(Failure::no(told("испытание не пройдено", "the trial did not pass"))),
        _ => Ok(()),
    }
}

/// The verdict on a package against the registry, if there is one.
pub(super) fn judge(package: &Package, snapshot: Option<&Snapshot>, at: Timestamp) -> Report {
    let service = snapshot.and_then(|snapshot| registered(package, snapshot));
    let certificates =
        service.zip(snapshot).map(|(service, snapshot)| certificates(service, snapshot)).unwrap_or_default();
    let context = Context {
        at,
        library: &folder::LIBRARY,
        algorithms: snapshot.map_or(xmldsig::Algorithms::GostAndTest, Snapshot::algorithms),
        registered: service.map(|service| Registered { service, certificates: &certificates }),
    };
    check(package, &context)
}

/// The version that a package is of, as it is registered.
fn registered<'s>(package: &Package, snapshot: &'s Snapshot) -> Option<&'s Service> {
    let passport = Passport::read(package.get(office::package::PASSPORT)?).ok()?;
    let (sid, version): (&Sid, &Version) = (&passport.sid, &passport.version);
    snapshot.registry().service(sid, version)
}

fn certificates(service: &Service, snapshot: &Snapshot) -> Vec<Vec<u8>> {
    let system = snapshot.registry().system(&service.provider);
    let files = system.into_iter().flat_map(|system| system.certificates.iter().chain(&system.trial_certificates));
    files
        .filter_map(|file| Certificate::from_pem(&file.octets).ok())
        .map(|certificate| certificate.der().to_vec())
        .collect()
}

/// All parts must be green before a package gets anywhere.
pub(super) fn must_be_green(report: &Report, folder: &Path) -> Result<(), Failure> {
    let language = Language::usual();
    let red: Vec<String> = report
        .parts
        .iter()
        .filter(|part| part.verdict == Verdict::Red)
        .map(|part| {
            let first = part.findings.iter().find(|finding| finding.red);
            let why = first.map(|finding| place(finding) + language.of(&finding.sentence.ru, &finding.sentence.en));
            let name = part.part.name();
            format!("{}: {}", language.of(name.0, name.1), tame(&why.unwrap_or_default()))
        })
        .collect();
    if red.is_empty() {
        return Ok(());
    }
    Err(Failure::no(format!("{}\n{}", told("пакет не в порядке", "the package is not in order"), red.join("\n")))
        .hint(format!("rsmev service check {}", folder.display())))
}

fn place(finding: &Finding) -> String {
    match (&finding.file, finding.line) {
        (Some(file), Some(line)) => format!("{file}:{line}: "),
        (Some(file), None) => format!("{file}: "),
        _ => String::new(),
    }
}

fn tamed(words: &Told, language: Language) -> String {
    tame(language.of(&words.ru, &words.en))
}

fn show(report: &Report, language: Language) -> Result<(), Failure> {
    let unknown = "–".to_owned();
    print::line(&format!(
        "{} {}  {} {}",
        tame(report.sid.as_ref().unwrap_or(&unknown)),
        tame(report.version.as_ref().unwrap_or(&unknown)),
        language.of("пакет", "package"),
        report.package
    ))?;
    for part in &report.parts {
        let word = match part.verdict {
            Verdict::Green => language.of("годен", "green"),
            Verdict::Red => language.of("КРАСНЫЙ", "RED"),
            Verdict::NotNeeded => "–",
        };
        let name = part.part.name();
        print::line(&format!("{word:<8} {}", language.of(name.0, name.1)))?;
        for finding in &part.findings {
            let mark = if finding.red { "*" } else { " " };
            print::line(&format!("       {mark} {}{}", tame(&place(finding)), tamed(&finding.sentence, language)))?;
            if let Some(hint) = &finding.hint {
                print::line(&format!("         {}: {}", language.of("что делать", "hint"), tamed(hint, language)))?;
            }
        }
    }
    Ok(())
}
