//! `rsmev status` and `rsmev reload`: words with a running bus over its admin plane.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::failure::{Failure, count};
use crate::terminal::tame;
use crate::{print, whereabouts};

/// How long a bus may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn status(config: &Path, json: bool) -> Result<(), Failure> {
    let (_, state) = ask(config, Method::GET, "/status")?;
    if json {
        return print::json(&state);
    }
    let at = |path: &str| text(&state, path);
    print::line(&format!("bus        running, pid {}, since {}", at("/pid"), at("/since")))?;
    print::line(&format!(
        "node       {} {} ({}), contour {}",
        at("/node/id"),
        at("/node/mnemonic"),
        at("/node/name"),
        at("/node/contour")
    ))?;
    print::line(&format!("registry   {}", at("/registry")))?;
    if let Some(other) = on_disk(config, &at("/registry")) {
        print::line(&other)?;
    }
    print::line(&format!("journal    {}", at("/journal")))?;
    print::line(&format!(
        "holds      {} participants, {} systems, {} services, {} routes, {} access rows",
        at("/participants"),
        at("/systems"),
        at("/services"),
        at("/routes"),
        at("/access_rows")
    ))?;
    for disk in state.pointer("/disks").and_then(Value::as_array).into_iter().flatten() {
        print::line(&room(disk))?;
    }
    for suspended in state.pointer("/suspended").and_then(Value::as_array).into_iter().flatten() {
        let at = |path: &str| text(suspended, path);
        print::line(&tame(&format!("suspended  {}: {}", at("/name"), at("/reason"))))?;
    }
    for window in state.pointer("/maintenance").and_then(Value::as_array).into_iter().flatten() {
        print::line(&tame(&resting(window)))?;
    }
    for canary in state.pointer("/canaries").and_then(Value::as_array).into_iter().flatten() {
        print::line(&tame(&tried_out(canary)))?;
    }
    print::line(&evidence(&state))?;
    for wrong in state.pointer("/evidence/wrong").and_then(Value::as_array).into_iter().flatten() {
        let what = tame(&format!("{}: {}", text(wrong, "/month"), text(wrong, "/what")));
        print::line(&format!("EVIDENCE   {what}; next: `rsmev journal verify`"))?;
    }
    for certificate in state.pointer("/certificates_ending").and_then(Value::as_array).into_iter().flatten() {
        let at = |path: &str| text(certificate, path);
        let ended = certificate.pointer("/days_left").and_then(Value::as_i64).is_some_and(|days| days < 0);
        print::line(&format!(
            "certificate of {} {} {} ({} days); next: register its successor",
            at("/owner"),
            if ended { "HAS ENDED" } else { "ends" },
            at("/not_after"),
            at("/days_left")
        ))?;
    }
    for refused in state.pointer("/certificates_refused").and_then(Value::as_array).into_iter().flatten() {
        let owners = refused.pointer("/owners").and_then(Value::as_array).into_iter().flatten();
        let owners = owners.filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
        print::line(&tame(&format!("messages of {owners} ARE REFUSED: {}", text(refused, "/why"))))?;
    }
    for list in state.pointer("/revocation_lists").and_then(Value::as_array).into_iter().flatten() {
        print::line(&tame(&revocation_list(list)))?;
    }
    Ok(())
}

/// What to know of the registry on disk, when it is not the one in force.
fn on_disk(config: &Path, in_force: &str) -> Option<String> {
    match domain::Registry::load(config, &crate::edge::Disk) {
        Ok(registry) if registry.digest() == in_force => None,
        Ok(registry) => Some(format!(
            "on disk    ANOTHER ONE, {}; next: `rsmev registry diff`, then `rsmev reload`",
            registry.digest()
        )),
        Err(problems) => Some(format!("on disk    DOES NOT LOAD: {}; next: `rsmev check`", count(problems.len()))),
    }
}

/// A window of maintenance.
fn resting(window: &Value) -> String {
    let at = |path: &str| text(window, path);
    let state = if window.pointer("/in_force").and_then(Value::as_bool) == Some(true) { "RESTS" } else { "will rest" };
    let (of, from, until, reason) = (at("/of"), at("/from"), at("/until"), at("/reason"));
    format!("window     {of} {state} from {from} until {until}: {reason}")
}

/// How the trial of a canary route goes.
fn tried_out(canary: &Value) -> String {
    let at = |path: &str| text(canary, path);
    let consumers = canary.pointer("/consumers").and_then(Value::as_array).into_iter().flatten();
    let consumers: Vec<_> = consumers.filter_map(Value::as_str).collect();
    let share = canary.pointer("/share").and_then(Value::as_u64).map(|percent| format!("{percent} %"));
    let by: Vec<_> = share.into_iter().chain((!consumers.is_empty()).then(|| consumers.join(", "))).collect();
    let (id, by, figures) =
        (at("/id"), by.join(" of "), format!("{} of {} exchanges failed", at("/faults"), at("/ends")));
    match canary.pointer("/returned") {
        Some(Value::String(when)) => {
            format!(
                "canary     {id} HAS GONE BACK {when}: {figures}; next: mend it, then `rsmev service canary … --again`"
            )
        }
        _ => format!("canary     {id} tried by {by}: {figures}"),
    }
}

/// The lamp of the evidence.
fn evidence(state: &Value) -> String {
    let at = |path: &str| text(state, path);
    let good = state.pointer("/evidence/good").and_then(Value::as_bool) == Some(true);
    let signed = match state.pointer("/evidence/last_checkpoint") {
        Some(Value::String(time)) => format!("signed {time}"),
        _ => "not signed yet".to_owned(),
    };
    let (lamp, months, entries) =
        (if good { "good" } else { "BAD" }, at("/evidence/months_read"), at("/evidence/entries_read"));
    format!("evidence   {lamp}: {signed}, {months} months with {entries} entries read again")
}

/// The room on one disk of the journal, and how long it will do.
fn room(disk: &Value) -> String {
    let at = |path: &str| text(disk, path);
    let octets = |path: &str| disk.pointer(path).and_then(Value::as_u64).unwrap_or_default();
    let (free, reserve) = (octets("/free_bytes"), octets("/reserve_bytes"));
    let left = match disk.pointer("/hours_left").and_then(Value::as_u64) {
        _ if free < reserve => "IS FULL: its agencies get no service; next: make room".to_owned(),
        None => "does not fill".to_owned(),
        Some(hours) if hours < 48 => format!("WILL BE FULL in {hours} hours; next: make room"),
        Some(hours) => format!("will do for {} days", hours / 24),
    };
    format!("disk       {}: {} MiB free, {left}", tame(&at("/path")), free >> 20)
}

/// The countdown of one revocation list.
fn revocation_list(list: &Value) -> String {
    let at = |path: &str| text(list, path);
    let left = match list.pointer("/hours_left").and_then(Value::as_i64) {
        None => "is used without end".to_owned(),
        Some(hours) if hours < 0 => {
            format!(
                "IS TOO OLD since {}: messages of its systems are refused; next: fetch a new one",
                at("/used_until")
            )
        }
        Some(hours) => format!("is used until {} ({hours} hours)", at("/used_until")),
    };
    format!("CRL of {}: {} revoked, {left}", at("/issuer"), at("/entries"))
}

/// A value of the bus's answer as a person reads it.
pub(crate) fn text(value: &Value, path: &str) -> String {
    match value.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "?".to_owned(),
    }
}

pub(crate) fn reload(config: &Path, json: bool) -> Result<(), Failure> {
    let (good, answer) = ask(config, Method::POST, "/reload")?;
    if json {
        print::json(&answer)?;
    }
    if !good {
        let problems = text(&answer, "/problems");
        return Err(Failure::no(format!("{problems}\nthe registry was not reloaded; the old one stays in force")));
    }
    if json { Ok(()) } else { print::line(&format!("reloaded; registry {}", text(&answer, "/registry"))) }
}

/// One request to the admin plane; whether it succeeded, and what it said.
pub(crate) fn ask(config: &Path, method: Method, path: &str) -> Result<(bool, Value), Failure> {
    send(config, method, path, Bytes::new())
}

/// The same with something to say.
pub(crate) fn ask_with(config: &Path, method: Method, path: &str, said: &Value) -> Result<(bool, Value), Failure> {
    send(config, method, path, said.to_string().into())
}

fn send(config: &Path, method: Method, path: &str, said: Bytes) -> Result<(bool, Value), Failure> {
    let address = whereabouts::find(config)?.admin;
    let request = Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"))
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Full::new(said))
        .map_err(|error| Failure::system("ask the bus", error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::system("start the runtime", error))?;
    let exchange = async {
        let response = Client::builder(TokioExecutor::new()).build_http().request(request).await.map_err(|_| {
            Failure::no(format!("no bus answers at {address}")).hint("is it running? start it with `rsmev serve`")
        })?;
        let good = response.status().is_success();
        let body =
            response.into_body().collect().await.map_err(|error| Failure::system("read the bus's answer", error))?;
        let value = serde_json::from_slice(&body.to_bytes())
            .map_err(|_| Failure::no(format!("what answers at {address} is not a bus")))?;
        Ok((good, value))
    };
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .unwrap_or_else(|_| Err(Failure::no(format!("the bus at {address} did not answer in time"))))
    })
}
