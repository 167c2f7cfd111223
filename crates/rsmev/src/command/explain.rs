//! `rsmev explain`: what the bus would do with a message file, and why.

use std::sync::Arc;

use gateway::Incoming;
use serde_json::json;

use super::signature::{Trust, judge, read};
use crate::cli::Explain;
use crate::failure::Failure;
use crate::{edge, print, serve};

pub(crate) fn explain(words: &Explain) -> Result<(), Failure> {
    let octets = read(&words.file)?;
    let snapshot = Arc::new(serve::load(&words.config.config)?);
    let at = words.at.unwrap_or_else(edge::now);
    let service = match &words.service {
        Some(service) => service.clone(),
        None => only_service(&snapshot)?,
    };
    let incoming = Incoming {
        sid: service,
        version: words.version.clone(),
        content_type: "text/xml; charset=utf-8".to_owned(),
        soap_action: None,
        bearer_token: None,
        peer: "explain".to_owned(),
        body: octets.clone().into(),
    };
    let explanation = gateway::explain(&snapshot, incoming, at);
    let signatures = judge(
        &words.file.display().to_string(),
        &octets,
        &Trust::Registry(&snapshot, at),
    );
    if words.json {
        print::json(&json!({ "explanation": explanation, "signatures": signatures }))?;
    } else {
        show(&explanation)?;
    }
    if explanation.verdict == "forward" {
        Ok(())
    } else {
        Err(Failure::no(format!(
            "the bus would refuse this message: {}",
            explanation.code.unwrap_or_default()
        )))
    }
}

fn only_service(snapshot: &gateway::Snapshot) -> Result<String, Failure> {
    let services = snapshot.registry().services();
    let list = || {
        services
            .iter()
            .map(|service| service.sid.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match services {
        [only] => Ok(only.sid.to_string()),
        _ => Err(
            Failure::usage("which service is asked stands in the path of a request, not in the message")
                .hint(format!("name it with --service; registered are {}", list())),
        ),
    }
}

fn show(told: &gateway::Explanation) -> Result<(), Failure> {
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
