//! `rsmev status` and `rsmev reload`: words with a running bus over its admin plane.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use domain::Registry;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::edge::Disk;
use crate::failure::Failure;
use crate::print;

/// How long a bus may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn status(config: &Path, json: bool) -> Result<(), Failure> {
    let (_, state) = ask(config, Method::GET, "/status")?;
    if json {
        return print::json(&state);
    }
    let text = |name: &str| state[name].as_str().map_or_else(|| state[name].to_string(), str::to_owned);
    print::line(&format!("bus        running, pid {}, since {}", text("pid"), text("since")))?;
    let node = &state["node"];
    let word = |name: &str| node[name].as_str().unwrap_or_default().to_owned();
    print::line(&format!("node       {} {} ({}), contour {}", word("id"), word("mnemonic"), word("name"), word("contour")))?;
    print::line(&format!("registry   {}", text("registry")))?;
    print::line(&format!("journal    {}", text("journal")))?;
    print::line(&format!(
        "holds      {} participants, {} systems, {} services, {} routes, {} access rows",
        text("participants"),
        text("systems"),
        text("services"),
        text("routes"),
        text("access_rows")
    ))?;
    let ending = state["certificates_ending"].as_array().cloned().unwrap_or_default();
    for certificate in &ending {
        let owner = certificate["owner"].as_str().unwrap_or_default();
        let when = certificate["not_after"].as_str().unwrap_or_default();
        let days = certificate["days_left"].as_i64().unwrap_or_default();
        let state = if days < 0 { "HAS ENDED" } else { "ends" };
        print::line(&format!("certificate of {owner} {state} {when} ({days} days); next: register its successor"))?;
    }
    Ok(())
}

pub(crate) fn reload(config: &Path, json: bool) -> Result<(), Failure> {
    let (good, answer) = ask(config, Method::POST, "/reload")?;
    if json {
        print::json(&answer)?;
    }
    if !good {
        let problems = answer["problems"].as_str().unwrap_or("no reason given");
        return Err(Failure::no(format!("{problems}\nthe registry was not reloaded; the old one stays in force")));
    }
    if json { Ok(()) } else { print::line(&format!("reloaded; registry {}", answer["registry"].as_str().unwrap_or_default())) }
}

/// One request to the admin plane; whether it succeeded, and what it said.
fn ask(config: &Path, method: Method, path: &str) -> Result<(bool, Value), Failure> {
    let address = Registry::load(config, &Disk).map_err(Failure::registry)?.listen().admin;
    let request = Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"))
        .body(Full::new(Bytes::new()))
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
        let body = response.into_body().collect().await.map_err(|error| Failure::system("read the bus's answer", error))?;
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
