//! `rsmev explain`: what the bus would do with a message file, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::Sid;
use domain::registry::Service;
use envelope::Envelope;
use gateway::Incoming;
use serde_json::json;

use super::signature::{Judged, MessageFile, Trust, judge};
use crate::cli::Explain;
use crate::failure::Failure;
use crate::language::told;
use crate::{edge, names, print, serve};

pub(crate) fn explain(words: &Explain) -> Result<(), Failure> {
    let message = MessageFile::open(&words.file, None)?;
    let snapshot = Arc::new(serve::load(&words.config.config)?);
    let at = words.at.unwrap_or_else(edge::now);
    let service = match &words.service {
        Some(service) => {
            // A slip of the hand is no fault of the message: said before the verdict.
            if let Err(unknown) = names::versions(snapshot.registry(), service) {
                print::talk(&format!("{}: {unknown}", told("замечание", "remark")));
            }
            service.clone()
        }
        None => pointed_to(&snapshot, &message)?,
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
    let explanation = gateway::explain(&snapshot, incoming, at);
    let octets = message.soap(snapshot.registry().limits()).unwrap_or_else(|_| message.body.to_vec());
    let signatures = judge(&words.file.display().to_string(), &octets, &Trust::Registry(&snapshot, at)).signatures;
    if words.json {
        print::json(&json!({ "explanation": explanation, "signatures": signatures }))?;
    } else {
        show(&explanation, &signatures)?;
    }
    if explanation.verdict == "forward" {
        Ok(())
    } else {
        Err(Failure::no(format!("the bus would refuse this message: {}", explanation.code.unwrap_or_default())))
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

fn show(told: &gateway::Explanation, signatures: &[Judged]) -> Result<(), Failure> {
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
        Some(route) => {
            print::line(&format!(
                "route        {} by the rule at {}: to {} at {}{}",
                route.service,
                route.rule,
                route.provider,
                route.endpoint,
                if route.federal { " (federal node)" } else { "" },
            ))?;
            for (place, why) in &route.losers {
                print::line(&format!("  not        {place}: {why}"))?;
            }
        }
    }
    if let Some(grant) = &told.access {
        print::line(&format!("access       {grant}"))?;
    }
    let (bytes, max) = told.message_bytes;
    print::line(&format!("limits       {bytes} of {max} bytes"))?;
    print::line(&format!("registry     {} as of {}", told.registry, told.at))
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
