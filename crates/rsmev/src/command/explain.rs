//! `rsmev explain`: what the bus would do with a message file, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::Sid;
use domain::registry::Service;
use envelope::Envelope;
use gateway::{Incoming, Past, Snapshot};
use jiff::Timestamp;
use office::history::short;
use pki::trust::RevocationLists;
use serde_json::json;

use super::signature::{Judged, MessageFile, Trust, judge};
use crate::cli::{Explain, Places};
use crate::failure::Failure;
use crate::history::{History, Secrets};
use crate::language::{Language, told};
use crate::serve::returns::ReturnsFile;
use crate::{edge, names, print, serve};

pub(crate) fn explain(words: &Explain) -> Result<(), Failure> {
    let message = MessageFile::open(&words.file, None)?;
    let (decider, since) = Decider::named(words)?;
    let snapshot = decider.snapshot();
    let at = words.at.or(since).unwrap_or_else(edge::now);
    let service = match &words.service {
        Some(service) => {
            // A slip of the hand is no fault of the message: said before the verdict.
            if let Err(unknown) = names::versions(snapshot.registry(), service) {
                print::talk(&format!("{}: {unknown}", told("замечание", "remark")));
            }
            service.clone()
        }
        None => pointed_to(snapshot, &message)?,
    };
    let incoming = Incoming {
        sid: service,
        version: words.version.clone(),
        content_type: message.content_type.clone(),
        soap_action: None,
        bearer_token: None,
        peer: "explain".to_owned(),
        body: message.body.clone(),
    };
    let explanation = match &decider {
        Decider::Now(snapshot) => gateway::explain(snapshot, incoming, at, returned(snapshot)),
        Decider::Then(past) => gateway::explain_past(past, incoming, at),
    };
    let octets = message.soap(snapshot.registry().limits()).unwrap_or_else(|_| message.body.to_vec());
    let signatures = judge(&words.file.display().to_string(), &octets, &Trust::Registry(snapshot, at)).signatures;
    if words.json {
        print::json(&json!({ "explanation": explanation, "signatures": signatures }))?;
    } else {
        show(&explanation, &signatures, words.lang.unwrap_or_else(Language::usual))?;
    }
    if explanation.verdict == "forward" {
        Ok(())
    } else {
        Err(Failure::no(format!("the bus would refuse this message: {}", explanation.code.unwrap_or_default())))
    }
}

/// By what registry it is decided.
enum Decider {
    /// The one on disk.
    Now(Arc<Snapshot>),
    /// A recorded one, without its keys.
    Then(Past),
}

impl Decider {
    /// The one the words name, and the moment that goes with it.
    fn named(words: &Explain) -> Result<(Self, Option<Timestamp>), Failure> {
        let config = words.config.config.as_path();
        let Some(named) = &words.as_of else { return Ok((Self::Now(Arc::new(serve::load(config)?)), None)) };
        let places = Places { config: words.config.clone(), data: words.data.clone() };
        let history = History::of(&super::journal::directory(&places)?);
        let moment: Option<Timestamp> = named.parse().ok();
        let word = if moment.is_some() { format!("@{named}") } else { named.clone() };
        let entry = super::registry::find(&history, &word)?;
        let registry = history.files(&entry, config, Secrets::Absent)?.registry()?;
        let lists = serve::revocation::load(&registry).unwrap_or_else(|failure| {
            print::talk(&format!("remark: without revocation lists: {failure}"));
            RevocationLists::default()
        });
        print::talk(&format!(
            "decided with the state {} of {}; revocation lists are those of today",
            short(&entry.state),
            entry.time
        ));
        let past = Past::build(registry, lists).map_err(Failure::snapshot)?;
        Ok((Self::Then(past), Some(moment.unwrap_or(entry.time))))
    }

    fn snapshot(&self) -> &Snapshot {
        match self {
            Self::Now(snapshot) => snapshot,
            Self::Then(past) => past.snapshot(),
        }
    }
}

/// The service that a message is most likely for, when nobody says: one whose provider Recipient/Code names and that has
/// the operation of the Body. On the wire only the path says it.
fn pointed_to(snapshot: &gateway::Snapshot, message: &MessageFile) -> Result<String, Failure> {
    let registry = snapshot.registry();
    let limits = registry.limits();
    let read = Envelope::receive(message.body.clone(), &message.content_type, limits)
        .and_then(|received| received.read(limits));
    let Ok(read) = read else {
        // Refused before the service matters: the explanation says why it cannot be read.
        return Ok(String::new());
    };
    let fields = read.fields();
    let (operation, recipient) = (&fields.operation.local, fields.recipient.as_ref());
    let fits = |service: &&Service| {
        (service.operations.is_empty() || service.operations.contains(operation))
            && recipient.is_none_or(|party| {
                registry.system(&service.provider).is_some_and(|system| system.is_called(&party.code))
            })
    };
    let all = registry.services().iter();
    let candidates: BTreeSet<&Sid> = all.clone().filter(fits).map(|service| &service.sid).collect();
    if let (Some(only), 1) = (candidates.first(), candidates.len()) {
        return Ok(only.to_string());
    }
    let list = |sids: &BTreeSet<&Sid>| sids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let asked = match recipient {
        Some(party) => format!("operation {operation} of {}", party.code),
        None => format!("operation {operation} without a Recipient"),
    };
    Err(if candidates.is_empty() {
        Failure::usage(format!("no registered service fits {asked}")).hint(format!(
            "name the service of the path with --service; registered are {}",
            list(&all.map(|service| &service.sid).collect())
        ))
    } else {
        Failure::usage(format!("several services fit {asked}"))
            .hint(format!("name the service of the path with --service: one of {}", list(&candidates)))
    })
}

fn show(told: &gateway::Explanation, signatures: &[Judged], language: Language) -> Result<(), Failure> {
    let verdict = match &told.code {
        None => "would be forwarded".to_owned(),
        Some(code) => format!("would be refused with {code}"),
    };
    print::line(&format!("verdict      {verdict}"))?;
    for (name, text) in [
        ("reason", &told.sentence),
        ("", &told.sentence_en),
        ("next step", &told.next),
        ("operator", &told.operator),
        ("sender", &told.sender),
        ("agency", &told.agency),
        ("certificate", &told.certificate),
    ] {
        if let Some(text) = text {
            print::line(&format!("{name:<12} {text}"))?;
        }
    }
    for (name, signer) in [("trust", &told.signer), ("node's trust", &told.node_signer)] {
        if let Some(signer) = signer {
            print::line(&format!("{name:<12} {}", trust(signer)))?;
        }
    }
    for official in &told.officials {
        let signer = official.trust.as_deref().map_or(String::new(), |trust| format!("; signer: {trust}"));
        print::line(&format!("official     {}: {}{signer}", official.place, official.outcome))?;
    }
    if let Some(fields) = &told.fields {
        let code = |party: &Option<envelope::Party>| party.as_ref().map_or("-", |party| party.code.as_str()).to_owned();
        print::line(&format!(
            "message      operation {}, status {}, Sender/Code {}, Recipient/Code {}",
            fields.operation.local,
            fields.status.as_deref().unwrap_or("-"),
            code(&fields.sender),
            code(&fields.recipient),
        ))?;
    }
    for signature in signatures {
        print::line(&format!("signature    {}", signature.line()))?;
    }
    match &told.route {
        None => print::line("route        none")?,
        Some(route) => show_route(route, language)?,
    }
    if let Some(grant) = &told.access {
        print::line(&format!("access       {grant}"))?;
    }
    let (bytes, max) = told.message_bytes;
    print::line(&format!("limits       {bytes} of {max} bytes"))?;
    print::line(&format!("registry     {} as of {}", told.registry, told.at))
}

/// The way taken and the ways not taken.
fn show_route(route: &gateway::RouteTaken, language: Language) -> Result<(), Failure> {
    let gateway::RouteTaken { service, rule, provider, endpoint, .. } = route;
    let mut marks = Vec::new();
    if route.federal {
        marks.push(language.of("федеральный узел", "federal node").to_owned());
    }
    if route.canary {
        marks.push(language.of("пробный маршрут", "tried out").to_owned());
        let number = language.of("номер сеанса", "number of its conversation");
        marks.extend(route.draw.map(|draw| format!("{number} {draw}")));
    }
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join("; ")) };
    print::line(&match language {
        Language::En => format!("route        {service} by the rule at {rule}: to {provider} at {endpoint}{marks}"),
        Language::Ru => format!("route        {service} по правилу {rule}: в {provider} по адресу {endpoint}{marks}"),
    })?;
    for (place, en, ru) in &route.losers {
        print::line(&format!("  {:<10} {place}: {}", language.of("не", "not"), language.of(ru, en)))?;
    }
    Ok(())
}

/// The canary routes that have gone back, as the bus keeps them. Whoever may not read it is told what would be without it.
fn returned(snapshot: &gateway::Snapshot) -> BTreeSet<String> {
    match ReturnsFile::of(&snapshot.registry().journal().directory).read() {
        Ok(returned) => returned.into_iter().map(|canary| canary.id).collect(),
        Err(failure) => {
            print::talk(&format!("which canary routes have gone back is not known: {failure}"));
            BTreeSet::new()
        }
    }
}

/// What was found about a signer's certificate, on one line.
fn trust(signer: &journal::SignerFound) -> String {
    let lists: Vec<_> = signer
        .lists
        .iter()
        .map(|list| {
            let end = list.next_update.map_or_else(|| "without end".to_owned(), |end| format!("until {end}"));
            format!("CRL of {} {end}{}", list.this_update, if list.in_grace { ", in its grace" } else { "" })
        })
        .collect();
    let lists = if lists.is_empty() { "no CRL asked".to_owned() } else { lists.join("; ") };
    format!("{}; path of {} certificates; {lists}", signer.outcome, signer.path.len())
}
