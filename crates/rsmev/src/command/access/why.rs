//! `rsmev access why`: may a system ask a service, by which row and application, and when not: what is missing, what next.

use clap::Args;
use domain::registry::{AccessRow, Contour, Registry};
use domain::{AccessQuestion, Denied, DenyReason, Grant, Mnemonic, Sid, Version};
use jiff::Timestamp;
use jiff::civil::Date;
use office::application::{Case, Lack, Number, State, Unbacked, day_of};
use serde_json::{Value, json};

use super::shelf::{Shelf, discrepancy, flawed, remark};
use super::show::{Happened, decisions, happened};
use super::{Look, tell};
use crate::failure::Failure;
use crate::language::Language;
use crate::terminal::tame;
use crate::{edge, print, serve};

#[derive(Args, Debug)]
pub(crate) struct Why {
    /// The system that asks
    #[arg(value_name = "CONSUMER")]
    consumer: String,
    /// The service it asks
    #[arg(value_name = "SERVICE")]
    service: String,
    /// Its version; by default the one that the consumer means when it names none
    #[arg(long, value_name = "VERSION")]
    version: Option<Version>,
    /// The operation; by default any that is allowed
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// As of this moment (RFC 3339), in place of now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// A message marked TestMsg
    #[arg(long)]
    test: bool,
    #[command(flatten)]
    look: Look,
}

/// The question with all that an answer needs.
struct Asked<'a> {
    registry: &'a Registry,
    shelf: &'a Shelf,
    consumer: Mnemonic,
    sid: Sid,
    version: Version,
    operation: Option<String>,
    at: Timestamp,
    test: bool,
}

/// What stands behind the verdict.
struct Behind<'a> {
    case: Option<&'a Case>,
    /// The application that the row names, as it is written there.
    named: Option<&'a str>,
    /// What is wrong between the row and that application.
    unbacked: Option<Unbacked<'a>>,
}

impl Behind<'_> {
    /// Of the application, for people.
    fn told(&self, day: Date, language: Language) -> String {
        let lack = self.unbacked.as_ref().map(|unbacked| (&unbacked.lack, unbacked.in_force));
        match (self.case, self.named, lack) {
            (_, Some(named), Some((Lack::NoFile, _))) => {
                format!("{named}: {}", language.of("файла заявки нет", "its case file is missing"))
            }
            (_, Some(named), Some((Lack::Unreadable, _))) => {
                format!("{named}: {}", language.of("файл заявки не читается", "its case file cannot be read"))
            }
            (Some(case), _, lack) => {
                let state = tell::state(case.state_on(day), language);
                let in_force = matches!(lack, Some((Lack::State(_), true)));
                let row = language.of(", но строка ВСЁ ЕЩЁ ДЕЙСТВУЕТ", ", and its row is STILL IN FORCE");
                format!("{}: {state}{}", case.number(), if in_force { row } else { "" })
            }
            (None, Some(named), _) => named.to_owned(),
            (None, None, _) => language.of("нет", "none").to_owned(),
        }
    }
}

pub(super) fn why(words: &Why) -> Result<(), Failure> {
    let config = &words.look.config.config;
    let snapshot = serve::load(config)?;
    let registry = snapshot.registry();
    let shelf = Shelf::open(config, registry)?;
    let consumer = tell::consumer(&words.consumer, registry)?;
    let sid = tell::service(&words.service, registry)?;
    let version = match &words.version {
        Some(version) => version.clone(),
        None => meant(registry, &consumer, &sid)?,
    };
    let (at, test) = (words.at.unwrap_or_else(edge::now), words.test);
    let mut asked =
        Asked { registry, shelf: &shelf, consumer, sid, version, operation: words.operation.clone(), at, test };
    let verdict = asked.verdict();
    let row = asked.row(verdict.as_ref());
    let behind = Behind {
        case: asked.case(verdict.as_ref()),
        named: row.and_then(|row| row.application.as_deref()),
        unbacked: row.and_then(|row| shelf.unbacked(row, asked.day())),
    };
    let language = Language::usual();
    if words.look.json {
        print::json(&asked.whole(&verdict, &behind))?;
    } else {
        asked.tell(&verdict, &behind, language)?;
    }
    if let Some(unbacked) = &behind.unbacked {
        print::talk(&format!("remark: {}", remark(unbacked)));
    }
    for flaw in shelf.flaws.values() {
        print::talk(&format!("remark: {}", flawed(flaw)));
    }
    let Err(denied) = &verdict else { return Ok(()) };
    let sentence = language.of(&denied.sentence_ru(), &denied.sentence_en()).to_owned();
    Err(Failure::no(sentence).hint(asked.next(denied, behind.case, language)))
}

/// The version that the consumer means when it names none.
fn meant(registry: &Registry, consumer: &Mnemonic, sid: &Sid) -> Result<Version, Failure> {
    let moved = registry.cutovers().iter().find(|cutover| cutover.consumer == *consumer && cutover.service == *sid);
    if let Some(moved) = moved {
        return Ok(moved.version.clone());
    }
    let versions: Vec<_> = registry.service_versions(sid).collect();
    let one = versions.iter().find(|service| service.default || versions.len() == 1);
    one.map(|service| service.version.clone()).ok_or_else(|| {
        let known: Vec<&str> = versions.iter().map(|service| service.version.as_str()).collect();
        Failure::usage(format!("{sid} has several versions and no default one"))
            .hint(format!("--version, one of {}", known.join(", ")))
    })
}

impl Asked<'_> {
    /// What the matrix says. Without an operation: of those that there are the first that is allowed.
    fn verdict(&mut self) -> Result<Grant, Denied> {
        let listed: Vec<String> = match (&self.operation, self.registry.service(&self.sid, &self.version)) {
            (None, Some(service)) => service.operations.clone(),
            _ => Vec::new(),
        };
        let mut first = None;
        for operation in listed {
            match self.ask(Some(&operation)) {
                Ok(grant) => {
                    self.operation = Some(operation);
                    return Ok(grant);
                }
                Err(denied) => first = first.or(Some((operation, denied))),
            }
        }
        match first {
            Some((operation, denied)) => {
                self.operation = Some(operation);
                Err(denied)
            }
            None => self.ask(self.operation.as_deref()),
        }
    }

    fn ask(&self, operation: Option<&str>) -> Result<Grant, Denied> {
        let question = AccessQuestion {
            consumer: &self.consumer,
            sid: &self.sid,
            version: &self.version,
            operation,
            agency: None,
            provider: None,
            test: self.test,
            at: self.at,
        };
        self.registry.permit(&question)
    }

    fn day(&self) -> Date {
        day_of(self.at)
    }

    /// The application behind the verdict: that of the row, or else the last one of this consumer for this service.
    fn case(&self, verdict: Result<&Grant, &Denied>) -> Option<&Case> {
        if let Some(named) = self.row(verdict).and_then(|row| row.application.as_deref()) {
            return named.parse::<Number>().ok().and_then(|number| self.shelf.case(number).ok());
        }
        if verdict.is_ok() {
            return None;
        }
        let theirs = self.shelf.cases().filter(|case| {
            let asked = case.application();
            asked.consumer == self.consumer
                && asked.service == self.sid
                && asked.version.as_ref().is_none_or(|version| *version == self.version)
        });
        theirs.max_by_key(|case| (case.last().line.at, case.number()))
    }

    /// What the operator does next.
    fn next(&self, denied: &Denied, case: Option<&Case>, language: Language) -> String {
        let may_ask_anew = matches!(
            denied.reason,
            DenyReason::NoRow
                | DenyReason::Expired { .. }
                | DenyReason::OperationNotListed { .. }
                | DenyReason::VersionNotListed { .. }
                | DenyReason::TestOnly { .. }
        );
        if let Some(case) = case.filter(|_| may_ask_anew) {
            let number = case.number();
            if let Some((_, told)) = discrepancy(case, self.registry, self.day()) {
                return told;
            }
            match case.state_on(self.day()) {
                State::ConsentAsked => return format!("rsmev access consent {number} --certificate … --key …"),
                State::Submitted | State::Consented => {
                    return format!("rsmev access approve {number} --certificate … --key …");
                }
                State::Granted | State::Refused | State::Expired | State::Revoked | State::Withdrawn => {}
            }
        }
        language.of(&denied.operator_step_ru(), &denied.operator_step_en()).to_owned()
    }

    /// The row that decided.
    fn row(&self, verdict: Result<&Grant, &Denied>) -> Option<&AccessRow> {
        let rows = self.registry.access_rows();
        match verdict {
            Ok(grant) => rows.get(grant.row()),
            Err(denied) => denied.reason.row().and_then(|place| rows.iter().find(|row| row.place == *place)),
        }
    }

    /// What else decides: contour, agreement, suspension, stage.
    fn circumstances(&self, language: Language) -> Vec<(&'static str, String)> {
        let none = || language.of("нет", "none").to_owned();
        let system = self.registry.system(&self.consumer);
        let participant = system.and_then(|system| self.registry.participant(&system.participant));
        let contour = match self.registry.node().contour {
            Contour::Test => language.of("тестовый", "test"),
            Contour::Production => language.of("продуктивный", "production"),
        };
        let agreement = participant.and_then(|participant| participant.agreement.as_ref());
        let suspended = system
            .and_then(|system| system.suspended.clone())
            .or_else(|| participant.and_then(|participant| participant.suspended.clone()));
        let mut told = vec![
            (language.of("контур", "contour"), contour.to_owned()),
            (
                language.of("соглашение", "agreement"),
                agreement.map_or_else(none, |agreement| format!("{} {}", agreement.number, agreement.date)),
            ),
            (language.of("приостановлено", "suspended"), suspended.unwrap_or_else(none)),
        ];
        if let Some(service) = self.registry.service(&self.sid, &self.version) {
            let stage = json!(service.stage);
            let since = service.since.map(|since| format!(", {since}")).unwrap_or_default();
            let stage = format!("{}{since}", stage.as_str().unwrap_or_default());
            told.push((language.of("стадия сервиса", "stage"), stage));
        }
        told
    }

    fn tell(&self, verdict: &Result<Grant, Denied>, behind: &Behind<'_>, language: Language) -> Result<(), Failure> {
        let operation = self.operation.as_ref().map(|operation| format!(", {operation}")).unwrap_or_default();
        let test = if self.test { language.of(", тестовое сообщение", ", test message") } else { "" };
        let (yes, no) = (language.of("разрешено", "allowed"), language.of("запрещено", "refused"));
        let word = if verdict.is_ok() { yes } else { no };
        let at = self.at.strftime("%Y-%m-%dT%H:%M:%SZ");
        print::line(&tame(&format!(
            "{word}: {} → {} {}{operation}{test}, {at}",
            self.consumer, self.sid, self.version
        )))?;
        let mut told = Vec::new();
        if let Ok(grant) = verdict {
            let until =
                grant.until().map_or_else(|| language.of("без срока", "no end").to_owned(), |day| day.to_string());
            told.push((language.of("строка", "row"), grant.place().to_string()));
            told.push((language.of("до", "until"), until));
            let messages = self.row(Ok(grant)).map(|row| tell::messages_told(row.messages, language));
            told.extend(messages.map(|messages| (language.of("сообщения", "messages"), messages.to_owned())));
            told.push((language.of("основание", "ground"), grant.ground().to_owned()));
        }
        told.push((language.of("заявка", "application"), behind.told(self.day(), language)));
        told.extend(behind.case.into_iter().flat_map(decisions).map(|taken| ("", happened(taken, language))));
        told.extend(self.circumstances(language));
        for (name, value) in told {
            print::line(&format!("  {name:<14} {}", tame(&value)))?;
        }
        Ok(())
    }

    fn whole(&self, verdict: &Result<Grant, Denied>, behind: &Behind<'_>) -> Value {
        let english = self.circumstances(Language::En);
        let circumstances: serde_json::Map<String, Value> =
            english.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let case_told = behind.case.map(|case| {
            json!({
                "number": case.number(),
                "state": case.state_on(self.day()).label(),
                "decisions": decisions(case).map(Happened::of).collect::<Vec<_>>(),
            })
        });
        json!({
            "allowed": verdict.is_ok(),
            "consumer": self.consumer,
            "service": self.sid,
            "version": self.version,
            "operation": self.operation,
            "test": self.test,
            "at": self.at,
            "row": verdict.as_ref().ok(),
            "missing": verdict.as_ref().err().map(|denied| &denied.reason),
            "sentence": verdict.as_ref().err().map(Denied::sentence_en),
            "next": match verdict {
                Ok(_) => behind.unbacked.as_ref().map(Unbacked::next),
                Err(denied) => Some(self.next(denied, behind.case, Language::En)),
            },
            "remark": behind.unbacked.as_ref().map(Unbacked::told_en),
            "application": case_told,
            "circumstances": circumstances,
        })
    }
}
